//! Applications on the command line and in the settings file.

use std::fs;

use postern_testkit::{ACCOUNT, ADA, ICON, Installation};
use serde_json::json;

const WIKI: &str = "https://wiki.example.com";

/// Adds the application Wiki of Ada's account.
fn add_wiki(portal: &Installation, more: &[&str]) -> String {
    portal.run(&[&["app", "add", "Wiki", "--url", WIKI, "--account", ACCOUNT], more].concat())
}

async fn events(portal: &Installation) -> Vec<String> {
    portal.database.texts("select what from events where what like 'application%' order by at, id").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_added_changed_listed_and_removed_beside_a_server() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let _server = portal.start().await;
        portal.run(&["account", "add", "Second"]);
        fs::write(portal.beside("wiki.svg"), ICON).unwrap();
        let added =
            add_wiki(&portal, &["--rule", "admin: fresh /admin/*", "--rule", "rest: members /*", "--icon", "wiki.svg"]);
        assert!(added.contains("Wiki") && added.contains(ACCOUNT), "{added}");
        let changed = portal.run_json(&[
            "app",
            "change",
            "Wiki",
            "--name",
            "Handbook",
            "--account",
            "Second",
            "--two-factor",
            "on",
            "--max-age",
            "12h",
            "--exclude-network",
            "192.0.2.0/24",
            "--url",
            "https://Handbook.example.com/start",
        ]);
        let listed = portal.run_json(&["app", "list"]);
        assert_eq!(listed, json!([changed]));
        assert_eq!(changed["name"], "Handbook");
        assert_eq!(changed["url"], "https://handbook.example.com/start");
        assert_eq!(changed["accounts"], json!(["Second"]));
        assert_eq!(changed["rules"], json!(["admin: fresh /admin/*", "rest: members /*"]));
        assert_eq!((&changed["two_factor"], &changed["max_age_s"]), (&json!(true), &json!(43_200)));
        assert_eq!((&changed["excluded_networks"], &changed["icon"]), (&json!(["192.0.2.0/24"]), &json!(true)));
        let back = portal.run_json(&[
            "app",
            "change",
            "Handbook",
            "--max-age",
            "none",
            "--exclude-network",
            "none",
            "--icon",
            "none",
            "--two-factor",
            "off",
        ]);
        assert_eq!((&back["max_age_s"], &back["excluded_networks"]), (&json!(null), &json!([])));
        assert_eq!((&back["icon"], &back["two_factor"]), (&json!(false), &json!(false)));
        assert!(portal.run(&["app", "list"]).contains("admin: fresh /admin/*"));
        assert!(portal.run(&["app", "remove", "Handbook"]).contains("removed"));
        assert_eq!(portal.run_json(&["app", "list"]), json!([]));
        let expected =
            ["application_given", "application_taken", "application_given", "application_changed", "application_taken"];
        let mut recorded = events(&portal).await;
        recorded.sort();
        let mut expected = expected.map(str::to_owned);
        expected.sort();
        assert_eq!(recorded, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_application_can_be_is_refused_with_the_reason() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        add_wiki(&portal, &[]);
        fs::write(portal.beside("bad.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>").unwrap();
        let add = |name: &str, url: &str, more: &[&str]| {
            portal.refused(&[&["app", "add", name, "--url", url, "--account", ACCOUNT], more].concat())
        };
        let board = "https://board.example.com";
        for (text, reason) in [
            (add("Wiki", board, &[]), "\"Wiki\" with this name"),
            (add("Board", "https://WIKI.example.com:443/x", &[]), "\"Wiki\" with this name or this host"),
            (add("Board", "http://board.example.com", &[]), "https://"),
            (add("", board, &[]), "empty"),
            (add("Board", board, &["--account", "None"]), "account add"),
            (add("-", board, &[]), "hyphen"),
            (portal.refused(&["account", "add", "-"]), "hyphen"),
            (add("Board", board, &["--rule", "a: public /"]), "open, members, fresh or refused"),
            (add("Board", board, &["--max-age", "soon"]), "--max-age"),
            (add("Board", board, &["--exclude-network", "office"]), "--exclude-network"),
            (add("Board", board, &["--icon", "bad.svg"]), "<script>"),
            (add("Board", board, &["--icon", "missing.svg"]), "missing.svg"),
            (
                add("Board", "https://login.example.com", &["--public-url", "https://login.example.com"]),
                "the portal has this host name",
            ),
            (
                add("Board", "https://login.example.com:8443", &["--public-url", "https://login.example.com"]),
                "to all its ports",
            ),
            (portal.refused(&["app", "change", "Board", "--two-factor", "on"]), "app list"),
            (portal.refused(&["app", "remove", "Board"]), "app list"),
        ] {
            assert!(text.contains(reason), "{reason:?}: {text}");
        }
        assert_eq!(portal.run_json(&["app", "list"]).as_array().unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_explained_rule_by_rule() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let rules =
            ["--rule", "health: open GET /healthz", "--rule", "admin: fresh /admin/*", "--rule", "rest: members /*"];
        add_wiki(&portal, &[&rules[..], &["--exclude-network", "192.0.2.0/24"]].concat());
        let check = |url: &str, more: &[&str]| portal.run(&[&["app", "check", url, "--user", ADA], more].concat());
        let from = ["--address", "198.51.100.7"];
        let text = check("https://wiki.example.com/%61dmin/x", &from);
        assert!(text.contains("admin\tfresh\tall methods\t/admin/*\tdecides"), "{text}");
        assert!(text.contains("the user has none"), "{text}");
        assert!(check("https://wiki.example.com/healthz", &from).contains("no log-in is needed"));
        assert!(check(WIKI, &from).contains("the user has none"), "the account requires a second factor");
        portal.run(&["account", "require-2fa", ACCOUNT, "off"]);
        assert!(check(WIKI, &from).contains("Allowed."));
        assert!(check(WIKI, &[]).contains("--address"), "an unknown address might be in the excluded network");
        let answer = portal.run_json(&["app", "check", WIKI, "--user", ADA, "--address", "192.0.2.7"]);
        assert_eq!(answer["verdict"], "excluded_network");
        let excluded = check(WIKI, &["--address", "192.0.2.7"]);
        assert!(excluded.contains("is in an excluded network") && !excluded.contains("unknown"), "{excluded}");
        for (arguments, reason) in [
            (["https://board.example.com", "--user", ADA], "no application"),
            (["board", "--user", ADA], "URL"),
            ([WIKI, "--user", "nobody@example.com"], "no user"),
        ] {
            let text = portal.refused(&[&["app", "check"], &arguments[..]].concat());
            assert!(text.contains(reason), "{text}");
        }
        assert!(portal.refused(&["app", "check", WIKI, "--user", ADA, "--method", "TRACE"]).contains("TRACE"));
    }
}

/// Writes the settings file with these applications of Ada's account.
fn write_file(portal: &Installation, applications: &[(&str, &str)]) {
    let application = |(name, url): &(&str, &str)| {
        format!("[[application]]\nname = {name:?}\nurl = {url:?}\naccounts = [{ACCOUNT:?}]\nicon = \"wiki.svg\"\n")
    };
    fs::write(portal.beside("wiki.svg"), ICON).unwrap();
    fs::write(portal.beside("postern.toml"), applications.iter().map(application).collect::<String>()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_file_defines_applications_and_takes_them_away() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        write_file(&portal, &[("Wiki", WIKI), ("Board", "https://board.example.com")]);
        drop(portal.start().await);
        let listed = portal.run_json(&["app", "list"]);
        assert_eq!((&listed[0]["name"], &listed[1]["name"]), (&json!("Board"), &json!("Wiki")));
        assert_eq!((&listed[0]["from_file"], &listed[0]["icon"]), (&json!(true), &json!(true)));
        for arguments in [["app", "remove", "Wiki"].as_slice(), &["app", "change", "Wiki", "--two-factor", "on"]] {
            assert!(portal.refused(arguments).contains("settings file"));
        }
        portal.database.execute("update application_accounts set everyone_since = null").await;
        let recorded = events(&portal).await;
        drop(portal.start().await);
        assert_eq!(events(&portal).await, recorded, "a start without a change records nothing");
        write_file(&portal, &[("Wiki", "https://wiki.example.com/start"), ("Plans", "https://board.example.com")]);
        drop(portal.start().await);
        let changed = portal.run_json(&["app", "list"]);
        assert_eq!((&changed[0]["name"], &changed[1]["name"]), (&json!("Plans"), &json!("Wiki")));
        assert_eq!(
            (&changed[1]["id"], &changed[1]["url"]),
            (&listed[1]["id"], &json!("https://wiki.example.com/start"))
        );
        let everyone = "select count(*) from application_accounts where everyone_since is null";
        assert_eq!(portal.database.count(everyone).await, 1, "what administrators chose stays");
        write_file(&portal, &[]);
        drop(portal.start().await);
        assert_eq!(portal.run_json(&["app", "list"]), json!([]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_file_and_the_command_line_never_define_the_same_application() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        add_wiki(&portal, &[]);
        write_file(&portal, &[("Wiki", "https://other.example.com")]);
        let refused = portal.refused(&["serve", "--listen", "127.0.0.1:0"]);
        assert!(refused.contains("\"Wiki\" was added on the command line"), "{refused}");
        write_file(&portal, &[("Other", WIKI)]);
        let refused = portal.refused(&["serve", "--listen", "127.0.0.1:0"]);
        assert!(refused.contains("\"Wiki\" with this name or this host"), "{refused}");
        assert_eq!(portal.run_json(&["app", "list"])[0]["url"], "https://wiki.example.com/");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn applications_of_the_file_wait_for_the_first_account_and_need_accounts_that_exist() {
    let portal = Installation::on_sqlite();
    write_file(&portal, &[("Wiki", WIKI)]);
    assert!(portal.start().await.log().contains("there is no account yet"));
    portal.run(&["account", "add", "Second"]);
    assert!(portal.refused(&["serve", "--listen", "127.0.0.1:0"]).contains("account add"));
    portal.run(&["account", "add", ACCOUNT]);
    drop(portal.start().await);
    assert_eq!(portal.run_json(&["app", "list"])[0]["name"], "Wiki");
}
