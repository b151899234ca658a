//! One-time links: first run, passwords, invitations, break-glass.

use futures::future::join_all;
use postern::auth::password::PasswordHash;
use postern::auth::token::Token;
use postern::store::links::{self, Kind};
use postern::store::transactions;
use postern_testkit::{ADA, PASSWORD, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use postern_types::{Email, route};
use serde_json::{Value, json};

const NEW: &str = "quiet harbour lamp anchor";

async fn first_run(portal: &Portal) -> Token {
    let token = Token::random();
    links::keep_first_run(&portal.state.db, &token.hash(), portal.now()).await.unwrap();
    token
}

async fn link(portal: &Portal, email: &str, kind: Kind) -> Token {
    let token = Token::random();
    let email = Email::parse(email).unwrap();
    let db = &portal.state.db;
    if kind == Kind::BreakGlass {
        let act = portal.operator();
        assert!(
            transactions::issue_break_glass_link(
                db,
                &act,
                &email,
                &token.hash(),
                &PasswordHash::from_stored(String::new())
            )
            .await
            .unwrap()
            .is_some()
        );
    } else {
        assert!(transactions::issue_password_link(db, &email, &token.hash(), portal.now()).await.unwrap());
    }
    token
}

fn administrator(token: &Token, email: &str) -> Value {
    json!({"token": token.expose(), "account": "Acme", "email": email, "name": "Ada L.", "password": NEW})
}

fn confirm(token: &Token) -> Value {
    json!({"token": token.expose(), "new_password": NEW})
}

on_both_databases! {
    async fn r34_the_first_run_creates_an_account_and_its_administrator_and_goes_on_to_set_up(portal) {
        let token = first_run(portal).await;
        let mut browser = portal.browser();
        assert_eq!(browser.post(route::LINK, json!({"token": token.expose()})).await.expect(200).json(), json!({"link": "first_run"}));
        let key = browser.post(route::FIRST_RUN, administrator(&token, ADA)).await.expect(200).security_key();
        browser.confirm(&portal.code(&key)).await.expect(200);
        browser.save_recovery_codes().await;
        let signed_in = browser.flow().await.json();
        assert_eq!(signed_in["accounts"][0]["admin"], true);
        let users = route::fill(route::ACCOUNT_USERS, &[signed_in["accounts"][0]["id"].as_str().unwrap()]);
        assert_eq!(browser.get(&users).await.expect(200).json()["total"], 1);
    }

    async fn of_20_parallel_first_runs_exactly_one_succeeds_and_later_ones_find_nothing(portal) {
        let token = first_run(portal).await;
        let other = first_run(portal).await;
        let answers = join_all((0..20).map(|n| {
            let (mut browser, body) = (portal.browser(), administrator(&token, &format!("user-{n}@example.com")));
            async move { browser.post(route::FIRST_RUN, body).await.status.as_u16() }
        })).await;
        assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
        assert_eq!(portal.database.count("select count(*) from users").await, 1);
        for token in [&token, &other] {
            portal.browser().post(route::FIRST_RUN, administrator(token, "late@example.com")).await.expect_error(404, "not_found");
        }
    }

    async fn a_first_run_link_lasts_one_hour_and_a_weak_password_does_not_use_it_up(portal) {
        let token = first_run(portal).await;
        let mut weak = administrator(&token, ADA);
        weak["password"] = json!("password1234");
        assert_eq!(portal.browser().post(route::FIRST_RUN, weak).await.expect_error(400, "malformed").json()["field"], "new_password");
        portal.advance(3599);
        portal.browser().post(route::LINK, json!({"token": token.expose()})).await.expect(200);
        portal.advance(1);
        portal.browser().post(route::FIRST_RUN, administrator(&token, ADA)).await.expect_error(404, "not_found");
    }

    async fn a_first_run_link_is_dead_once_there_is_an_account(portal) {
        let token = first_run(portal).await;
        portal.add_user("Acme", ADA).await;
        portal.browser().post(route::LINK, json!({"token": token.expose()})).await.expect_error(404, "not_found");
        let body = administrator(&token, "bo@example.com");
        portal.browser().post(route::FIRST_RUN, body).await.expect_error(404, "not_found");
    }

    async fn r19_a_forgotten_password_never_skips_the_second_factor(portal) {
        let bo = portal.add_user("Acme", ADA).await;
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        let mut old = portal.ticket(ADA).await;
        old.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        portal.advance(30);
        let token = link(portal, ADA, Kind::Password).await;
        let mut browser = portal.browser();
        let about = browser.post(route::LINK, json!({"token": token.expose()})).await.expect(200).json();
        assert_eq!(about, json!({"link": "password", "email": ADA}));
        assert_eq!(browser.post(route::PASSWORD_RESET_CONFIRM, confirm(&token)).await.expect(200).step(), "code");
        assert_eq!(old.step().await, "credentials", "sessions from before end");
        browser.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        portal.browser().sign_in_with(ADA, PASSWORD).await.expect_error(401, "invalid_credentials");
        portal.browser().sign_in_with(ADA, NEW).await.expect(200);
    }

    async fn a_link_works_once_for_30_minutes_and_its_use_ends_the_others(portal) {
        portal.add_user("Acme", ADA).await;
        let (first, second) = (link(portal, ADA, Kind::Password).await, link(portal, ADA, Kind::Password).await);
        portal.browser().post(route::PASSWORD_RESET_CONFIRM, confirm(&first)).await.expect(200);
        for used in [first, second] {
            portal.browser().post(route::PASSWORD_RESET_CONFIRM, confirm(&used)).await.expect_error(404, "not_found");
        }
        let third = link(portal, ADA, Kind::Password).await;
        portal.advance(1800);
        portal.browser().post(route::PASSWORD_RESET_CONFIRM, confirm(&third)).await.expect_error(404, "not_found");
    }

    async fn a_link_of_a_locked_user_is_dead(portal) {
        portal.add_user("Acme", ADA).await;
        let token = link(portal, ADA, Kind::Password).await;
        portal.lock(ADA).await;
        portal.browser().post(route::PASSWORD_RESET_CONFIRM, confirm(&token)).await.expect_error(404, "not_found");
    }

    async fn asking_for_a_link_tells_nothing_and_is_bounded(portal) {
        portal.add_user("Acme", ADA).await;
        for email in [ADA, "nobody@example.com", "no address"] {
            for _ in 0..4 {
                let answer = portal.browser().post(route::PASSWORD_RESET, json!({"email": email})).await.expect(202);
                assert_eq!(answer.json(), json!({}));
            }
            portal.browser().post(route::PASSWORD_RESET, json!({"email": email})).await.expect_error(429, "throttled");
            let elsewhere = portal.browser().at("203.0.113.9").post(route::PASSWORD_RESET, json!({"email": email})).await;
            assert_eq!(elsewhere.status, 202, "a stranger shuts nobody out");
        }
    }

    async fn a_break_glass_link_lets_an_administrator_back_in_who_has_lost_everything(portal) {
        let admin = portal.admin("Acme", ADA).await;
        portal.lock(ADA).await;
        let token = link(portal, ADA, Kind::BreakGlass).await;
        let mut browser = portal.browser();
        assert_eq!(browser.post(route::PASSWORD_RESET_CONFIRM, confirm(&token)).await.expect(200).step(), "set_up");
        let key = browser.flow().await.security_key();
        browser.confirm(&portal.code(&key)).await.expect(200);
        browser.get(&admin.path(route::ACCOUNT_USERS)).await.expect(200);
    }

    async fn a_token_that_is_none_is_not_found(portal) {
        for token in ["", "x", &"A".repeat(43), "../../etc/passwd", &"A".repeat(5000)] {
            portal.browser().post(route::LINK, json!({"token": token})).await.expect_error(404, "not_found");
            let body = json!({"token": token, "new_password": NEW});
            portal.browser().post(route::PASSWORD_RESET_CONFIRM, body).await.expect_error(404, "not_found");
            portal.browser().post(route::INVITATION_ACCEPT, json!({"token": token})).await.expect_error(404, "not_found");
        }
    }
}
