//! Who may log in to a client, and what ends tokens: everything that ends a session or takes a right, at once.

use postern::store::transactions;
use postern_testkit::{ACCOUNT, ADA, Portal, RFC_6238_KEY, on_both_databases};
use postern_types::route;
use serde_json::{Value, json};

use crate::oidc::{Rp, bo, client, log_in_again, logged_in, query, return_path, scene, text};

/// A client, an administrator of the account, and Bo's tokens.
async fn with_admin(portal: &Portal) -> (Rp, postern_testkit::Admin, String, Value) {
    let admin = portal.admin(ACCOUNT, ADA).await;
    let rp = client(portal).await;
    let tokens = rp.tokens(&mut bo(portal).await).await;
    let bo = portal.database.texts("select id from users where email = 'bo@example.com'").await.remove(0);
    rp.expect_alive(&tokens).await;
    (rp, admin, bo, tokens)
}

on_both_databases! {
    async fn a_lock_by_the_operator_ends_tokens_and_an_unlock_brings_none_back(portal) {
        let (rp, mut browser) = scene(portal).await;
        let tokens = rp.tokens(&mut browser).await;
        let code = rp.code(&mut browser, &[]).await;
        portal.lock(ADA).await;
        rp.expect_dead(&tokens).await;
        rp.redeem(&code).await.expect_error(400, "invalid_grant");
        portal.unlock(ADA).await;
        rp.expect_dead(&tokens).await;
    }

    async fn a_lock_by_an_administrator_ends_tokens(portal) {
        let (rp, mut admin, bo, tokens) = with_admin(portal).await;
        let path = admin.user_path(route::ACCOUNT_USER, &bo);
        admin.browser.patch(&path, json!({"active": false})).await.expect(200);
        rp.expect_dead(&tokens).await;
    }

    async fn a_removal_ends_tokens(portal) {
        let (rp, mut admin, bo, tokens) = with_admin(portal).await;
        let path = admin.user_path(route::ACCOUNT_USER, &bo);
        admin.browser.delete(&path).await.expect(204);
        rp.expect_dead(&tokens).await;
        assert_eq!(portal.database.count("select count(*) from oidc_grants").await, 0);
    }

    async fn a_reset_of_the_second_factor_ends_tokens(portal) {
        let (rp, mut browser) = scene(portal).await;
        let tokens = rp.tokens(&mut browser).await;
        portal.reset(ADA).await;
        rp.expect_dead(&tokens).await;
    }

    async fn a_log_out_ends_tokens_of_this_session_alone(portal) {
        let (rp, mut browser) = scene(portal).await;
        let tokens = rp.tokens(&mut browser).await;
        let mut other = log_in_again(portal).await;
        let others = rp.tokens(&mut other).await;
        browser.sign_out().await.expect(200);
        rp.expect_dead(&tokens).await;
        rp.expect_alive(&others).await;
    }

    async fn a_user_who_is_not_chosen_any_more_loses_the_tokens_and_gets_them_back(portal) {
        let (rp, mut admin, bo, tokens) = with_admin(portal).await;
        let path = admin.user_path(route::ACCOUNT_APPLICATION_MEMBERS, &rp.application);
        admin.browser.put(&path, "\"1\"", json!({"everyone": false, "users": []})).await.expect(200);
        rp.userinfo(&text(&tokens, "access_token")).await.expect_error(401, "invalid_token");
        rp.refresh(&text(&tokens, "refresh_token")).await.expect_error(400, "invalid_grant");
        admin.browser.put(&path, "\"2\"", json!({"everyone": false, "users": [bo]})).await.expect(200);
        rp.expect_alive(&tokens).await;
        rp.refresh(&text(&tokens, "refresh_token")).await.expect(200);
    }

    async fn an_account_that_loses_the_application_loses_the_tokens(portal) {
        let (rp, mut browser) = scene(portal).await;
        let tokens = rp.tokens(&mut browser).await;
        portal.database.execute("delete from application_accounts").await;
        rp.expect_dead(&tokens).await;
        transactions::remove_client(&portal.state.db, &portal.operator(), "Wiki").await.unwrap();
        assert_eq!(portal.database.count("select count(*) from oidc_access_tokens").await, 0);
    }

    async fn an_address_list_applies_to_the_users_browser_and_not_to_the_clients_server(portal) {
        let (rp, mut browser) = scene(portal).await;
        let tokens = rp.tokens(&mut browser).await;
        portal.database.execute("update accounts set allowed_addresses = '198.51.100.7/32'").await;
        let basic = [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
            ("client_id", rp.id.as_str()), ("client_secret", rp.secret.as_str())];
        let mut server = portal.browser().at("203.0.113.9").with_header("content-type", "application/x-www-form-urlencoded");
        let tokens = server.send(axum::http::Method::POST, "/oidc/token", crate::oidc::encoded(&basic)).await.expect(200).json();
        portal.database.execute("update accounts set allowed_addresses = '203.0.113.0/24'").await;
        rp.expect_dead(&tokens).await;
        rp.ask(&mut browser, &[]).await.expect(403);
        portal.database.execute("update accounts set allowed_addresses = ''").await;
        portal.database.execute("update applications set excluded_networks = '198.51.100.0/24'").await;
        rp.ask(&mut browser, &[]).await.expect(403);
    }

    async fn tokens_end_with_the_session_and_a_refresh_is_a_use_of_it(portal) {
        let (rp, mut browser) = scene(portal).await;
        let mut tokens = rp.tokens(&mut browser).await;
        for _ in 0..4 {
            portal.advance(3_000);
            tokens = rp.refresh(&text(&tokens, "refresh_token")).await.expect(200).json();
        }
        rp.expect_alive(&tokens).await;
        portal.advance(3_601);
        rp.expect_dead(&tokens).await;
    }

    async fn no_token_outlives_the_absolute_limit_of_the_session(portal) {
        let (rp, mut browser) = scene(portal).await;
        let mut tokens = rp.tokens(&mut browser).await;
        for _ in 0..28 {
            portal.advance(3_000);
            tokens = rp.refresh(&text(&tokens, "refresh_token")).await.expect(200).json();
        }
        assert_eq!(tokens["expires_in"], 86_400 - 30 - 28 * 3_000);
        portal.advance(86_400 - 30 - 28 * 3_000);
        rp.expect_dead(&tokens).await;
    }

    async fn an_access_token_works_for_an_hour(portal) {
        let (rp, mut browser) = scene(portal).await;
        let tokens = rp.tokens(&mut browser).await;
        portal.advance(3_000);
        assert_eq!(browser.step().await, "signed_in");
        portal.advance(599);
        rp.expect_alive(&tokens).await;
        portal.advance(1);
        rp.userinfo(&text(&tokens, "access_token")).await.expect_error(401, "invalid_token");
        rp.refresh(&text(&tokens, "refresh_token")).await.expect(200);
    }

    async fn a_client_that_logs_in_anew_all_the_time_keeps_its_newest_tokens(portal) {
        let (rp, mut browser) = scene(portal).await;
        let first = rp.tokens(&mut browser).await;
        for _ in 0..50 {
            portal.advance(1);
            rp.tokens(&mut browser).await;
        }
        assert_eq!(portal.database.count("select count(*) from oidc_grants").await, 50);
        rp.expect_dead(&first).await;
    }

    async fn whoever_may_not_use_the_application_sees_a_page_and_can_log_in_as_somebody_else(portal) {
        let (rp, _) = scene(portal).await;
        portal.add_user("Elsewhere", "eve@example.com").await;
        let mut eve = portal.browser();
        eve.sign_in("eve@example.com").await.expect(200);
        let page = rp.ask(&mut eve, &[]).await.expect(403);
        let form = page.text().split("action=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
        assert!(form.starts_with("/oidc/another-user?"), "{form}");
        let returned = Rp::returned(rp.ask(&mut eve, &[("prompt", "none")]).await);
        assert_eq!(returned["error"], "access_denied");
        let mut forged = eve.clone().with_header("sec-fetch-site", "cross-site");
        forged.send(axum::http::Method::POST, &form, "").await.expect(403);
        assert_eq!(eve.step().await, "signed_in");
        let log_in = eve.send(axum::http::Method::POST, &form, "").await.expect(303).header("location").to_owned();
        assert_eq!(eve.step().await, "credentials");
        let path = return_path(&log_in);
        eve.sign_in(ADA).await.expect(200);
        eve.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        assert!(query(eve.page(&path).await.expect(303).header("location")).contains_key("code"));
    }

    async fn an_application_that_needs_a_second_factor_or_a_recent_log_in_asks_for_it(portal) {
        portal.add_user(ACCOUNT, "cy@example.com").await;
        let rp = client(portal).await;
        let mut cy = portal.browser();
        cy.sign_in("cy@example.com").await.expect(200);
        rp.code(&mut cy, &[("acr_values", "urn:postern:1fa urn:postern:phr")]).await;
        let page = rp.ask(&mut cy, &[("acr_values", "urn:postern:2fa")]).await.expect(302);
        assert!(page.header("location").starts_with("/console/step-up?because=second_factor#"), "{page:?}");
        let returned = Rp::returned(rp.ask(&mut cy, &[("acr_values", "urn:postern:2fa"), ("prompt", "none")]).await);
        assert_eq!(returned["error"], "interaction_required");
        portal.database.execute("update applications set two_factor_required_at = 1").await;
        let page = rp.ask(&mut cy, &[]).await.expect(302);
        assert!(page.header("location").starts_with("/console/step-up?because=second_factor#"), "{page:?}");
        portal.database.execute("update applications set two_factor_required_at = null, max_age_s = 60").await;
        portal.advance(60);
        let page = rp.ask(&mut cy, &[]).await.expect(302);
        assert!(page.header("location").starts_with("/console/step-up?because=log_in#"), "{page:?}");
    }

    async fn a_session_whose_password_must_be_replaced_gets_no_code(portal) {
        let mut browser = logged_in(portal).await;
        let rp = client(portal).await;
        let tokens = rp.tokens(&mut browser).await;
        portal.database.execute("update sessions set new_password_since = 1").await;
        let page = rp.ask(&mut browser, &[]).await.expect(302);
        assert!(page.header("location").starts_with("/#return="), "{page:?}");
        rp.expect_dead(&tokens).await;
    }
}
