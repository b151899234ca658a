//! OpenID Connect clients on the command line, and a log-in to one at the real program.

use std::time::Duration;

use axum::http::Method;
use postern_testkit::{ACCOUNT, ADA, Answer, Browser, Installation, Server, eventually};
use serde_json::{Value, json};
use url::form_urlencoded::{Serializer, parse};

const CALLBACK: &str = "https://wiki.example.com/callback";

/// Adds the application Wiki of Ada's account, and a client of it; returns what the command printed.
fn add_client(portal: &Installation, more: &[&str]) -> Value {
    portal.run(&["app", "add", "Wiki", "--url", "https://wiki.example.com", "--account", ACCOUNT]);
    portal.run_json(&[&["client", "add", "Grafana", "--app", "Wiki", "--redirect-uri", CALLBACK], more].concat())
}

/// A code for the user of this browser.
async fn code(browser: &mut Browser, client: &Value) -> String {
    let fields = [
        ("client_id", client["client_id"].as_str().unwrap()),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid email"),
        ("nonce", "some-nonce"),
        ("state", "some-state"),
    ];
    let query = Serializer::new(String::new()).extend_pairs(fields).finish();
    let arrived = browser.page(&format!("/oidc/authorize?{query}")).await.expect(303);
    let (_, query) = arrived.header("location").split_once('?').unwrap();
    let code = parse(query.as_bytes()).find(|(name, _)| name == "code").unwrap().1;
    code.into_owned()
}

/// Exchanges something for tokens; fails if the server stops meanwhile.
async fn exchange(server: &Server, client: &Value, fields: &[(&str, &str)]) -> std::io::Result<Answer> {
    let own = [
        ("client_id", client["client_id"].as_str().unwrap()),
        ("client_secret", client["client_secret"].as_str().unwrap()),
    ];
    let body = Serializer::new(String::new()).extend_pairs(own).extend_pairs(fields).finish();
    let mut browser = server.browser().with_header("content-type", "application/x-www-form-urlencoded");
    browser.try_send(Method::POST, "/oidc/token", body).await
}

async fn redeem(server: &Server, client: &Value, code: &str) -> std::io::Result<Answer> {
    exchange(server, client, &[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_added_changed_listed_and_removed_beside_a_server() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let server = portal.start().await;
        let added = add_client(&portal, &["--pkce"]);
        assert_eq!(added["issuer"], format!("http://localhost:{}", server.port));
        assert_eq!((&added["app"], &added["public"], &added["pkce"]), (&json!("Wiki"), &json!(false), &json!(true)));
        let (mut ada, _) = server.set_up(ADA).await;
        let changed = portal.run_json(&[
            "client",
            "change",
            "Grafana",
            "--name",
            "Charts",
            "--pkce",
            "off",
            "--es256",
            "on",
            "--consent",
            "on",
            "--sign-out-uri",
            "https://wiki.example.com/bye",
            "--back-channel-uri",
            "http://wiki.internal/log-out",
            "--back-channel-http",
            "--jwt",
            "on",
        ]);
        assert_eq!(portal.run_json(&["client", "list"]), json!([changed]));
        assert_eq!(
            (&changed["name"], &changed["algorithm"], &changed["pkce"]),
            (&json!("Charts"), &json!("ES256"), &json!(false))
        );
        let back =
            ["client", "change", "Charts", "--sign-out-uri", "none", "--back-channel-uri", "none", "--consent", "off"];
        let back = portal.run_json(&back);
        assert_eq!((&back["sign_out_uris"], &back["back_channel_uri"]), (&json!([]), &json!(null)));
        let other = portal.run_json(&["client", "secret", "Charts"]);
        assert_ne!(other["client_secret"], added["client_secret"]);
        for client in [&added, &other] {
            let code = code(&mut ada, client).await;
            redeem(&server, client, &code).await.unwrap().expect(200);
        }
        assert!(portal.run(&["client", "remove", "Charts"]).contains("removed"));
        assert_eq!(portal.run_json(&["client", "list"]), json!([]));
        let recorded = "select what from events where what like 'client_%' order by id";
        let expected = ["client_added", "client_changed", "client_changed", "client_secret_made", "client_removed"];
        assert_eq!(portal.database.texts(recorded).await, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_client_can_be_is_refused_with_the_reason() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        add_client(&portal, &[]);
        let add =
            |name: &str, more: &[&str]| portal.refused(&[&["client", "add", name, "--app", "Wiki"], more].concat());
        let good = ["--redirect-uri", CALLBACK];
        for (text, reason) in [
            (add("Grafana", &good), "already a client \"Grafana\""),
            (portal.refused(&["client", "add", "X", "--app", "None", good[0], good[1]]), "app add"),
            (add("", &good), "empty"),
            (add("X", &["--redirect-uri", "https://*.example.com/"]), "compared as it is"),
            (add("X", &["--redirect-uri", "http://wiki.example.com/"]), "https://"),
            (add("X", &["--redirect-uri", "com.example.app:/cb"]), "public"),
            (add("", &["--redirect-uri", "https://a.example/"]), "the name of a client cannot be empty"),
            (add("X", &["--redirect-uri", CALLBACK, "--back-channel-uri", "x"]), "--back-channel-uri"),
            (portal.refused(&["client", "change", "X", "--pkce", "on"]), "client list"),
            (portal.refused(&["client", "remove", "X"]), "client list"),
            (portal.refused(&["client", "secret", "X"]), "client list"),
        ] {
            assert!(text.contains(reason), "{reason:?}: {text}");
        }
        let public = ["client", "add", "App", "--app", "Wiki", "--redirect-uri", "com.example.app:/cb", "--public"];
        assert_eq!(portal.run_json(&public)["client_secret"], json!(null));
        assert!(portal.refused(&["client", "secret", "App"]).contains("public"));
        assert!(portal.refused(&["client", "change", "App", "--pkce", "off"]).contains("always needs PKCE"));
        assert_eq!(portal.run_json(&["client", "list"]).as_array().unwrap().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_has_clients_is_not_removed() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        add_client(&portal, &[]);
        assert!(portal.refused(&["app", "remove", "Wiki"]).contains("would be lost: Grafana"));
        portal.run(&["client", "remove", "Grafana"]);
        portal.run(&["app", "remove", "Wiki"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_once_why_a_client_is_refused() {
    let portal = Installation::on_sqlite().with_ada();
    let server = portal.start().await;
    let mut client = add_client(&portal, &[]);
    client["client_secret"] = json!("x".repeat(43));
    for _ in 0..3 {
        assert_eq!(redeem(&server, &client, "x").await.unwrap().status, 401);
    }
    let line = "a request of an OpenID Connect client was refused";
    eventually("it is logged", async || server.log().contains(line)).await;
    assert_eq!(server.log().matches(line).count(), 1, "{}", server.log());
    assert!(
        server.log().contains("the secret is wrong") && !server.log().contains(&"x".repeat(43)),
        "{}",
        server.log()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_keys_are_published_at_once_and_a_second_rotation_waits() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let server = portal.start().await;
        assert!(portal.run(&["oidc", "keys", "list"]).contains("no keys yet"));
        let made = portal.run_json(&["oidc", "keys", "rotate"]);
        let states = |keys: &Value| keys.as_array().unwrap().iter().map(|key| key["state"].clone()).collect::<Vec<_>>();
        assert_eq!(states(&portal.run_json(&["oidc", "keys", "list"])), ["current", "next", "current", "next"]);
        assert!(portal.refused(&["oidc", "keys", "rotate"]).contains("24 hours"));
        let is_published = async || {
            let keys = server.browser().page("/oidc/keys").await.expect(200).text();
            made.as_array().unwrap().iter().all(|key| keys.contains(key["kid"].as_str().unwrap()))
        };
        eventually("the server publishes them", is_published).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_opens_anything_is_logged_or_stored_in_the_clear() {
    let portal = Installation::on_sqlite().with_ada();
    let client = add_client(&portal, &[]);
    let mut server = portal.launch(portal.command(&["serve", "--set", "log_level=trace"]), &[]);
    server.wait_until_ready().await;
    let (mut ada, _) = server.set_up(ADA).await;
    let code = code(&mut ada, &client).await;
    let tokens = redeem(&server, &client, &code).await.unwrap().expect(200).json();
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let refreshed =
        exchange(&server, &client, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await;
    let refreshed = refreshed.unwrap().expect(200).json();
    let mut secrets = vec![code, client["client_secret"].as_str().unwrap().to_owned()];
    for tokens in [&tokens, &refreshed] {
        let names = ["access_token", "refresh_token", "id_token"];
        secrets.extend(names.map(|name| tokens[name].as_str().unwrap().rsplit('.').next().unwrap().to_owned()));
    }
    server.signal("TERM");
    server.wait(Duration::from_secs(15));
    let log = server.log();
    let mut stored = Vec::new();
    for name in ["postern.sqlite", "postern.sqlite-wal"] {
        stored.extend(std::fs::read(portal.data_dir().join(name)).unwrap_or_default());
    }
    let stored = String::from_utf8_lossy(&stored);
    for secret in &secrets {
        assert!(!log.contains(secret), "{secret} is logged");
        assert!(!stored.contains(secret), "{secret} is stored");
    }
    assert!(!stored.contains("PRIVATE KEY") && stored.contains("RS256"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_gives_nobody_tokens_twice() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let client = add_client(&portal, &[]);
        let mut server = portal.start().await;
        let (mut ada, _) = server.set_up(ADA).await;
        for round in 0..6 {
            let code = code(&mut ada, &client).await;
            let (answer, ()) = tokio::join!(redeem(&server, &client, &code), async {
                tokio::time::sleep(Duration::from_millis(round * 3)).await;
                server.signal("KILL");
            });
            server.wait(Duration::from_secs(15));
            server = portal.start().await;
            ada = ada.moved_to(&server);
            let again = redeem(&server, &client, &code).await.unwrap();
            match answer {
                Ok(answer) => {
                    answer.expect(200);
                    again.expect_error(400, "invalid_grant");
                }
                // The answer was lost: either the code was used up, or it still works.
                Err(_) => assert!([200, 400].contains(&again.status.as_u16()), "{}", again.text()),
            }
            redeem(&server, &client, &code).await.unwrap().expect_error(400, "invalid_grant");
        }
    }
}
