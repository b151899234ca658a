//! Faults that other providers had, and what makes clients stumble.

use postern::oidc::client::{ClientKind, Pkce};
use postern::oidc::redirect_uri::RedirectUri;
use postern_testkit::{ADA, Portal, on_both_databases};
use serde_json::json;

use crate::oidc::{
    CALLBACK, CHALLENGE, GOODBYE, ISSUER, Rp, VERIFIER, another_client, claims, client, client_with, header, logged_in,
    scene, text,
};

/// The form that redeems a code with a verifier.
fn with_verifier<'a>(code: &'a str, verifier: &'a str) -> [(&'a str, &'a str); 4] {
    [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK), ("code_verifier", verifier)]
}

const PKCE: [(&str, &str); 2] = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];

/// The keys that a client reads now.
async fn keys(portal: &Portal) -> Vec<serde_json::Value> {
    portal.browser().page("/oidc/keys").await.expect(200).json()["keys"].as_array().unwrap().clone()
}

on_both_databases! {
    async fn a_code_of_one_client_is_worth_nothing_to_another_and_stays_good_for_its_own(portal) {
        let (rp, mut browser) = scene(portal).await;
        let other = another_client(portal, "Other", |_| {}).await;
        let code = rp.code(&mut browser, &[]).await;
        other.redeem(&code).await.expect_error(400, "invalid_grant");
        let tokens = rp.redeem(&code).await.expect(200).json();
        other.refresh(&text(&tokens, "refresh_token")).await.expect_error(400, "invalid_grant");
        other.redeem(&code).await.expect_error(400, "invalid_grant");
        rp.expect_alive(&tokens).await;
        rp.refresh(&text(&tokens, "refresh_token")).await.expect(200);
    }

    async fn a_verifier_belongs_to_its_own_log_in(portal) {
        let (rp, mut browser) = scene(portal).await;
        let other = "Yiw2uGG8tTyN7OrPl0s2DdZ3KJ7tHq2mD0dbX7sWb1s";
        let challenge = ("code_challenge", "Y0_6gQXuK2YhVfqRkXnXUeXG0ks2cWZzkNZ7BYq8t1A");
        let code = rp.code(&mut browser, &[challenge, PKCE[1]]).await;
        rp.post("/oidc/token", &with_verifier(&code, VERIFIER)).await.expect_error(400, "invalid_grant");
        let code = rp.code(&mut browser, &PKCE).await;
        rp.post("/oidc/token", &with_verifier(&code, other)).await.expect_error(400, "invalid_grant");
        // The wrong attempt has used up the code.
        rp.post("/oidc/token", &with_verifier(&code, VERIFIER)).await.expect_error(400, "invalid_grant");
    }

    async fn a_code_that_was_asked_for_with_a_challenge_is_never_redeemed_without_its_verifier(portal) {
        let (rp, mut browser) = scene(portal).await;
        let code = rp.code(&mut browser, &PKCE).await;
        rp.redeem(&code).await.expect_error(400, "invalid_grant");
        let code = rp.code(&mut browser, &[]).await;
        let answer = rp.post("/oidc/token", &with_verifier(&code, VERIFIER)).await;
        answer.expect_error(400, "invalid_grant");
    }

    async fn pkce_is_accepted_from_all_and_required_from_some(portal) {
        let mut browser = logged_in(portal).await;
        let optional = client(portal).await;
        let required = another_client(portal, "Required", |client| client.pkce = Pkce::Required).await;
        let public = another_client(portal, "Public", |client| client.kind = ClientKind::Public).await;
        for rp in [&optional, &required] {
            let code = rp.code(&mut browser, &PKCE).await;
            rp.post("/oidc/token", &with_verifier(&code, VERIFIER)).await.expect(200);
        }
        let code = public.code(&mut browser, &PKCE).await;
        let mut fields = with_verifier(&code, VERIFIER).to_vec();
        fields.push(("client_id", &public.id));
        public.post_with("/oidc/token", &[], &fields).await.expect(200);
        let code = optional.code(&mut browser, &[]).await;
        optional.redeem(&code).await.expect(200);
        for rp in [&required, &public] {
            let returned = Rp::returned(rp.ask(&mut browser, &[]).await);
            assert_eq!(returned["error"], "invalid_request");
        }
        let plain = [("code_challenge", VERIFIER), ("code_challenge_method", "plain")];
        assert_eq!(Rp::returned(optional.ask(&mut browser, &plain).await)["error"], "invalid_request");
    }

    async fn a_redirect_uri_is_no_pattern(portal) {
        let (rp, mut browser) = scene(portal).await;
        for uri in ["https://wiki.example.com/callback/", "https://wiki.example.com/callback?x", "https://wiki.example.com/callback/../x",
            "https://wiki.example.com.evil.example/callback", "https://wiki.example.com%2Fcallback", "HTTPS://wiki.example.com/callback",
            "https://wiki.example.com:443/callback", "https://wiki.example.com/callback#x", "https://wiki.example.com@evil.example/callback"] {
            let answer = rp.ask(&mut browser, &[("redirect_uri", uri)]).await.expect(400);
            assert_eq!(answer.header("location"), "", "{uri}");
        }
        let code = rp.code(&mut browser, &[]).await;
        let other = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", "https://wiki.example.com/callback/")];
        rp.post("/oidc/token", &other).await.expect_error(400, "invalid_grant");
    }

    async fn a_public_client_may_listen_at_any_loopback_port_and_a_query_is_kept(portal) {
        let mut browser = logged_in(portal).await;
        let rp = client_with(portal, |client| {
            client.kind = ClientKind::Public;
            client.redirect_uris = vec![RedirectUri::from_stored("http://127.0.0.1/cb?a=b".to_owned())];
        }).await;
        let uri = "http://127.0.0.1:51004/cb?a=b";
        let answer = rp.ask(&mut browser, &[PKCE[0], PKCE[1], ("redirect_uri", uri)]).await.expect(303);
        assert!(answer.header("location").starts_with("http://127.0.0.1:51004/cb?a=b&code="), "{}", answer.header("location"));
        rp.ask(&mut browser, &[PKCE[0], PKCE[1], ("redirect_uri", "http://localhost:51004/cb?a=b")]).await.expect(400);
    }

    async fn the_issuer_has_no_slash_and_is_the_same_everywhere(portal) {
        let (rp, mut browser) = scene(portal).await;
        let document = portal.browser().page("/.well-known/openid-configuration").await.expect(200).json();
        let returned = Rp::returned(rp.ask(&mut browser, &[]).await);
        let tokens = rp.redeem(&returned["code"]).await.expect(200).json();
        let in_token = text(&claims(&text(&tokens, "id_token")), "iss");
        assert_eq!([text(&document, "issuer"), returned["iss"].clone(), in_token], [ISSUER, ISSUER, ISSUER]);
    }

    async fn a_client_that_knows_rs256_alone_gets_that_and_finds_no_key_that_it_cannot_read(portal) {
        let (rp, mut browser) = scene(portal).await;
        let id_token = text(&rp.tokens(&mut browser).await, "id_token");
        let keys = keys(portal).await;
        for key in &keys {
            assert!(["RSA", "EC"].contains(&key["kty"].as_str().unwrap()), "{key}");
            assert_eq!(key["use"], "sig");
            assert!(key["alg"].is_string() && key["kid"].is_string() && key.get("d").is_none(), "{key}");
        }
        let used = keys.iter().find(|key| key["kid"] == header(&id_token)["kid"]).unwrap();
        assert_eq!((&used["kty"], &used["alg"]), (&json!("RSA"), &json!("RS256")));
    }

    async fn ids_and_secrets_work_raw_and_form_encoded(portal) {
        use base64::Engine;
        let (rp, mut browser) = scene(portal).await;
        let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        for pair in [format!("{}:{}", rp.id, rp.secret), format!("{}:{}", encode(&rp.id), encode(&rp.secret))] {
            let basic = format!("basic {}", base64::prelude::BASE64_STANDARD.encode(pair));
            let code = rp.code(&mut browser, &[]).await;
            let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK)];
            rp.post_with("/oidc/token", &[("authorization", &basic)], &fields).await.expect(200);
        }
        assert!(rp.secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    }

    async fn claims_are_in_userinfo_and_by_a_switch_in_the_id_token_too(portal) {
        let mut browser = logged_in(portal).await;
        let rp = client(portal).await;
        let fat = another_client(portal, "Fat", |client| client.has_id_token_claims = true).await;
        let in_id_token = claims(&text(&rp.tokens(&mut browser).await, "id_token"));
        assert!(in_id_token.get("email").is_none() && in_id_token.get("groups").is_none());
        let tokens = fat.tokens(&mut browser).await;
        let in_id_token = claims(&text(&tokens, "id_token"));
        let in_userinfo = fat.userinfo(&text(&tokens, "access_token")).await.expect(200).json();
        for (name, value) in in_userinfo.as_object().unwrap() {
            assert_eq!(&in_id_token[name], value, "{name}");
        }
        assert_eq!((&in_id_token["email"], &in_id_token["email_verified"]), (&json!(ADA), &json!(true)));
    }

    async fn email_verified_is_false_after_an_administrator_has_changed_the_address_until_it_is_confirmed(portal) {
        let (rp, mut browser) = scene(portal).await;
        portal.database.execute("update users set email_unconfirmed_since = 1").await;
        let token = text(&rp.tokens(&mut browser).await, "access_token");
        assert_eq!(rp.userinfo(&token).await.expect(200).json()["email_verified"], json!(false));
    }

    async fn a_token_is_not_from_the_future(portal) {
        let (rp, mut browser) = scene(portal).await;
        let claims = claims(&text(&rp.tokens(&mut browser).await, "id_token"));
        assert_eq!(claims["iat"], portal.now());
        assert!(claims.get("nbf").is_none());
    }

    async fn what_a_client_sends_beside_is_ignored(portal) {
        let (rp, mut browser) = scene(portal).await;
        let code = rp.code(&mut browser, &[("tea", "1"), ("scope", "openid tea"), ("resource", "https://x.example")]).await;
        let fields = [
            ("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK), ("scope", "tea"), ("tea", "1"),
        ];
        rp.post("/oidc/token", &fields).await.expect(200);
    }

    async fn a_log_out_without_a_hint_asks_and_then_goes_where_the_client_wants(portal) {
        let (rp, mut browser) = scene(portal).await;
        let address = format!("/oidc/sign-out?client_id={}&post_logout_redirect_uri={GOODBYE}&state=a%20b", rp.id);
        let page = browser.page(&address).await.expect(200);
        assert!(page.text().contains("Log out?") && page.text().contains(r#"name="state" value="a b""#), "{}", page.text());
        assert_eq!(browser.step().await, "signed_in");
        let mut form = browser.clone().with_header("content-type", "application/x-www-form-urlencoded");
        let body = format!("client_id={}&post_logout_redirect_uri={GOODBYE}&state=a%20b&postern_confirmed=yes", rp.id);
        let mut forged = form.clone().with_header("sec-fetch-site", "cross-site");
        forged.send(axum::http::Method::POST, "/oidc/sign-out", body.clone()).await.expect(303);
        assert_eq!(browser.step().await, "signed_in", "another site cannot press the button");
        let gone = form.send(axum::http::Method::POST, "/oidc/sign-out", body).await.expect(303);
        assert_eq!(gone.header("location"), format!("{GOODBYE}?state=a+b"));
        assert_eq!(browser.step().await, "credentials");
    }
}
