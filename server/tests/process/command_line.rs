//! The administration from the shell, beside a running server.

use std::time::Duration;

use postern_testkit::authenticator::{code, code_in};
use postern_testkit::{ACCOUNT, ADA, Browser, Installation, PASSWORD, eventually, program, within};
use serde_json::json;

const BO: &str = "bo@example.com";

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_added_and_require_a_second_factor_on_both_databases() {
    for portal in Installation::on_both().await {
        let server = portal.start().await;
        let added = portal.run_json(&["account", "add", " Köln & Söhne "]);
        assert_eq!(added["name"], "Köln & Söhne");
        assert_eq!(portal.database.texts("select id from accounts").await, [added["id"].as_str().unwrap()]);
        assert!(portal.refused(&["account", "add", "Köln & Söhne"]).contains("already"));
        assert!(portal.run(&["account", "add", "Second"]).contains("Second"));
        for bad in ["", "   ", "two\nlines", &"x".repeat(101)] {
            portal.refused(&["account", "add", bad]);
        }
        let password = portal.run_json(&["user", "add", BO, "--account", "Second", "--active"]);
        let password = password["password"].as_str().unwrap();
        let step = async || server.browser().sign_in_with(BO, password).await.expect(200).step();
        assert_eq!(step().await, "new_password", "r18: somebody else knows it");
        let on = portal.run_json(&["account", "require-2fa", "Second", "on"]);
        assert_eq!(on, json!({"name": "Second", "two_factor": {"required": true}}));
        assert_eq!(step().await, "set_up");
        assert!(portal.run(&["account", "require-2fa", "Second", "off"]).contains("no longer"));
        assert_eq!(step().await, "new_password");
        assert!(portal.refused(&["account", "require-2fa", "Nobody's", "on"]).contains("account add"));
        let usage = portal.command(&["account", "require-2fa", "Second", "perhaps"]).output().unwrap();
        assert_eq!(usage.status.code(), Some(2), "clap's exit code for a wrong use");
        let set = portal.run_json(&["account", "passkeys", "Second", "second-factor"]);
        assert_eq!(set, json!({"name": "Second", "passkeys": "second_factor"}));
        let listed = portal.run_json(&["account", "list"]);
        assert_eq!((&listed[0]["passkeys"], &listed[1]["passkeys"]), (&json!("without_password"), &set["passkeys"]));
        assert!(
            portal.run(&["account", "list"]).contains("Second\t2FA not required\tpasskeys as a second factor\t1 user")
        );
        assert!(portal.refused(&["account", "passkeys", "Nobody's", "not-allowed"]).contains("account add"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_added_with_passwords_that_work_on_both_databases() {
    for portal in Installation::on_both().await {
        let server = portal.start().await;
        portal.run(&["account", "add", ACCOUNT]);
        let added =
            portal.run_json(&["user", "add", "Ada@Example.com", "--account", ACCOUNT, "--name", "Ada L.", "--admin"]);
        assert_eq!(added["email"], ADA);
        assert_eq!(
            (&added["name"], &added["admin"], &added["state"]),
            (&json!("Ada L."), &json!(true), &json!("locked"))
        );
        let password = added["password"].as_str().unwrap();
        server.browser().sign_in_with(ADA, password).await.expect_error(401, "invalid_credentials");
        assert_eq!(portal.run_json(&["user", "unlock", ADA])["email"], ADA);
        let mut browser = server.browser();
        assert_eq!(browser.sign_in_with(ADA, password).await.expect(200).step(), "new_password");
        let new = json!({"new_password": "quiet harbour lamp anchor"});
        let signed_in = browser.post("/api/sign-in/new-password", new).await.expect(200).json();
        assert_eq!(signed_in["user"]["name"], "Ada L.");
        assert_eq!(signed_in["accounts"][0]["admin"], true);

        let text = portal.run(&["user", "add", BO, "--account", ACCOUNT, "--active"]);
        let password = text.lines().find_map(|line| line.strip_prefix("Password: ")).unwrap();
        server.browser().sign_in_with(BO, password).await.expect(200);
        add_refusals(&portal).await;
        passwords_from_standard_input(&portal);
        server.browser().sign_in("cy@example.com").await.expect(200);
    }
}

async fn add_refusals(portal: &Installation) {
    assert!(portal.refused(&["user", "add", "ADA@example.com", "--account", ACCOUNT]).contains("already"));
    assert!(portal.refused(&["user", "add", "x@example.com", "--account", "None"]).contains("account add"));
    for bad in ["", "no-at", "a b@example.com", "a@b@c", "\u{430}\u{200b}@example.com", "x\n@example.com"] {
        let text = portal.refused(&["user", "add", bad, "--account", ACCOUNT]);
        assert!(text.contains("not a user name"), "{text}");
    }
    assert_eq!(portal.database.count("select count(*) from users").await, 2, "a refused user leaves nothing");
}

fn passwords_from_standard_input(portal: &Installation) {
    let arguments = ["user", "add", "cy@example.com", "--account", ACCOUNT, "--active", "--password-stdin"];
    for bad in [
        "",
        "\n",
        "short\n",
        "elevenchars\n",
        "            \n",
        "password1234\n",
        "ｐａｓｓｗｏｒｄ１２３４\n",
        &"x".repeat(100_000),
    ] {
        let output = program::with_input(&mut portal.command(&arguments), bad);
        assert_eq!(output.status.code(), Some(1), "{bad:.20}");
    }
    let output = program::with_input(&mut portal.command(&arguments), &format!("{PASSWORD}\r\n"));
    assert!(output.status.success());
    assert!(!program::output_text(&output).contains(PASSWORD), "a given password is not repeated");
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_listed_locked_unlocked_and_reset_on_both_databases() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let server = portal.start().await;
        assert_eq!(portal.run_json(&["user", "list"])[0]["two_factor"], "none");
        let (mut browser, key) = server.set_up(ADA).await;
        let listed = portal.run_json(&["user", "list"]);
        let first = listed[0].as_object().unwrap();
        assert_eq!((&first["email"], &first["state"]), (&json!(ADA), &json!("active")));
        assert_eq!(first["two_factor"], "set_up");
        assert!(first["last_sign_in"].as_str().unwrap().ends_with('Z'));
        assert!(portal.run(&["user", "list"]).contains("2FA set up"));

        assert!(portal.run(&["user", "lock", ADA]).contains("locked"));
        is_logged_out(&mut browser).await;
        server.browser().sign_in(ADA).await.expect_error(401, "invalid_credentials");
        assert_eq!(portal.run_json(&["user", "list"])[0]["state"], "locked");
        assert!(portal.run(&["user", "unlock", "ADA@example.com"]).contains("active"));
        let mut browser = server.browser();
        assert_eq!(browser.sign_in(ADA).await.expect(200).step(), "code");
        browser.code(&code_in(&key, 30)).await.expect(200);

        assert_eq!(portal.run_json(&["user", "reset-2fa", ADA])["email"], ADA);
        is_logged_out(&mut browser).await;
        let answer = browser.sign_in(ADA).await.expect(200).json();
        let fresh = answer["security_key"].as_str().unwrap();
        assert_ne!(fresh, key);
        browser.confirm(&code(&key)).await.expect_error(401, "invalid_code");
        browser.confirm(&code(fresh)).await.expect(200);

        for verb in ["lock", "unlock", "reset-2fa", "set-up-code"] {
            assert!(portal.refused(&["user", verb, "nobody@example.com"]).contains("no user"));
            assert!(portal.refused(&["user", verb, "no-address"]).contains("not a user name"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_an_account_demands_set_up_codes_the_command_line_prints_them() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let server = portal.start().await;
        server.set_up(ADA).await;
        assert!(portal.refused(&["user", "set-up-code", ADA]).contains("needs no set-up code"));
        portal.database.execute("update accounts set reset_set_up_code_since = 1").await;
        assert!(portal.refused(&["user", "set-up-code", ADA]).contains("needs no set-up code"));
        let first = portal.run_json(&["user", "reset-2fa", ADA])["set_up_code"].as_str().unwrap().to_owned();
        let said = portal.run(&["user", "set-up-code", ADA]);
        let second = said.lines().next().unwrap().strip_prefix("Set-up code: ").unwrap();
        let mut browser = server.browser();
        let key = browser.begin_set_up(ADA).await;
        browser.confirm_with(&code(&key), &first).await.expect_error(401, "invalid_set_up_code");
        browser.confirm_with(&code(&key), second).await.expect(200);
    }
}

/// The server learns of what a command did within two seconds.
async fn is_logged_out(browser: &mut Browser) {
    let has_ended = async || browser.flow().await.step() == "credentials";
    within("the session has ended", Duration::from_secs(2), has_ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_and_a_busy_server_wait_for_each_other() {
    let portal = Installation::on_sqlite().with_ada();
    let server = portal.start().await;
    let ten_log_ins = |browser: Browser| {
        tokio::spawn(async move {
            for _ in 0..10 {
                browser.clone().sign_in(ADA).await.expect(200);
            }
        })
    };
    let clients: Vec<_> = (0..4).map(|_| ten_log_ins(server.browser())).collect();
    for n in 0..8 {
        portal.run(&["account", "add", &format!("Account {n}")]);
    }
    for client in clients {
        client.await.unwrap();
    }
    assert_eq!(portal.database.count("select count(*) from accounts").await, 9);
    eventually("the server is idle", async || server.is_ready().await).await;
}
