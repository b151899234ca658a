//! The modules of the certification plans for log-out by name: RP-initiated, and by the back channel.

use std::sync::{Arc, Mutex};

use axum::http::{Method, StatusCode};
use axum::routing::post;
use axum::{Router, extract::State};
use postern::oidc::redirect_uri::RedirectUri;
use postern::provider::log_outs::announce_due;
use postern_testkit::{ADA, Browser, Portal, on_both_databases};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::form_urlencoded::parse;

use crate::oidc::{
    GOODBYE, ISSUER, Rp, bo, claims, client_with, encoded, header, log_in_again, logged_in, scene, text,
};

/// What a client's server has heard, and what it answers.
#[derive(Clone, Default)]
struct Heard {
    tokens: Arc<Mutex<Vec<String>>>,
    refuses: Arc<Mutex<bool>>,
}

impl Heard {
    fn count(&self) -> usize {
        self.tokens.lock().unwrap().len()
    }
}

/// A client whose server listens for log-outs.
async fn listening(portal: &Portal) -> (Rp, Heard) {
    async fn hear(State(heard): State<Heard>, body: String) -> StatusCode {
        let (_, token) = parse(body.as_bytes()).find(|(name, _)| name == "logout_token").unwrap();
        heard.tokens.lock().unwrap().push(token.into_owned());
        if *heard.refuses.lock().unwrap() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }
    }
    let heard = Heard::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}/log-out", listener.local_addr().unwrap());
    let router = Router::new().route("/log-out", post(hear)).with_state(heard.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let rp = client_with(portal, |client| client.back_channel_uri = Some(RedirectUri::from_stored(uri))).await;
    (rp, heard)
}

/// Sends a browser to log out.
async fn sign_out(browser: &mut Browser, fields: &[(&str, &str)]) -> postern_testkit::Answer {
    browser.page(&format!("/oidc/sign-out?{}", encoded(fields))).await
}

/// Checks that a page asks whether to log out, and that nothing has ended yet.
async fn expect_question(browser: &mut Browser, fields: &[(&str, &str)]) {
    let page = sign_out(browser, fields).await.expect(200);
    assert!(page.text().contains("Log out?"), "{fields:?}: {}", page.text());
    assert_eq!(browser.step().await, "signed_in");
}

/// Checks that a page says what the operator has to mend where a client sends users to an address that is not registered.
async fn expect_refused_address(portal: &Portal, uri: &str) {
    let (rp, mut browser) = scene(portal).await;
    let hint = text(&rp.tokens(&mut browser).await, "id_token");
    let page = sign_out(&mut browser, &[("id_token_hint", &hint), ("post_logout_redirect_uri", uri)]).await.expect(400);
    assert!(page.header("location").is_empty() && page.text().contains("--sign-out-uri"), "{uri}");
    assert_eq!(browser.step().await, "signed_in");
}

on_both_databases! {
    async fn oidcc_rp_initiated_logout_discovery_endpoint_verification(portal) {
        let document = portal.browser().page("/.well-known/openid-configuration").await.expect(200).json();
        assert_eq!(document["end_session_endpoint"], format!("{ISSUER}/oidc/sign-out"));
    }

    async fn oidcc_backchannel_logout_discovery_endpoint_verification(portal) {
        let document = portal.browser().page("/.well-known/openid-configuration").await.expect(200).json();
        for name in ["backchannel_logout_supported", "backchannel_logout_session_supported"] {
            assert_eq!(document[name], json!(true), "{name}");
        }
    }

    async fn oidcc_rp_initiated_logout(portal) {
        let (rp, mut browser) = scene(portal).await;
        let tokens = rp.tokens(&mut browser).await;
        let hint = text(&tokens, "id_token");
        let gone = sign_out(&mut browser, &[("id_token_hint", &hint), ("post_logout_redirect_uri", GOODBYE), ("state", "a b")]).await;
        assert_eq!(gone.expect(303).header("location"), format!("{GOODBYE}?state=a+b"));
        assert_eq!(browser.step().await, "credentials");
        rp.expect_dead(&tokens).await;
    }

    async fn oidcc_rp_initiated_logout_no_state(portal) {
        let (rp, mut browser) = scene(portal).await;
        let hint = text(&rp.tokens(&mut browser).await, "id_token");
        let gone = sign_out(&mut browser, &[("id_token_hint", &hint), ("post_logout_redirect_uri", GOODBYE)]).await.expect(303);
        assert_eq!(gone.header("location"), GOODBYE);
    }

    async fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri(portal) {
        let (rp, mut browser) = scene(portal).await;
        let hint = text(&rp.tokens(&mut browser).await, "id_token");
        let gone = sign_out(&mut browser, &[("id_token_hint", &hint)]).await.expect(200);
        assert!(gone.text().contains("You are logged out"));
        assert_eq!(browser.step().await, "credentials");
    }

    async fn oidcc_rp_initiated_logout_only_state(portal) {
        let (_, mut browser) = scene(portal).await;
        expect_question(&mut browser, &[("state", "x")]).await;
    }

    async fn oidcc_rp_initiated_logout_no_params(portal) {
        let (_, mut browser) = scene(portal).await;
        expect_question(&mut browser, &[]).await;
        let nobody = sign_out(&mut portal.browser(), &[]).await.expect(200);
        assert!(nobody.text().contains("You are logged out"));
    }

    async fn oidcc_rp_initiated_logout_no_id_token_hint(portal) {
        let (rp, mut browser) = scene(portal).await;
        expect_question(&mut browser, &[("client_id", &rp.id), ("post_logout_redirect_uri", GOODBYE), ("state", "x")]).await;
        // Nobody says whose address this is.
        sign_out(&mut browser, &[("post_logout_redirect_uri", GOODBYE)]).await.expect(400);
        assert_eq!(browser.step().await, "signed_in");
    }

    async fn oidcc_rp_initiated_logout_bad_id_token_hint(portal) {
        let (rp, mut browser) = scene(portal).await;
        for bad in ["x", "eyJhbGciOiJub25lIn0.e30."] {
            expect_question(&mut browser, &[("id_token_hint", bad), ("post_logout_redirect_uri", GOODBYE), ("client_id", &rp.id)]).await;
        }
    }

    async fn oidcc_rp_initiated_logout_modified_id_token_hint(portal) {
        let (rp, mut browser) = scene(portal).await;
        let hint = text(&rp.tokens(&mut browser).await, "id_token");
        let (head, signature) = hint.rsplit_once('.').unwrap();
        let modified = format!("{head}.{}", signature.chars().rev().collect::<String>());
        expect_question(&mut browser, &[("id_token_hint", &modified), ("post_logout_redirect_uri", GOODBYE), ("client_id", &rp.id)]).await;
    }

    async fn a_hint_of_another_client_than_the_named_one_is_refused(portal) {
        let (rp, mut browser) = scene(portal).await;
        let hint = text(&rp.tokens(&mut browser).await, "id_token");
        sign_out(&mut browser, &[("id_token_hint", &hint), ("client_id", "other")]).await.expect(400);
        assert_eq!(browser.step().await, "signed_in");
    }

    async fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(portal) {
        expect_refused_address(portal, "https://evil.example/").await;
    }

    async fn oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(portal) {
        expect_refused_address(portal, &format!("{GOODBYE}?foo=bar")).await;
    }

    async fn an_address_after_a_log_out_is_compared_exactly(portal) {
        expect_refused_address(portal, &format!("{GOODBYE}/")).await;
    }

    async fn an_expired_hint_is_accepted(portal) {
        let (rp, mut browser) = scene(portal).await;
        let hint = text(&rp.tokens(&mut browser).await, "id_token");
        for _ in 0..4 {
            portal.advance(1_000);
            assert_eq!(browser.step().await, "signed_in");
        }
        sign_out(&mut browser, &[("id_token_hint", &hint), ("post_logout_redirect_uri", GOODBYE)]).await.expect(303);
        assert_eq!(browser.step().await, "credentials");
    }

    async fn a_hint_of_another_session_ends_that_one_and_asks_for_this_one(portal) {
        let (rp, mut browser) = scene(portal).await;
        let hint = text(&rp.tokens(&mut browser).await, "id_token");
        for mut other in [bo(portal).await, log_in_again(portal).await] {
            assert!(sign_out(&mut other, &[("id_token_hint", &hint)]).await.expect(200).text().contains("Log out?"));
            assert_eq!(other.step().await, "signed_in");
        }
        assert_eq!(browser.step().await, "credentials");
        let mut other = log_in_again(portal).await;
        let page = sign_out(&mut other, &[("id_token_hint", &hint), ("post_logout_redirect_uri", GOODBYE)]).await.expect(200);
        assert!(page.text().contains(&format!(r#"name="client_id" value="{}""#, rp.id)), "the page goes on without the token");
    }

    async fn a_form_from_another_site_ends_the_session_of_its_hint_without_a_cookie_and_goes_on_by_get(portal) {
        let (rp, mut browser) = scene(portal).await;
        let hint = text(&rp.tokens(&mut browser).await, "id_token");
        let fields = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", GOODBYE), ("state", "x")];
        let sent = rp.post_with("/oidc/sign-out", &[("sec-fetch-site", "cross-site")], &fields).await.expect(303);
        assert!(sent.header("set-cookie").is_empty(), "a browser sends no session with it, so there is none to remove");
        assert_eq!(browser.step().await, "credentials");
        let next = sent.header("location");
        assert!(next.starts_with("/oidc/sign-out?client_id=") && !next.contains(&hint), "{next}");
        assert_eq!(browser.page(next).await.expect(303).header("location"), format!("{GOODBYE}?state=x"));
    }

    async fn a_form_with_the_hint_of_another_session_asks_for_the_one_of_the_browser(portal) {
        let (rp, mut browser) = scene(portal).await;
        let hint = text(&rp.tokens(&mut browser).await, "id_token");
        let mut other = log_in_again(portal).await;
        let fields = [("id_token_hint", hint.as_str())];
        let sent = rp.post_with("/oidc/sign-out", &[("sec-fetch-site", "cross-site")], &fields).await.expect(303);
        let next = sent.header("location").to_owned();
        assert!(other.page(&next).await.expect(200).text().contains("Log out?"));
        assert_eq!((browser.step().await, other.step().await), ("credentials".to_owned(), "signed_in".to_owned()));
    }

    async fn a_form_without_a_hint_goes_on_by_get(portal) {
        let (rp, _) = scene(portal).await;
        let sent = rp.post_with("/oidc/sign-out", &[("sec-fetch-site", "cross-site")], &[("client_id", &rp.id)]).await.expect(303);
        assert_eq!(sent.header("location"), format!("/oidc/sign-out?client_id={}", rp.id));
    }

    async fn the_page_of_an_address_that_is_not_registered_can_log_out(portal) {
        let (rp, mut browser) = scene(portal).await;
        let page = sign_out(&mut browser, &[("post_logout_redirect_uri", GOODBYE)]).await.expect(400);
        assert!(page.text().contains(r#"<form method="post" action="/oidc/sign-out">"#), "{}", page.text());
        assert!(page.text().contains("neither a <code>client_id</code> nor an <code>id_token_hint</code>"), "{}", page.text());
        let sent = rp.post("/oidc/sign-out", &[]).await.expect(303);
        assert_eq!(sent.header("location"), "/oidc/sign-out");
        expect_question(&mut browser, &[]).await;
    }

    async fn oidcc_backchannel_rp_initiated_logout_tells_the_client(portal) {
        let mut browser = logged_in(portal).await;
        let (rp, heard) = listening(portal).await;
        let id_token = claims(&text(&rp.tokens(&mut browser).await, "id_token"));
        rp.tokens(&mut browser).await;
        announce_due(&portal.state).await.unwrap();
        assert_eq!(heard.count(), 0, "nobody has logged out");
        browser.sign_out().await.expect(200);
        announce_due(&portal.state).await.unwrap();
        let token = heard.tokens.lock().unwrap().remove(0);
        let (head, told) = (header(&token), claims(&token));
        assert_eq!((&head["typ"], &head["alg"]), (&json!("logout+jwt"), &json!("RS256")));
        let keys = portal.browser().page("/oidc/keys").await.expect(200).json();
        assert!(keys["keys"].as_array().unwrap().iter().any(|key| key["kid"] == head["kid"]));
        for name in ["iss", "aud", "sub", "sid"] {
            assert_eq!(told[name], id_token[name], "{name}");
        }
        assert_eq!(told["iss"], ISSUER);
        assert_eq!(told["events"], json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
        assert!(told.get("nonce").is_none() && told["jti"].is_string());
        assert_eq!((&told["iat"], &told["exp"]), (&json!(portal.now()), &json!(portal.now() + 120)));
        announce_due(&portal.state).await.unwrap();
        assert_eq!(heard.count(), 0, "once");
    }

    async fn a_client_that_does_not_answer_is_told_again_and_one_of_two_nodes_tells_it(portal) {
        let mut browser = logged_in(portal).await;
        let (rp, heard) = listening(portal).await;
        rp.tokens(&mut browser).await;
        *heard.refuses.lock().unwrap() = true;
        browser.sign_out().await.expect(200);
        announce_due(&portal.state).await.unwrap();
        announce_due(&portal.state).await.unwrap();
        assert_eq!(heard.count(), 1);
        portal.advance(10);
        *heard.refuses.lock().unwrap() = false;
        let node = portal.node().await;
        let (first, second) = tokio::join!(announce_due(&portal.state), announce_due(&node.state));
        first.and(second).unwrap();
        assert_eq!(heard.count(), 2);
        assert_eq!(portal.database.count("select count(*) from oidc_log_ins").await, 0);
    }

    async fn whatever_ends_a_session_is_told(portal) {
        logged_in(portal).await;
        let (rp, heard) = listening(portal).await;
        for end in ["lock", "removal", "housekeeping", "shell"] {
            let mut browser = log_in_again(portal).await;
            let sub = claims(&text(&rp.tokens(&mut browser).await, "id_token"))["sub"].clone();
            match end {
                "lock" => {
                    portal.lock(ADA).await;
                    portal.unlock(ADA).await;
                }
                "housekeeping" => {
                    portal.advance(90_000);
                    for _ in 0..40 {
                        postern::housekeeping::clean_up(&portal.state).await.unwrap();
                    }
                }
                "removal" => portal.database.execute("delete from sessions").await,
                _ => portal.database.execute("delete from users").await,
            }
            announce_due(&portal.state).await.unwrap();
            let told: Vec<Value> = heard.tokens.lock().unwrap().drain(..).map(|token| claims(&token)["sub"].clone()).collect();
            assert_eq!(told, [sub], "{end}");
        }
    }

    async fn the_answers_to_a_log_out_know_their_methods(portal) {
        for method in [Method::PUT, Method::DELETE] {
            portal.browser().send(method, "/oidc/sign-out", "").await.expect_error(405, "method_not_allowed");
        }
    }
}
