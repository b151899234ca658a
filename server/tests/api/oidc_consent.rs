//! Consent: asked once for each user and client, where the operator wants it.

use axum::http::Method;
use postern_testkit::{Answer, Browser, Portal, on_both_databases};

use crate::oidc::{CALLBACK, Rp, SCOPE, bo, client, client_with, encoded, logged_in, text};

/// A client whose users are asked, and Ada's browser.
pub(crate) async fn asking(portal: &Portal) -> (Rp, Browser) {
    let browser = logged_in(portal).await;
    (client_with(portal, |client| client.requires_consent = true).await, browser)
}

/// Where the form of the page is sent, and its hidden field.
#[track_caller]
fn form(page: &Answer) -> (String, String) {
    let text = page.text();
    let value = |mark: &str| {
        text.split(mark).nth(1).unwrap_or_else(|| panic!("{text}")).split('"').next().unwrap().replace("&amp;", "&")
    };
    (value("action=\""), value("name=\"user\" value=\""))
}

/// Presses a button.
pub(crate) async fn decide(browser: &mut Browser, page: &Answer, decision: &str) -> Answer {
    let (action, user) = form(page);
    browser.headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
    let answer = browser.send(Method::POST, &action, encoded(&[("user", &user), ("decision", decision)])).await;
    browser.headers.pop();
    answer
}

on_both_databases! {
    async fn a_user_is_asked_once_and_again_for_more(portal) {
        let (rp, mut browser) = asking(portal).await;
        let page = rp.ask(&mut browser, &[("scope", "openid email")]).await.expect(200);
        assert!(page.text().contains("your e-mail address") && !page.text().contains("your name"), "{}", page.text());
        let returned = Rp::returned(decide(&mut browser, &page, "allow").await);
        rp.redeem(&returned["code"]).await.expect(200);
        rp.code(&mut browser, &[("scope", "openid email")]).await;
        rp.code(&mut browser, &[("scope", "openid"), ("prompt", "none")]).await;
        let page = rp.ask(&mut browser, &[("scope", SCOPE)]).await.expect(200);
        assert!(page.text().contains("your name"), "{}", page.text());
        let returned = Rp::returned(rp.ask(&mut browser, &[("scope", SCOPE), ("prompt", "none")]).await);
        assert_eq!(returned["error"], "consent_required");
        let recorded = portal.database.texts("select what from events where what = 'consent_given'").await;
        assert_eq!(recorded.len(), 1);
    }

    async fn whoever_does_not_agree_is_refused_at_the_client_and_asked_again(portal) {
        let (rp, mut browser) = asking(portal).await;
        for decision in ["deny", "", "x"] {
            let page = rp.ask(&mut browser, &[]).await.expect(200);
            let returned = Rp::returned(decide(&mut browser, &page, decision).await);
            assert_eq!((returned["error"].as_str(), returned["state"].as_str()), ("access_denied", "s+t/a=t&e"));
        }
        assert_eq!(portal.database.count("select count(*) from oidc_consents").await, 0);
    }

    async fn a_client_may_want_the_question_each_time(portal) {
        let mut browser = logged_in(portal).await;
        let rp = client(portal).await;
        rp.code(&mut browser, &[]).await;
        for _ in 0..2 {
            let page = rp.ask(&mut browser, &[("prompt", "consent")]).await.expect(200);
            let returned = Rp::returned(decide(&mut browser, &page, "allow").await);
            rp.redeem(&returned["code"]).await.expect(200);
        }
    }

    async fn another_site_cannot_agree_and_neither_can_another_user_for_whom_the_page_was_not_drawn(portal) {
        let (rp, mut browser) = asking(portal).await;
        let page = rp.ask(&mut browser, &[]).await.expect(200);
        let mut forged = browser.clone().with_header("sec-fetch-site", "cross-site");
        decide(&mut forged, &page, "allow").await.expect(403);
        let mut other = bo(portal).await;
        let again = decide(&mut other, &page, "allow").await.expect(303);
        assert!(again.header("location").starts_with("/oidc/authorize?"), "{again:?}");
        browser.sign_out().await.expect(200);
        let again = decide(&mut browser, &page, "allow").await.expect(303);
        assert!(again.header("location").starts_with("/oidc/authorize?"), "{again:?}");
        assert_eq!(portal.database.count("select count(*) from oidc_consents").await, 0);
    }

    async fn what_was_changed_on_the_way_is_checked_again(portal) {
        let (rp, mut browser) = asking(portal).await;
        let page = rp.ask(&mut browser, &[]).await.expect(200);
        portal.database.execute("delete from application_accounts").await;
        let again = decide(&mut browser, &page, "allow").await.expect(303);
        assert!(again.header("location").starts_with("/oidc/authorize?"), "{again:?}");
        portal.database.execute("update oidc_clients set redirect_uris = 'https://wiki.example.com/new'").await;
        let moved = decide(&mut browser, &page, "allow").await.expect(400);
        assert!(moved.text().contains(CALLBACK), "{}", moved.text());
        assert_eq!(portal.database.count("select count(*) from oidc_grants").await, 0);
    }

    async fn tokens_work_while_the_user_agrees(portal) {
        let (rp, mut browser) = asking(portal).await;
        let page = rp.ask(&mut browser, &[]).await.expect(200);
        let returned = Rp::returned(decide(&mut browser, &page, "allow").await);
        let tokens = rp.redeem(&returned["code"]).await.expect(200).json();
        let code = rp.code(&mut browser, &[]).await;
        rp.expect_alive(&tokens).await;
        portal.database.execute("delete from oidc_consents").await;
        rp.expect_dead(&tokens).await;
        rp.redeem(&code).await.expect_error(400, "invalid_grant");
    }

    async fn consent_ends_with_the_client(portal) {
        let (rp, mut browser) = asking(portal).await;
        let page = rp.ask(&mut browser, &[]).await.expect(200);
        let returned = Rp::returned(decide(&mut browser, &page, "allow").await);
        let tokens = rp.redeem(&returned["code"]).await.expect(200).json();
        portal.database.execute("delete from oidc_clients").await;
        rp.userinfo(&text(&tokens, "access_token")).await.expect_error(401, "invalid_token");
        assert_eq!(portal.database.count("select count(*) from oidc_consents").await, 0);
    }
}
