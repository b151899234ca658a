//! Cookies: their attributes, and what a browser may send instead of one.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request};
use cookie::{Cookie, SameSite};
use http_body_util::BodyExt;
use postern::http::cookies::{BROWSER_COOKIE, SESSION_COOKIE};
use postern_testkit::{ADA, Answer, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::json;
use tower::ServiceExt;

/// The cookie of this name that an answer sets.
fn set(answer: &Answer, name: &str) -> Cookie<'static> {
    let lines = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned());
    let cookies: Vec<_> = lines.map(|line| Cookie::parse(line).unwrap()).filter(|it| it.name() == name).collect();
    assert_eq!(cookies.len(), 1, "{answer:?}");
    cookies[0].clone()
}

#[track_caller]
fn is_guarded(cookie: &Cookie<'_>) {
    let flags = (cookie.secure(), cookie.http_only(), cookie.same_site());
    assert_eq!(flags, (Some(true), Some(true), Some(SameSite::Lax)), "{cookie}");
    assert_eq!((cookie.path(), cookie.domain()), (Some("/"), None), "{cookie}");
    assert!(cookie.name().starts_with("__Host-"), "{cookie}");
}

on_both_databases! {
    async fn r24_every_cookie_is_host_only_secure_http_only_and_lax(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.browser();
        let ticket = browser.sign_in(ADA).await.expect(200);
        let full = browser.code("732303").await.expect(200);
        let gone = browser.sign_out().await.expect(200);
        for answer in [&ticket, &full, &gone] {
            is_guarded(&set(answer, SESSION_COOKIE));
        }
        is_guarded(&set(&full, BROWSER_COOKIE));
    }

    async fn r24_the_session_cookie_ends_with_the_browser_and_holds_256_random_bits(portal) {
        portal.add_user("Acme", ADA).await;
        let answer = portal.browser().sign_in(ADA).await.expect(200);
        let session = set(&answer, SESSION_COOKIE);
        assert_eq!((session.max_age(), session.expires()), (None, None));
        assert_eq!(session.value().len(), 43, "32 bytes in base64url");
        assert_eq!(set(&answer, BROWSER_COOKIE).max_age().unwrap().whole_days(), 400);
    }

    async fn the_flags_follow_the_public_url_and_no_header(portal) {
        portal.add_user("Acme", ADA).await;
        for proto in ["http", "https", "x"] {
            let mut browser = portal.browser().with_header("x-forwarded-proto", proto);
            let answer = browser.sign_in(ADA).await.expect(200);
            is_guarded(&set(&answer, SESSION_COOKIE));
            assert!(!answer.headers.contains_key("strict-transport-security"), "the public URL is http://localhost");
        }
    }

    async fn sign_out_takes_the_session_cookie_away_and_leaves_the_browser_known(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        let answer = browser.sign_out().await.expect(200);
        assert!(set(&answer, SESSION_COOKIE).max_age().unwrap().is_zero());
        assert!(browser.cookies.contains_key(BROWSER_COOKIE));
    }

    async fn a_ticket_does_not_make_a_browser_known(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let browser = portal.ticket(ADA).await;
        assert!(!browser.cookies.contains_key(BROWSER_COOKIE));
        assert_eq!(portal.database.count("select count(*) from known_browsers").await, 0);
    }

    async fn whatever_stands_in_the_cookie_header_only_a_live_token_counts(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        let token = browser.session().unwrap();
        let unknown = "A".repeat(43);
        for header in [
            String::new(), format!("{SESSION_COOKIE}="), format!("{SESSION_COOKIE}=x"),
            format!("{SESSION_COOKIE}={}", "x".repeat(8192)), format!("{SESSION_COOKIE}=é"),
            format!("{SESSION_COOKIE}=%00"), format!("{SESSION_COOKIE}={unknown}"), format!("{SESSION_COOKIE}={token}%00"),
            format!("{SESSION_COOKIE}={token}; {SESSION_COOKIE}={unknown}"),
            format!("{SESSION_COOKIE}={unknown}; {SESSION_COOKIE}={token}"),
            format!("__HOST-POSTERN={token}"), format!("postern={token}"), format!("{BROWSER_COOKIE}={token}"),
            "=; ;;=,".to_owned(),
        ] {
            let mut odd = portal.browser().with_header("cookie", &header);
            assert_eq!(odd.step().await, "credentials", "{header}");
            odd.post(route::SIGN_IN_CODE, json!({"code": "732303"})).await.expect_error(401, "session_expired");
        }
        assert_eq!(browser.step().await, "signed_in");
    }

    async fn other_cookies_beside_the_session_do_no_harm(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        let token = browser.session().unwrap();
        let mut crowded = portal.browser().with_header("cookie", &format!("a=1; =; {SESSION_COOKIE}={token}; b"));
        assert_eq!(crowded.step().await, "signed_in");
    }

    async fn a_cookie_of_another_application_hides_nothing_whatever_its_bytes_are(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        let token = browser.session().unwrap();
        for byte in 0x80..=0xff_u8 {
            let foreign = [&b"city="[..], &[byte]].concat();
            let ours = format!("{SESSION_COOKIE}={token}").into_bytes();
            for line in [[&foreign[..], &ours].join(&b"; "[..]), [&ours[..], &foreign].join(&b"; "[..])] {
                let mut request = Request::get(route::FLOW).body(Body::empty()).unwrap();
                request.headers_mut().insert("cookie", HeaderValue::from_bytes(&line).unwrap());
                request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([198, 51, 100, 7], 40_000))));
                let body = portal.router.clone().oneshot(request).await.unwrap().into_body();
                let body = body.collect().await.unwrap().to_bytes();
                assert!(body.starts_with(b"{\"step\":\"signed_in\""), "{byte:#x}: {body:?}");
            }
        }
    }

    async fn a_dead_cookie_is_an_answer_and_never_an_error(portal) {
        let mut browser = portal.browser().with_session(&"A".repeat(43));
        let answer = browser.flow().await;
        assert_eq!(answer.json(), json!({"step": "credentials"}));
        assert!(set(&answer, SESSION_COOKIE).max_age().unwrap().is_zero());
        assert!(!portal.browser().flow().await.headers.contains_key("set-cookie"), "there was none to take away");
    }
}
