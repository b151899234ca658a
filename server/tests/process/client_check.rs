//! `postern client check`: the tester of clients, against the real program.

use postern_testkit::{ACCOUNT, Installation, program};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

const CALLBACK: &str = "https://wiki.example.com/callback";

/// Adds the clients Wiki, with a secret, and App, a public one; returns the id of Wiki.
fn add_clients(portal: &Installation) -> String {
    portal.run(&["app", "add", "Wiki", "--url", "https://wiki.example.com", "--account", ACCOUNT]);
    let add = ["client", "add", "Wiki", "--app", "Wiki", "--redirect-uri", CALLBACK];
    let wiki = portal.run_json(&add);
    let query = "https://wiki.example.com/app?of=wiki";
    portal.run(&["client", "add", "App", "--app", "Wiki", "--redirect-uri", query, "--public", "--es256"]);
    wiki["client_id"].as_str().unwrap().to_owned()
}

/// The failed checks of a command with these arguments: their names, and what has to be mended.
fn failures(portal: &Installation, arguments: &[&str]) -> Vec<(String, String)> {
    let output = portal.command(&[&["client", "check"], arguments, &["--json"]].concat()).output().unwrap();
    let checks: Vec<Value> = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{arguments:?}: {}", program::output_text(&output)));
    let failed = checks.iter().filter(|check| check["ok"] == json!(false));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let failed: Vec<_> = failed.map(|check| (text(&check["check"]), text(&check["error"]))).collect();
    assert_eq!(output.status.code(), Some(i32::from(!failed.is_empty())), "{}", program::output_text(&output));
    failed
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tester_gets_through_at_a_portal_that_runs() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        add_clients(&portal);
        let _server = portal.start().await;
        for client in ["Wiki", "App"] {
            assert_eq!(failures(&portal, &[client]), []);
        }
        let lines = portal.run(&["client", "check", "Wiki"]);
        for line in ["ok      discovery", "ok      keys", "ok      authorize", "ok      token"] {
            assert!(lines.contains(line), "{lines}");
        }
        assert!(portal.refused(&["client", "check", "Nobody"]).contains("client list"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tester_says_what_a_client_would_stumble_over() {
    let portal = Installation::on_sqlite().with_ada();
    add_clients(&portal);
    let server = portal.start().await;
    let failed = |url: &str| {
        let failed = failures(&portal, &["Wiki", "--public-url", url]);
        assert_eq!(failed.len(), 1, "{failed:?}");
        failed[0].1.clone()
    };
    let other_name = failed(&format!("http://127.0.0.1:{}", server.port));
    assert!(other_name.contains("names the issuer") || other_name.contains("another program"), "{other_name}");
    assert!(failed("http://localhost:1").contains("cannot be reached"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tester_explains_what_a_client_has_sent() {
    let portal = Installation::on_sqlite().with_ada();
    let id = add_clients(&portal);
    let server = portal.start().await;
    let endpoint = format!("http://localhost:{}/oidc/authorize", server.port);
    let right =
        [("client_id", id.as_str()), ("redirect_uri", CALLBACK), ("response_type", "code"), ("scope", "openid")];
    let address = |name: &str, value: &str| {
        let fields = right.iter().filter(|(it, _)| *it != name).copied().chain([(name, value)]);
        format!("{endpoint}?{}", Serializer::new(String::new()).extend_pairs(fields).finish())
    };
    let explain = |url: &str| failures(&portal, &["Wiki", "--url", url]);
    assert_eq!(explain(&address("state", "x")), []);
    let slash = format!("{CALLBACK}/");
    for (url, check, words) in [
        ("wiki.example.com".to_owned(), "address", "--url"),
        (address("state", "x").replace("/oidc/", "/"), "address", endpoint.as_str()),
        (address("client_id", "x"), "client_id", id.as_str()),
        (address("client_id", ""), "client_id", "missing"),
        (address("redirect_uri", &slash), "redirect_uri", "it has nothing, and was sent \"/\""),
        (address("redirect_uri", "http://wiki.example.com/callback"), "redirect_uri", "it has \"s://wiki"),
        (address("response_type", "token"), "request", "response_type"),
        (address("scope", "email"), "request", "openid"),
        (address("scope", "read:user"), "request", "invalid_scope"),
        (address("code_challenge", CALLBACK), "request", "code_challenge_method"),
        (address("state", "x") + "&state=x", "request", "\"state\" was sent more than once"),
    ] {
        let failed = explain(&url);
        assert_eq!(failed.len(), 1, "{url}: {failed:?}");
        assert_eq!(failed[0].0, check, "{url}");
        assert!(failed[0].1.contains(words), "{url}: {}", failed[0].1);
    }
    let app = portal.run_json(&["client", "list"]).as_array().unwrap()[0].clone();
    let of_app = app["client_id"].as_str().unwrap();
    assert!(explain(&address("client_id", of_app))[0].1.contains("\"App\""));
    let sent = address("client_id", of_app);
    let failed = failures(&portal, &["App", "--url", &sent]);
    assert!(failed.iter().any(|(check, why)| check == "request" && why.contains("PKCE")), "{failed:?}");
}
