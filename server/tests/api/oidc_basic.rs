//! The modules of the certification plans *Basic OP* and *Config OP* of the OpenID Foundation, by name. Passing them here is no
//! certification.

use std::collections::BTreeSet;

use axum::http::Method;
use postern_testkit::{ADA, Browser, Portal, on_both_databases};
use serde_json::json;

use crate::oidc::{
    CALLBACK, CHALLENGE, Rp, SCOPE, VERIFIER, bo, claims, header, log_in_again, return_path, scene, text,
};

/// The names of the claims that a grant of these scopes gives, in order.
async fn claims_for(portal: &Portal, scope: &str) -> Vec<String> {
    let (rp, mut browser) = scene(portal).await;
    let code = rp.code(&mut browser, &[("scope", scope)]).await;
    let token = text(&rp.redeem(&code).await.expect(200).json(), "access_token");
    let claims = rp.userinfo(&token).await.expect(200).json();
    claims.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

/// Checks that a parameter does not stand in the way of a log-in.
async fn expect_a_code_with(portal: &Portal, name: &str, value: &str) {
    let (rp, mut browser) = scene(portal).await;
    let code = rp.code(&mut browser, &[(name, value)]).await;
    rp.redeem(&code).await.expect(200);
}

/// Checks that a code is refused some seconds after its use, and that its tokens end.
async fn expect_no_second_use(portal: &Portal, wait_s: i64) {
    let (rp, mut browser) = scene(portal).await;
    let code = rp.code(&mut browser, &[]).await;
    let tokens = rp.redeem(&code).await.expect(200).json();
    rp.expect_alive(&tokens).await;
    portal.advance(wait_s);
    rp.redeem(&code).await.expect_error(400, "invalid_grant");
    rp.expect_dead(&tokens).await;
}

/// Checks that the client is told that Postern does not do this.
async fn expect_unsupported(portal: &Portal, fields: &[(&str, &str)], error: &str) {
    let (rp, mut browser) = scene(portal).await;
    assert_eq!(Rp::returned(rp.ask(&mut browser, fields).await)["error"], error);
}

on_both_databases! {
    async fn oidcc_server_gives_tokens_for_a_code(portal) {
        let (rp, mut browser) = scene(portal).await;
        let answer = rp.ask(&mut browser, &[("nonce", "n")]).await;
        let returned = Rp::returned(answer);
        assert_eq!(returned.keys().map(String::as_str).collect::<Vec<_>>(), ["code", "iss", "state"]);
        assert_eq!(returned["state"], "s+t/a=t&e");
        let answer = rp.redeem(&returned["code"]).await.expect(200);
        assert_eq!((answer.header("cache-control"), answer.header("content-type")), ("no-store", "application/json"));
        assert_eq!(claims(&text(&answer.json(), "id_token"))["nonce"], "n");
    }

    async fn oidcc_response_type_missing_is_an_invalid_request_at_the_redirect_uri(portal) {
        let (rp, mut browser) = scene(portal).await;
        let returned = Rp::returned(rp.ask(&mut browser, &[("response_type", "")]).await);
        assert_eq!((returned["error"].as_str(), returned["state"].as_str()), ("invalid_request", "s+t/a=t&e"));
    }

    async fn a_request_without_the_scope_openid_has_an_invalid_scope(portal) {
        let (rp, mut browser) = scene(portal).await;
        for scope in ["", "read:user", "profile email"] {
            let returned = Rp::returned(rp.ask(&mut browser, &[("scope", scope)]).await);
            assert_eq!(returned["error"], "invalid_scope", "{scope}");
            assert!(returned["error_description"].contains("openid"));
        }
        rp.code(&mut browser, &[("scope", "openid read:user")]).await;
    }

    async fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow(portal) {
        let (rp, mut browser) = scene(portal).await;
        let tokens = rp.tokens(&mut browser).await;
        assert!(claims(&text(&tokens, "id_token")).get("nonce").is_none());
    }

    async fn oidcc_userinfo_get(portal) {
        let (rp, mut browser) = scene(portal).await;
        let token = text(&rp.tokens(&mut browser).await, "access_token");
        assert_eq!(rp.userinfo(&token).await.expect(200).json()["email"], ADA);
    }

    async fn oidcc_userinfo_post_header(portal) {
        let (rp, mut browser) = scene(portal).await;
        let token = text(&rp.tokens(&mut browser).await, "access_token");
        let bearer = format!("Bearer {token}");
        let answer = rp.post_with("/oidc/userinfo", &[("authorization", &bearer)], &[]).await.expect(200);
        assert_eq!(answer.json()["email"], ADA);
    }

    async fn oidcc_userinfo_post_body(portal) {
        let (rp, mut browser) = scene(portal).await;
        let token = text(&rp.tokens(&mut browser).await, "access_token");
        let answer = rp.post_with("/oidc/userinfo", &[], &[("access_token", &token)]).await.expect(200);
        assert_eq!(answer.json()["email"], ADA);
    }

    async fn oidcc_scope_profile(portal) {
        assert_eq!(claims_for(portal, "openid profile").await, ["name", "preferred_username", "sub"]);
    }

    async fn oidcc_scope_email(portal) {
        assert_eq!(claims_for(portal, "openid email").await, ["email", "email_verified", "sub"]);
    }

    async fn oidcc_scope_address(portal) {
        assert_eq!(claims_for(portal, "openid address").await, ["sub"]);
    }

    async fn oidcc_scope_phone(portal) {
        assert_eq!(claims_for(portal, "openid phone").await, ["sub"]);
    }

    async fn oidcc_scope_all(portal) {
        let all = ["email", "email_verified", "groups", "name", "preferred_username", "sub"];
        assert_eq!(claims_for(portal, "openid profile email address phone groups").await, all);
    }

    async fn oidcc_ensure_other_scope_order_succeeds(portal) {
        assert_eq!(claims_for(portal, "email openid").await, ["email", "email_verified", "sub"]);
    }

    async fn oidcc_display_page(portal) {
        expect_a_code_with(portal, "display", "page").await;
    }

    async fn oidcc_display_popup(portal) {
        expect_a_code_with(portal, "display", "popup").await;
    }

    async fn oidcc_ui_locales(portal) {
        expect_a_code_with(portal, "ui_locales", "se de").await;
    }

    async fn oidcc_claims_locales(portal) {
        expect_a_code_with(portal, "claims_locales", "se").await;
    }

    async fn oidcc_login_hint(portal) {
        expect_a_code_with(portal, "login_hint", ADA).await;
    }

    async fn oidcc_ensure_request_with_unknown_parameter_succeeds(portal) {
        expect_a_code_with(portal, "extra", "foobar").await;
    }

    async fn oidcc_claims_essential(portal) {
        expect_a_code_with(portal, "claims", r#"{"userinfo":{"name":{"essential":true}}}"#).await;
    }

    async fn oidcc_ensure_request_with_acr_values_succeeds(portal) {
        let (rp, mut browser) = scene(portal).await;
        for asked in ["1 2", "urn:postern:1fa", "urn:postern:2fa 1"] {
            let code = rp.code(&mut browser, &[("acr_values", asked)]).await;
            let tokens = rp.redeem(&code).await.expect(200).json();
            assert_eq!(claims(&text(&tokens, "id_token"))["acr"], "urn:postern:2fa", "what the user has shown");
        }
    }

    async fn oidcc_ensure_post_request_succeeds(portal) {
        let (rp, mut browser) = scene(portal).await;
        let address = rp.address(&[]);
        let (path, form) = address.split_once('?').unwrap();
        let mut site = portal.browser().with_header("content-type", "application/x-www-form-urlencoded");
        site = site.with_header("sec-fetch-site", "cross-site");
        let there = site.send(Method::POST, path, form.to_owned()).await.expect(303).header("location").to_owned();
        Rp::returned(browser.page(&there).await);
    }

    async fn oidcc_prompt_login_asks_again_and_gives_a_later_auth_time(portal) {
        let (rp, mut browser) = scene(portal).await;
        let first = claims(&text(&rp.tokens(&mut browser).await, "id_token"));
        portal.advance(60);
        let page = rp.ask(&mut browser, &[("prompt", "login")]).await.expect(302).header("location").to_owned();
        assert!(page.starts_with("/console/step-up?because=log_in#return=/oidc/authorize?"), "{page}");
        portal.advance(1);
        let still = browser.page(&return_path(&page)).await.expect(302);
        assert!(still.header("location").starts_with("/console/step-up"), "returning without a log-in is not enough");
        browser.sign_out().await.expect(200);
        let mut browser = log_in_again(portal).await;
        let returned = Rp::returned(browser.page(&return_path(&page)).await);
        let second = claims(&text(&rp.redeem(&returned["code"]).await.expect(200).json(), "id_token"));
        assert!(second["auth_time"].as_i64() > first["auth_time"].as_i64());
        assert_eq!(first["sub"], second["sub"]);
    }

    async fn a_log_in_that_was_demanded_is_not_skipped_by_another_address(portal) {
        let (rp, mut browser) = scene(portal).await;
        let demanded = [("prompt", "login"), ("state", "first")];
        let page = rp.ask(&mut browser, &demanded).await.expect(302).header("location").to_owned();
        portal.advance(60);
        let mut browser = log_in_again(portal).await;
        let path = return_path(&page);
        Rp::returned(browser.page(&path).await);
        let asks_again = async |browser: &mut Browser, path: &str| {
            let answer = browser.page(path).await.expect(302);
            assert!(answer.header("location").starts_with("/console/step-up?because=log_in#"), "{path}");
        };
        asks_again(&mut browser, &path.replace("state=first", "state=second")).await;
        for time in ["0", "1", "9999999999", "v1.x.y"] {
            let mut fields = demanded.to_vec();
            fields.push(("postern_since", time));
            asks_again(&mut browser, &rp.address(&fields)).await;
        }
        portal.advance(601);
        asks_again(&mut browser, &path).await;
    }

    async fn oidcc_prompt_none_not_logged_in_is_login_required(portal) {
        let (rp, _) = scene(portal).await;
        let returned = Rp::returned(rp.ask(&mut portal.browser(), &[("prompt", "none")]).await);
        assert_eq!((returned["error"].as_str(), returned["state"].as_str()), ("login_required", "s+t/a=t&e"));
        // A log-in that stands at the code is none.
        let returned = Rp::returned(rp.ask(&mut portal.ticket(ADA).await, &[("prompt", "none")]).await);
        assert_eq!(returned["error"], "login_required");
    }

    async fn oidcc_prompt_none_logged_in_gives_the_same_user_and_auth_time(portal) {
        let (rp, mut browser) = scene(portal).await;
        let first = claims(&text(&rp.tokens(&mut browser).await, "id_token"));
        portal.advance(100);
        let code = rp.code(&mut browser, &[("prompt", "none")]).await;
        let second = claims(&text(&rp.redeem(&code).await.expect(200).json(), "id_token"));
        assert_eq!((&first["sub"], &first["auth_time"]), (&second["sub"], &second["auth_time"]));
    }

    async fn oidcc_max_age_1_asks_again_and_10000_does_not(portal) {
        let (rp, mut browser) = scene(portal).await;
        rp.code(&mut browser, &[("max_age", "10000")]).await;
        for max_age in ["1", "0"] {
            let page = rp.ask(&mut browser, &[("max_age", max_age)]).await.expect(302).header("location").to_owned();
            assert!(page.starts_with("/console/step-up?because=log_in#"), "{page}");
            browser = log_in_again(portal).await;
            let returned = Rp::returned(browser.page(&return_path(&page)).await);
            rp.redeem(&returned["code"]).await.expect(200);
        }
        let returned = Rp::returned(rp.ask(&mut browser, &[("max_age", "1"), ("prompt", "none")]).await);
        assert_eq!(returned["error"], "login_required");
    }

    async fn oidcc_id_token_hint_of_the_user_passes_and_of_another_user_does_not(portal) {
        let (rp, mut browser) = scene(portal).await;
        let id_token = text(&rp.tokens(&mut browser).await, "id_token");
        portal.advance(10_000);
        let mut browser = log_in_again(portal).await;
        rp.code(&mut browser, &[("prompt", "none"), ("id_token_hint", &id_token)]).await;
        let mut bo = bo(portal).await;
        let returned = Rp::returned(rp.ask(&mut bo, &[("prompt", "none"), ("id_token_hint", &id_token)]).await);
        assert_eq!(returned["error"], "login_required");
        let page = rp.ask(&mut bo, &[("id_token_hint", &id_token)]).await.expect(302).header("location").to_owned();
        assert!(page.starts_with("/console/step-up?because=log_in#"), "{page}");
        assert!(!page.contains(&id_token), "a token does not belong in an address");
        let returned = Rp::returned(bo.page(&return_path(&page)).await);
        assert_eq!(returned["error"], "login_required", "the same user has come back, and there is no loop");
        let returned = Rp::returned(rp.ask(&mut bo, &[("prompt", "none"), ("id_token_hint", "x")]).await);
        assert_eq!(returned["error"], "login_required");
        rp.code(&mut bo, &[("id_token_hint", "x")]).await;
    }

    async fn oidcc_ensure_registered_redirect_uri_shows_a_page_and_redirects_nowhere(portal) {
        let (rp, mut browser) = scene(portal).await;
        for (uri, cure) in [
            ("https://wiki.example.com/other", "postern client change"), ("https://evil.example/callback", "postern client change"),
            ("", "it sent no <code>redirect_uri</code>"),
        ] {
            let page = rp.ask(&mut browser, &[("redirect_uri", uri)]).await.expect(400);
            assert_eq!(page.header("location"), "");
            assert!(page.text().contains(cure) && page.text().contains(uri), "{}", page.text());
        }
        let page = rp.ask(&mut browser, &[("client_id", "<x>")]).await.expect(400);
        assert!(page.text().contains("&lt;x&gt;") && page.text().contains("postern client list"), "{}", page.text());
        let repeated = format!("{}&client_id=x", rp.address(&[]));
        browser.page(&repeated).await.expect(400);
    }

    async fn oidcc_codereuse(portal) {
        expect_no_second_use(portal, 0).await;
    }

    async fn oidcc_codereuse_30seconds(portal) {
        expect_no_second_use(portal, 30).await;
    }

    async fn oidcc_server_client_secret_post_authenticates_in_the_body(portal) {
        let (rp, mut browser) = scene(portal).await;
        let code = rp.code(&mut browser, &[]).await;
        let fields = [
            ("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK), ("client_id", &rp.id),
            ("client_secret", &rp.secret),
        ];
        rp.post_with("/oidc/token", &[], &fields).await.expect(200);
    }

    async fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(portal) {
        expect_unsupported(portal, &[("request", "eyJhbGciOiJub25lIn0.e30.")], "request_not_supported").await;
    }

    async fn oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(portal) {
        expect_unsupported(portal, &[("request_uri", "https://wiki.example.com/request")], "request_uri_not_supported").await;
    }

    async fn oidcc_ensure_request_object_with_redirect_uri(portal) {
        // {"alg":"none"} and {"redirect_uri":"https://evil.example/"}: the address in the query is the one that counts.
        let object = "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL2V2aWwuZXhhbXBsZS8ifQ.";
        expect_unsupported(portal, &[("request", object)], "request_not_supported").await;
    }

    async fn oidcc_idtoken_unsigned(portal) {
        let document = portal.browser().page("/.well-known/openid-configuration").await.expect(200).json();
        assert_eq!(document["id_token_signing_alg_values_supported"], json!(["RS256", "ES256"]));
    }

    async fn oidcc_idtoken_rs256(portal) {
        let (rp, mut browser) = scene(portal).await;
        let head = header(&text(&rp.tokens(&mut browser).await, "id_token"));
        assert_eq!(head["alg"], "RS256");
        let keys = portal.browser().page("/oidc/keys").await.expect(200).json();
        let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == head["kid"]).unwrap();
        assert_eq!((&key["kty"], &key["use"], &key["alg"]), (&json!("RSA"), &json!("sig"), &json!("RS256")));
    }

    async fn oidcc_refresh_token_gives_new_tokens_for_the_same_user(portal) {
        let (rp, mut browser) = scene(portal).await;
        let first = rp.tokens(&mut browser).await;
        portal.advance(100);
        let second = rp.refresh(&text(&first, "refresh_token")).await.expect(200).json();
        for name in ["access_token", "refresh_token", "id_token"] {
            assert_ne!(first[name], second[name], "{name}");
        }
        let [before, after] = [&first, &second].map(|tokens| claims(&text(tokens, "id_token")));
        for name in ["iss", "sub", "aud", "auth_time", "sid"] {
            assert_eq!(before[name], after[name], "{name}");
        }
        assert!(after["iat"].as_i64() > before["iat"].as_i64());
        let narrow = [("grant_type", "refresh_token"), ("refresh_token", second["refresh_token"].as_str().unwrap()), ("scope", "openid")];
        let third = rp.post("/oidc/token", &narrow).await.expect(200).json();
        assert_eq!(text(&third, "scope"), "openid");
        let claims = rp.userinfo(&text(&third, "access_token")).await.expect(200).json();
        assert_eq!(claims.as_object().unwrap().len(), 1);
        let wide = rp.refresh(&text(&third, "refresh_token")).await.expect(200).json();
        assert_eq!(text(&wide, "scope"), SCOPE.split(' ').collect::<Vec<_>>().join(" "), "the grant is as wide as it was");
    }

    async fn oidcc_ensure_request_with_valid_pkce_succeeds(portal) {
        let (rp, mut browser) = scene(portal).await;
        let code = rp.code(&mut browser, &[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]).await;
        let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
        rp.post("/oidc/token", &fields).await.expect(200);
    }

    async fn oidcc_discovery_endpoint_verification_finds_what_is_there(portal) {
        let document = portal.browser().page("/.well-known/openid-configuration").await.expect(200).json();
        let for_oauth = portal.browser().page("/.well-known/oauth-authorization-server").await.expect(200).json();
        assert_eq!(document, for_oauth);
        assert_eq!(document["issuer"], "http://localhost:8080");
        for name in ["request_parameter_supported", "request_uri_parameter_supported", "claims_parameter_supported"] {
            assert_eq!(document[name], json!(false), "{name}");
        }
        for name in ["authorization_response_iss_parameter_supported", "backchannel_logout_supported", "backchannel_logout_session_supported"] {
            assert_eq!(document[name], json!(true), "{name}");
        }
        for (name, address) in document.as_object().unwrap() {
            if name.ends_with("_endpoint") || name == "jwks_uri" {
                let path = address.as_str().unwrap().strip_prefix("http://localhost:8080").unwrap();
                let answer = portal.browser().send(Method::GET, path, "").await;
                assert_ne!(answer.status, 404, "{path}");
            }
        }
    }
}
