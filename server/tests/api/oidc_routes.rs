//! The routes of OpenID Connect, seen by strangers, by clients that do something wrong, and by pages of other origins.

use axum::http::Method;
use postern::oidc::client::ClientKind;
use postern_testkit::{Answer, Portal, on_both_databases};
use serde_json::json;

use crate::oidc::{CALLBACK, CHALLENGE, Rp, VERIFIER, another_client, encoded, scene, text};
use crate::routes::document;

/// What a stranger who sends nothing is answered: the matrix.
const MATRIX: [(&str, &str, u16, &str); 12] = [
    ("GET", "/.well-known/openid-configuration", 200, ""),
    ("GET", "/.well-known/oauth-authorization-server", 200, ""),
    ("GET", "/oidc/keys", 200, ""),
    ("GET", "/oidc/authorize", 400, ""),
    ("POST", "/oidc/authorize", 303, ""),
    ("POST", "/oidc/token", 401, "invalid_client"),
    ("GET", "/oidc/userinfo", 401, ""),
    ("POST", "/oidc/userinfo", 401, ""),
    ("POST", "/oidc/revoke", 401, "invalid_client"),
    ("POST", "/oidc/introspect", 401, "invalid_client"),
    ("GET", "/oidc/sign-out", 200, ""),
    ("POST", "/oidc/sign-out", 303, ""),
];

/// A request of a page of another origin, with a form.
async fn from_elsewhere(
    portal: &Portal,
    method: Method,
    path: &str,
    headers: &[(&'static str, &str)],
    body: String,
) -> Answer {
    let mut page =
        portal.browser().with_header("origin", "https://spa.example.com").with_header("sec-fetch-site", "cross-site");
    page = page.with_header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in headers {
        page = page.with_header(name, value);
    }
    page.send(method, path, body).await
}

on_both_databases! {
    async fn every_route_of_the_document_answers_a_stranger_as_the_matrix_says(portal) {
        let documented = document(portal).await["paths"].clone();
        let own = documented.as_object().unwrap().iter().filter(|(path, _)| path.starts_with("/oidc") || path.starts_with("/.well-known"));
        let methods = own.flat_map(|(path, methods)| methods.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path)));
        for (method, path) in methods {
            let row = MATRIX.iter().find(|(of, at, ..)| *of == method && at == path);
            let (_, _, status, error) = row.unwrap_or_else(|| panic!("{method} {path} has no row in the matrix"));
            let answer = from_elsewhere(portal, method.parse().unwrap(), path, &[], String::new()).await.expect(*status);
            if !error.is_empty() {
                assert_eq!(answer.json()["error"], *error, "{method} {path}");
            }
            assert!(documented[path][method.to_lowercase()]["responses"][status.to_string()].is_object(), "{method} {path} {status}");
        }
    }

    async fn pages_of_other_origins_read_what_a_client_in_a_browser_needs_and_nothing_else(portal) {
        let (rp, mut browser) = scene(portal).await;
        let public = another_client(portal, "Spa", |client| client.kind = ClientKind::Public).await;
        let allowed = |answer: &Answer| answer.header("access-control-allow-origin").to_owned();
        for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oidc/keys"] {
            assert_eq!(allowed(&from_elsewhere(portal, Method::GET, path, &[], String::new()).await.expect(200)), "*", "{path}");
        }
        let code = public.code(&mut browser, &[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]).await;
        let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER), ("client_id", &public.id)];
        let answer = from_elsewhere(portal, Method::POST, "/oidc/token", &[], encoded(&fields)).await.expect(200);
        assert_eq!(allowed(&answer), "*");
        let bearer = format!("Bearer {}", text(&answer.json(), "access_token"));
        let answer = from_elsewhere(portal, Method::GET, "/oidc/userinfo", &[("authorization", &bearer)], String::new()).await;
        assert_eq!(allowed(&answer.expect(200)), "*");
        let again = from_elsewhere(portal, Method::POST, "/oidc/token", &[], encoded(&fields)).await.expect(400);
        assert_eq!(allowed(&again), "*", "the page can read why it is refused");
        let given_back = encoded(&[("token", &bearer["Bearer ".len()..]), ("client_id", &public.id)]);
        let answer = from_elsewhere(portal, Method::POST, "/oidc/revoke", &[], given_back).await.expect(200);
        assert_eq!(allowed(&answer), "*", "and that a token was given back");
        let code = rp.code(&mut browser, &[]).await;
        let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK), ("client_id", &rp.id), ("client_secret", &rp.secret)];
        assert_eq!(allowed(&from_elsewhere(portal, Method::POST, "/oidc/token", &[], encoded(&fields)).await.expect(200)), "");
        for (method, path) in [(Method::POST, "/oidc/revoke"), (Method::POST, "/oidc/introspect"), (Method::GET, "/oidc/authorize"),
            (Method::GET, "/oidc/sign-out"), (Method::GET, "/api/flow")] {
            assert_eq!(allowed(&from_elsewhere(portal, method, path, &[], String::new()).await), "", "{path}");
        }
    }

    async fn a_browser_may_ask_before_a_request_with_a_token(portal) {
        for path in ["/oidc/userinfo", "/oidc/token", "/oidc/revoke", "/oidc/keys", "/.well-known/openid-configuration"] {
            let asked = [("access-control-request-method", "GET"), ("access-control-request-headers", "authorization")];
            let answer = from_elsewhere(portal, Method::OPTIONS, path, &asked, String::new()).await.expect(204);
            assert_eq!(answer.header("access-control-allow-origin"), "*");
            assert!(answer.header("access-control-allow-headers").contains("authorization"));
            assert_eq!(answer.header("access-control-allow-credentials"), "");
        }
        for path in ["/oidc/introspect", "/oidc/authorize", "/oidc/sign-out"] {
            portal.browser().send(Method::OPTIONS, path, "").await.expect_error(405, "method_not_allowed");
        }
    }

    async fn what_a_client_does_wrong_has_the_name_that_the_rfcs_give_it(portal) {
        let (rp, mut browser) = scene(portal).await;
        let code = rp.code(&mut browser, &[]).await;
        let good = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK)];
        for (fields, error) in [
            (vec![], "invalid_request"),
            (vec![("grant_type", "password"), ("username", "x"), ("password", "x")], "unsupported_grant_type"),
            (vec![("grant_type", "implicit")], "unsupported_grant_type"),
            (vec![good[0]], "invalid_request"),
            (vec![good[0], good[1]], "invalid_request"),
            (vec![good[0], good[1], good[1], good[2]], "invalid_request"),
            (vec![good[0], ("code", "x"), good[2]], "invalid_grant"),
            (vec![good[0], ("code", "a\0b"), good[2]], "invalid_request"),
            (vec![("grant_type", "refresh_token")], "invalid_request"),
            (vec![("grant_type", "refresh_token"), ("refresh_token", "x")], "invalid_grant"),
            (vec![good[0], good[1], good[2], ("client_secret", rp.secret.as_str())], "invalid_request"),
            (vec![good[0], good[1], good[2], ("client_id", "x")], "invalid_request"),
        ] {
            let answer = rp.post("/oidc/token", &fields).await.expect_error(400, error);
            assert!(answer.json()["error_description"].as_str().unwrap().len() > 10, "{fields:?}");
        }
        let wrong = Rp { secret: VERIFIER.to_owned(), ..rp.clone() };
        let answer = wrong.redeem(&code).await.expect_error(401, "invalid_client");
        assert!(answer.header("www-authenticate").starts_with("Basic "));
        let in_body = [good[0], good[1], good[2], ("client_id", rp.id.as_str())];
        rp.post_with("/oidc/token", &[], &in_body).await.expect_error(401, "invalid_client");
        portal.browser().post("/oidc/token", json!({"grant_type": "authorization_code"})).await.expect_error(400, "invalid_request");
        rp.redeem(&code).await.expect(200);
    }

    async fn a_public_client_has_no_secret_and_introspects_nothing(portal) {
        let (_, mut browser) = scene(portal).await;
        let public = another_client(portal, "Spa", |client| client.kind = ClientKind::Public).await;
        let pkce = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
        let code = public.code(&mut browser, &pkce).await;
        let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
        public.post("/oidc/token", &fields).await.expect_error(401, "invalid_client");
        let token = [("client_id", public.id.as_str()), ("token", "x")];
        public.post_with("/oidc/introspect", &[], &token).await.expect_error(400, "unauthorized_client");
        public.post_with("/oidc/revoke", &[], &token).await.expect(200);
    }

    async fn two_secrets_work_at_the_same_time_and_the_oldest_does_not(portal) {
        let (rp, mut browser) = scene(portal).await;
        let mut secrets = vec![rp.secret.clone()];
        for _ in 0..2 {
            portal.advance(1);
            let secret = postern::auth::token::Token::random();
            let (db, act) = (&portal.state.db, portal.operator());
            postern::store::transactions::make_client_secret(db, &act, "Wiki", &secret.hash()).await.unwrap();
            secrets.push(secret.expose().to_owned());
        }
        for (secret, status) in secrets.into_iter().zip([401, 200, 200]) {
            let code = rp.code(&mut browser, &[]).await;
            Rp { secret, ..rp.clone() }.redeem(&code).await.expect(status);
        }
    }

    async fn a_token_that_is_given_back_does_not_work_and_that_of_another_client_does(portal) {
        let (rp, mut browser) = scene(portal).await;
        let other = another_client(portal, "Other", |_| {}).await;
        let tokens = rp.tokens(&mut browser).await;
        let [access, refresh] = ["access_token", "refresh_token"].map(|name| text(&tokens, name));
        for token in [&access, &refresh] {
            other.post("/oidc/revoke", &[("token", token)]).await.expect(200);
        }
        rp.expect_alive(&tokens).await;
        rp.post("/oidc/revoke", &[("token", &access), ("token_type_hint", "refresh_token")]).await.expect(200);
        rp.userinfo(&access).await.expect_error(401, "invalid_token");
        let tokens = rp.refresh(&refresh).await.expect(200).json();
        rp.post("/oidc/revoke", &[("token", &text(&tokens, "refresh_token"))]).await.expect(200);
        rp.expect_dead(&tokens).await;
        rp.post("/oidc/revoke", &[("token", "x")]).await.expect(200);
        rp.post("/oidc/revoke", &[]).await.expect_error(400, "invalid_request");
    }

    async fn a_server_finds_out_whether_a_token_of_its_application_works(portal) {
        let (rp, mut browser) = scene(portal).await;
        let tokens = rp.tokens(&mut browser).await;
        let sub = portal.database.texts("select id from users").await.remove(0);
        let same_application = another_client(portal, "Server", |_| {}).await;
        let access = text(&tokens, "access_token");
        let answer = same_application.post("/oidc/introspect", &[("token", &access)]).await.expect(200).json();
        assert_eq!(answer, json!({
            "active": true, "scope": "openid profile email groups", "client_id": rp.id, "username": "ada@example.com", "token_type": "Bearer",
            "exp": portal.now() + 3_600, "sub": sub, "iss": "http://localhost:8080",
        }));
        let refresh = rp.post("/oidc/introspect", &[("token", &text(&tokens, "refresh_token"))]).await.expect(200).json();
        assert_eq!(refresh["active"], json!(true));
        browser.sign_out().await.expect(200);
        for token in [access.as_str(), "x"] {
            assert_eq!(rp.post("/oidc/introspect", &[("token", token)]).await.expect(200).json(), json!({"active": false}));
        }
    }
}
