//! The whole log-in by OpenID Connect, seen by a client that we did not write, and by ourselves.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use http_body_util::BodyExt;
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse,
};
use postern::auth::token::random_id;
use postern::oidc::key::Algorithm;
use postern_testkit::{ACCOUNT, ADA, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use serde_json::json;
use tower::ServiceExt;

use crate::oidc::{CALLBACK, ISSUER, Rp, claims, client, client_with, header, query, return_path, scene, text};

/// Sends the requests of the client's library to the portal.
async fn exchange(portal: Portal, request: HttpRequest) -> Result<HttpResponse, Infallible> {
    let (head, body) = request.into_parts();
    let mut request = Request::from_parts(head, Body::from(body));
    *request.uri_mut() = request.uri().path_and_query().unwrap().as_str().parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from(([198, 51, 100, 9], 1))));
    let (head, body) = portal.router.clone().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Ok(Response::from_parts(head, body))
}

/// Logs Ada in with password and code, from the client and back, then refreshes the tokens, and asks for the claims.
async fn log_in_by_library(portal: &Portal, rp: &Rp) {
    let http = |request| exchange(portal.clone(), request);
    let issuer = IssuerUrl::new(ISSUER.to_owned()).unwrap();
    let metadata = CoreProviderMetadata::discover_async(issuer, &http).await.unwrap();
    let client = CoreClient::from_provider_metadata(
        metadata,
        ClientId::new(rp.id.clone()),
        Some(ClientSecret::new(rp.secret.clone())),
    );
    let client = client.set_redirect_uri(RedirectUrl::new(CALLBACK.to_owned()).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = CoreAuthenticationFlow::AuthorizationCode;
    let random = || (CsrfToken::new(random_id()), Nonce::new(random_id()));
    let (csrf, nonce) = random();
    let request = client.authorize_url(flow, || csrf, || nonce);
    let scopes = ["profile", "email", "groups"].map(|scope| Scope::new(scope.to_owned()));
    let (url, csrf, nonce) = request.add_scopes(scopes).set_pkce_challenge(challenge).url();

    let mut browser = portal.browser();
    let path = format!("{}?{}", url.path(), url.query().unwrap());
    let page = browser.page(&path).await.expect(302).header("location").to_owned();
    assert!(page.starts_with("/#return=/oidc/authorize?"), "{page}");
    browser.sign_in(ADA).await.expect(200);
    let again = browser.page(&return_path(&page)).await.expect(302);
    assert!(again.header("location").starts_with("/#return=/oidc/authorize?"), "the password alone opens nothing");
    browser.code(&portal.code(RFC_6238_KEY)).await.expect(200);
    let arrived = Rp::returned(browser.page(&return_path(&page)).await);
    assert_eq!(&arrived["state"], csrf.secret());

    let code = AuthorizationCode::new(arrived["code"].clone());
    let tokens = client.exchange_code(code).unwrap().set_pkce_verifier(verifier).request_async(&http).await.unwrap();
    let id_token = tokens.id_token().unwrap();
    // The library's clock is the real one, and ours stands still.
    let verify = || {
        client.id_token_verifier().set_time_fn(|| std::time::UNIX_EPOCH.into()).set_issue_time_verifier_fn(|_| Ok(()))
    };
    let verifier = verify();
    let claims = id_token.claims(&verifier, &nonce).unwrap();
    let key = id_token.signing_key(&verifier).unwrap();
    let algorithm = id_token.signing_alg().unwrap();
    let expected = AccessTokenHash::from_token(tokens.access_token(), algorithm, key).unwrap();
    assert_eq!(claims.access_token_hash(), Some(&expected));
    assert_eq!(claims.auth_context_ref().unwrap().as_str(), "urn:postern:2fa");
    let amr: Vec<&str> = claims.auth_method_refs().unwrap().iter().map(|reference| reference.as_str()).collect();
    assert_eq!(amr, ["pwd", "otp", "mfa"]);

    let subject = claims.subject().clone();
    let user = client.user_info(tokens.access_token().clone(), Some(subject.clone())).unwrap();
    let user: CoreUserInfoClaims = user.request_async(&http).await.unwrap();
    assert_eq!(user.email().unwrap().as_str(), ADA);
    assert_eq!(user.email_verified(), Some(true));
    let refresh_token = tokens.refresh_token().unwrap();
    let refreshed = client.exchange_refresh_token(refresh_token).unwrap().request_async(&http).await.unwrap();
    let verifier = verify();
    let claims = refreshed.id_token().unwrap().claims(&verifier, |_: Option<&Nonce>| Ok(())).unwrap();
    assert_eq!(claims.subject(), &subject);
    let user = client.user_info(refreshed.access_token().clone(), Some(subject)).unwrap();
    let _: CoreUserInfoClaims = user.request_async(&http).await.unwrap();
}

on_both_databases! {
    async fn introspection_names_the_user_only_to_a_client_that_may_know_the_name(portal) {
        let (rp, mut browser) = scene(portal).await;
        for (scope, name) in [("openid", json!(null)), ("openid profile", json!(ADA))] {
            let code = rp.code(&mut browser, &[("scope", scope)]).await;
            let token = text(&rp.redeem(&code).await.expect(200).json(), "access_token");
            let answer = rp.post("/oidc/introspect", &[("token", &token)]).await.expect(200).json();
            assert_eq!((&answer["active"], &answer["username"]), (&json!(true), &name), "{scope}");
        }
    }

    async fn codes_and_tokens_that_nobody_uses_do_not_pile_up(portal) {
        let (rp, mut browser) = scene(portal).await;
        for _ in 0..25 {
            rp.code(&mut browser, &[]).await;
        }
        assert_eq!(portal.database.count("select count(*) from oidc_grants").await, 20);
        let mut tokens = rp.tokens(&mut browser).await;
        for _ in 0..12 {
            tokens = rp.refresh(&text(&tokens, "refresh_token")).await.expect(200).json();
        }
        assert_eq!(portal.database.count("select count(*) from oidc_access_tokens").await, 10);
        rp.expect_alive(&tokens).await;
    }

    async fn a_request_that_does_not_fit_into_the_address_of_the_log_in_is_refused(portal) {
        let (rp, mut browser) = scene(portal).await;
        let returned = Rp::returned(rp.ask(&mut browser, &[("state", &"/".repeat(2_700))]).await);
        assert_eq!(returned["error"], "invalid_request");
        rp.code(&mut browser, &[("state", &"/".repeat(2_500))]).await;
    }

    async fn the_library_of_somebody_else_logs_a_user_in_with_a_second_factor(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let rp = client(portal).await;
        log_in_by_library(portal, &rp).await;
    }

    async fn the_library_of_somebody_else_checks_es256_too(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let rp = client_with(portal, |client| client.algorithm = Algorithm::Es256).await;
        log_in_by_library(portal, &rp).await;
    }

    async fn an_id_token_says_who_logged_in_how_and_when(portal) {
        let (rp, mut browser) = scene(portal).await;
        let logged_in_at = portal.now() - 30;
        let code = rp.code(&mut browser, &[("nonce", "n-0S6_WzA2Mj")]).await;
        let tokens = rp.redeem(&code).await.expect(200).json();
        let id_token = text(&tokens, "id_token");
        let user = portal.database.texts("select id from users").await.remove(0);
        let session = portal.database.texts("select id from sessions").await.remove(0);
        let now = portal.now();
        let claims = claims(&id_token);
        assert_eq!(claims, json!({
            "iss": ISSUER, "sub": user, "aud": rp.id, "exp": now + 3_600, "iat": now, "auth_time": logged_in_at,
            "nonce": "n-0S6_WzA2Mj", "acr": "urn:postern:2fa", "amr": ["pwd", "otp", "mfa"], "at_hash": claims["at_hash"], "sid": session,
        }));
        assert_eq!((text(&header(&id_token), "typ"), text(&header(&id_token), "alg")), ("JWT".into(), "RS256".into()));
        assert_eq!((text(&tokens, "token_type"), &tokens["expires_in"]), ("Bearer".into(), &json!(3_600)));
        assert_eq!(text(&tokens, "scope"), "openid profile email groups");
    }

    async fn userinfo_has_the_claims_of_the_scopes_by_get_and_post_in_header_and_body(portal) {
        let (rp, mut browser) = scene(portal).await;
        let user = portal.database.texts("select id from users").await.remove(0);
        let everything = json!({
            "sub": user, "email": ADA, "email_verified": true, "name": ADA, "preferred_username": ADA, "groups": [ACCOUNT],
        });
        let token = text(&rp.tokens(&mut browser).await, "access_token");
        assert_eq!(rp.userinfo(&token).await.expect(200).json(), everything);
        let bearer = format!("Bearer {token}");
        assert_eq!(rp.post_with("/oidc/userinfo", &[("authorization", &bearer)], &[]).await.expect(200).json(), everything);
        assert_eq!(rp.post_with("/oidc/userinfo", &[], &[("access_token", &token)]).await.expect(200).json(), everything);
        let both = rp.post_with("/oidc/userinfo", &[("authorization", &bearer)], &[("access_token", &token)]).await;
        both.expect_error(400, "invalid_request");
        let in_query = portal.browser().page(&format!("/oidc/userinfo?access_token={token}")).await.expect(401);
        assert_eq!(in_query.header("www-authenticate"), "Bearer realm=\"postern\"");
        let code = rp.code(&mut browser, &[("scope", "openid")]).await;
        let token = text(&rp.redeem(&code).await.expect(200).json(), "access_token");
        assert_eq!(rp.userinfo(&token).await.expect(200).json(), json!({"sub": user}));
    }

    async fn an_answer_comes_by_form_if_the_client_wants_it(portal) {
        let (rp, mut browser) = scene(portal).await;
        let page = rp.ask(&mut browser, &[("response_mode", "form_post")]).await.expect(200);
        let text = page.text();
        assert!(text.contains(&format!(r#"<form method="post" action="{CALLBACK}">"#)), "{text}");
        assert!(text.contains(r#"name="state" value="s+t/a=t&amp;e""#) && text.contains(r#"name="iss""#), "{text}");
        let policy = page.header("content-security-policy");
        assert!(!policy.contains("form-action") && policy.contains("script-src 'sha256-"), "{policy}");
        let code = text.split(r#"name="code" value=""#).nth(1).unwrap().split('"').next().unwrap();
        rp.redeem(code).await.expect(200);
        let refused = rp.ask(&mut browser, &[("response_mode", "form_post"), ("response_type", "token")]).await.expect(200);
        assert!(refused.text().contains(r#"name="error" value="unsupported_response_type""#));
    }

    async fn a_client_may_ask_by_form(portal) {
        let (rp, mut browser) = scene(portal).await;
        let fields = [("client_id", rp.id.as_str()), ("redirect_uri", CALLBACK), ("response_type", "code"), ("scope", "openid")];
        // A browser sends no session with the form of another site.
        let answer = rp.post_with("/oidc/authorize", &[("sec-fetch-site", "cross-site")], &fields).await.expect(303);
        let arrived = browser.page(answer.header("location")).await.expect(303);
        rp.redeem(&query(arrived.header("location"))["code"]).await.expect(200);
    }
}
