//! One-time links: first run, passwords, invitations, break-glass.

use futures::future::join_all;
use postern::auth::token::Token;
use postern::store::links::{self, Kind};
use postern::store::passwords;
use postern_types::{Email, route};
use serde_json::{Value, json};

use crate::app::{ADA, PASSWORD, S1, S1_KEY, TestApp};
use crate::on_both_databases;

const NEW: &str = "quiet harbour lamp anchor";

async fn first_run(app: &TestApp) -> Token {
    let token = Token::random();
    links::keep_first_run(&app.state.db, &token.hash(), app.now()).await.unwrap();
    token
}

async fn link(app: &TestApp, email: &str, kind: Kind) -> Token {
    let token = Token::random();
    let email = Email::parse(email).unwrap();
    assert!(passwords::keep_link(&app.state.db, &email, kind, &token.hash(), app.now(), None).await.unwrap());
    token
}

fn administrator(token: &Token, email: &str) -> Value {
    json!({"token": token.expose(), "account": "Acme", "email": email, "name": "Ada L.", "password": NEW})
}

fn confirm(token: &Token) -> Value {
    json!({"token": token.expose(), "new_password": NEW})
}

on_both_databases! {
    async fn r34_the_first_run_creates_an_account_and_its_administrator_and_goes_on_to_set_up(app) {
        let token = first_run(app).await;
        let mut browser = app.browser();
        assert_eq!(browser.post(route::LINK, json!({"token": token.expose()})).await.expect(200).json(), json!({"link": "first_run"}));
        let key = browser.post(route::FIRST_RUN, administrator(&token, ADA)).await.expect(200).security_key();
        let signed_in = browser.confirm(&app.code(&key)).await.expect(200).json();
        assert_eq!(signed_in["accounts"][0]["admin"], true);
        let users = route::fill(route::ACCOUNT_USERS, &[signed_in["accounts"][0]["id"].as_str().unwrap()]);
        assert_eq!(browser.get(&users).await.expect(200).json()["total"], 1);
    }

    async fn c106_of_20_parallel_first_runs_exactly_one_succeeds_and_later_ones_find_nothing(app) {
        let token = first_run(app).await;
        let other = first_run(app).await;
        let answers = join_all((0..20).map(|n| {
            let (mut browser, body) = (app.browser(), administrator(&token, &format!("user-{n}@example.com")));
            async move { browser.post(route::FIRST_RUN, body).await.status.as_u16() }
        })).await;
        assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
        assert_eq!(app.count("select count(*) from users").await, 1);
        for token in [&token, &other] {
            app.browser().post(route::FIRST_RUN, administrator(token, "late@example.com")).await.expect_error(404, "not_found");
        }
    }

    async fn a_first_run_link_lasts_one_hour_and_a_weak_password_does_not_use_it_up(app) {
        let token = first_run(app).await;
        let mut weak = administrator(&token, ADA);
        weak["password"] = json!("password1234");
        assert_eq!(app.browser().post(route::FIRST_RUN, weak).await.expect_error(400, "malformed").json()["field"], "new_password");
        app.advance(3599);
        app.browser().post(route::LINK, json!({"token": token.expose()})).await.expect(200);
        app.advance(1);
        app.browser().post(route::FIRST_RUN, administrator(&token, ADA)).await.expect_error(404, "not_found");
    }

    async fn r19_a_forgotten_password_never_skips_the_second_factor(app) {
        let bo = app.add_user("Acme", ADA).await;
        app.give_factor(&bo, S1).await;
        let mut old = app.ticket(ADA).await;
        old.code(&app.code(S1_KEY)).await.expect(200);
        app.advance(30);
        let token = link(app, ADA, Kind::Password).await;
        let mut browser = app.browser();
        let about = browser.post(route::LINK, json!({"token": token.expose()})).await.expect(200).json();
        assert_eq!(about, json!({"link": "password", "email": ADA}));
        assert_eq!(browser.post(route::PASSWORD_RESET_CONFIRM, confirm(&token)).await.expect(200).step(), "code");
        assert_eq!(old.step().await, "credentials", "sessions from before end");
        browser.code(&app.code(S1_KEY)).await.expect(200);
        app.browser().sign_in_with(ADA, PASSWORD).await.expect_error(401, "invalid_credentials");
        app.browser().sign_in_with(ADA, NEW).await.expect(200);
    }

    async fn a_link_works_once_for_30_minutes_and_its_use_ends_the_others(app) {
        app.add_user("Acme", ADA).await;
        let (first, second) = (link(app, ADA, Kind::Password).await, link(app, ADA, Kind::Password).await);
        app.browser().post(route::PASSWORD_RESET_CONFIRM, confirm(&first)).await.expect(200);
        for used in [first, second] {
            app.browser().post(route::PASSWORD_RESET_CONFIRM, confirm(&used)).await.expect_error(404, "not_found");
        }
        let third = link(app, ADA, Kind::Password).await;
        app.advance(1800);
        app.browser().post(route::PASSWORD_RESET_CONFIRM, confirm(&third)).await.expect_error(404, "not_found");
    }

    async fn a_link_of_a_locked_user_is_dead(app) {
        app.add_user("Acme", ADA).await;
        let token = link(app, ADA, Kind::Password).await;
        app.lock(ADA).await;
        app.browser().post(route::PASSWORD_RESET_CONFIRM, confirm(&token)).await.expect_error(404, "not_found");
    }

    async fn asking_for_a_link_tells_nothing_and_is_bounded(app) {
        app.add_user("Acme", ADA).await;
        for email in [ADA, "nobody@example.com", "no address"] {
            for _ in 0..4 {
                let answer = app.browser().post(route::PASSWORD_RESET, json!({"email": email})).await.expect(202);
                assert_eq!(answer.json(), json!({}));
            }
            app.browser().post(route::PASSWORD_RESET, json!({"email": email})).await.expect_error(429, "throttled");
            let elsewhere = app.browser().at("203.0.113.9").post(route::PASSWORD_RESET, json!({"email": email})).await;
            assert_eq!(elsewhere.status, 202, "c51: a stranger shuts nobody out");
        }
    }

    async fn a_break_glass_link_lets_an_administrator_back_in_who_has_lost_everything(app) {
        let admin = app.admin("Acme", ADA).await;
        app.lock(ADA).await;
        let token = link(app, ADA, Kind::BreakGlass).await;
        let mut browser = app.browser();
        assert_eq!(browser.post(route::PASSWORD_RESET_CONFIRM, confirm(&token)).await.expect(200).step(), "set_up");
        let key = browser.flow().await.security_key();
        browser.confirm(&app.code(&key)).await.expect(200);
        browser.get(&admin.path(route::ACCOUNT_USERS)).await.expect(200);
    }

    async fn a_token_that_is_none_is_not_found(app) {
        for token in ["", "x", &"A".repeat(43), "../../etc/passwd", &"A".repeat(5000)] {
            app.browser().post(route::LINK, json!({"token": token})).await.expect_error(404, "not_found");
            let body = json!({"token": token, "new_password": NEW});
            app.browser().post(route::PASSWORD_RESET_CONFIRM, body).await.expect_error(404, "not_found");
            app.browser().post(route::INVITATION_ACCEPT, json!({"token": token})).await.expect_error(404, "not_found");
        }
    }
}
