//! The same rules for every way to choose a password, their cost, and log-ins that verified the password before.

use futures::future::join_all;
use postern::auth::password::PasswordHasher;
use postern::auth::token::Token;
use postern::store::{links, transactions};
use postern_testkit::{ADA, Answer, PASSWORD, Portal, RFC_6238_SECRET, on_both_databases};
use postern_types::{Email, route};
use serde_json::{Value, json};

const NEW: &str = "quiet harbour lamp anchor";

/// Each is refused: full-width, spaces, the user's name, the account's name, and much work for whoever judges it.
const REFUSED: [&str; 5] = [
    "ｐａｓｓｗｏｒｄ１２３４",
    "            ",
    "Grace-Hopper-7",
    "NorthwindTraders1",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

/// Ada, named after somebody else, in an account of some name.
async fn with_grace(portal: &Portal) {
    portal.add_user("Northwind Traders", ADA).await;
    portal.database.execute("update users set name = 'Grace Hopper'").await;
}

async fn password_link(portal: &Portal) -> Token {
    let token = Token::random();
    let email = Email::parse(ADA).unwrap();
    transactions::issue_password_link(&portal.state.db, &email, &token.hash(), portal.now()).await.unwrap();
    token
}

fn assert_refused(answer: Answer, password: &str) {
    let refused = answer.expect_error(400, "malformed").json();
    assert_eq!((&refused["field"], refused["reason"].is_string()), (&json!("new_password"), true), "{password}");
}

fn by_link(token: &Token, password: &str) -> Value {
    json!({"token": token.expose(), "new_password": password})
}

on_both_databases! {
    async fn r15_a_change_refuses_what_the_rules_refuse(portal) {
        with_grace(portal).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        for password in REFUSED.into_iter().chain([PASSWORD]) {
            let body = json!({"current_password": PASSWORD, "new_password": password});
            assert_refused(browser.post(route::MY_PASSWORD, body).await, password);
        }
    }

    async fn r15_a_link_refuses_what_the_rules_refuse_and_the_password_that_is_in_force(portal) {
        with_grace(portal).await;
        let token = password_link(portal).await;
        for password in REFUSED.into_iter().chain([PASSWORD]) {
            assert_refused(portal.browser().post(route::PASSWORD_RESET_CONFIRM, by_link(&token, password)).await, password);
        }
        portal.browser().post(route::PASSWORD_RESET_CONFIRM, by_link(&token, NEW)).await.expect(200);
    }

    async fn r15_a_required_new_password_is_judged_by_the_same_rules(portal) {
        with_grace(portal).await;
        portal.database.execute("update users set password_temporary_since = 1").await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        for password in REFUSED.into_iter().chain([PASSWORD]) {
            assert_refused(browser.post(route::SIGN_IN_NEW_PASSWORD, json!({"new_password": password})).await, password);
        }
    }

    async fn r15_the_first_password_is_judged_by_the_same_rules(portal) {
        let token = Token::random();
        links::keep_first_run(&portal.state.db, &token.hash(), portal.now()).await.unwrap();
        for password in REFUSED {
            let body = json!({"token": token.expose(), "account": "Northwind Traders", "email": ADA,
                "name": "Grace Hopper", "password": password});
            assert_refused(portal.browser().post(route::FIRST_RUN, body).await, password);
        }
    }

    async fn the_same_password_in_another_form_is_no_new_one(portal) {
        let composed = "ångström nordlicht fährte";
        let decomposed = "a\u{30a}ngstro\u{308}m nordlicht fa\u{308}hrte";
        portal.add_user_with_password("Acme", ADA, composed).await;
        let mut browser = portal.browser();
        browser.sign_in_with(ADA, composed).await.expect(200);
        let body = json!({"current_password": composed, "new_password": decomposed});
        assert_eq!(browser.post(route::MY_PASSWORD, body).await.expect(400).json()["reason"], "same_password");
    }

    async fn passwords_that_are_refused_are_counted_before_they_are_judged_and_the_link_stays_good(portal) {
        with_grace(portal).await;
        let token = password_link(portal).await;

        let answers = join_all((0..30).map(|_| {
            let mut browser = portal.browser();
            let body = by_link(&token, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
            async move { browser.post(route::PASSWORD_RESET_CONFIRM, body).await.status.as_u16() }
        })).await;
        assert_eq!(answers.iter().filter(|status| **status == 400).count(), 11, "{answers:?}");
        assert_eq!(answers.iter().filter(|status| **status == 429).count(), 19, "{answers:?}");
        portal.advance(5);
        portal.browser().post(route::PASSWORD_RESET_CONFIRM, by_link(&token, NEW)).await.expect(200);
    }

    async fn a_log_in_that_verified_the_old_password_gets_no_session_after_a_change(portal) {
        portal.add_user("Acme", ADA).await;
        let node = portal.node_with_hasher(PasswordHasher::new(4096, 1, 2).unwrap()).await;
        let mut owner = portal.browser();
        owner.sign_in(ADA).await.expect(200);
        let log_ins = (0..24).map(|n| {
            let mut browser = node.browser().at(&format!("10.3.{n}.1"));
            async move { browser.sign_in(ADA).await.status.as_u16() }
        });
        let change = owner.post(route::MY_PASSWORD, json!({"current_password": PASSWORD, "new_password": NEW}));
        let (answers, changed) = futures::join!(join_all(log_ins), change);
        changed.expect(200);
        assert!(answers.iter().all(|status| matches!(status, 200 | 401 | 503)), "{answers:?}");
        assert_eq!(portal.database.count("select count(*) from sessions").await, 1, "only the session that made the change");
        assert_eq!(owner.step().await, "signed_in");
    }

    async fn a_log_in_that_awaits_its_code_does_not_outlive_a_change_by_link(portal) {
        let id = portal.add_user("Acme", ADA).await;
        portal.give_factor(&id, RFC_6238_SECRET).await;
        let node = portal.node_with_hasher(PasswordHasher::new(4096, 1, 2).unwrap()).await;
        let token = password_link(portal).await;
        let log_ins = (0..24).map(|n| {
            let mut browser = node.browser().at(&format!("10.3.{n}.1"));
            async move { browser.sign_in(ADA).await.status.as_u16() }
        });
        let mut owner = portal.browser();
        let (_, changed) = futures::join!(join_all(log_ins), owner.post(route::PASSWORD_RESET_CONFIRM, by_link(&token, NEW)));
        changed.expect(200);
        assert_eq!(portal.database.count("select count(*) from sessions").await, 1);
        assert_eq!(owner.step().await, "code");
    }

    async fn new_parameters_of_the_hash_disturb_no_parallel_log_in(portal) {
        portal.add_user("Acme", ADA).await;
        let node = portal.node_with_hasher(PasswordHasher::new(128, 1, 2).unwrap()).await;
        let answers = join_all((0..8).map(|n| {
            let mut browser = node.browser().at(&format!("10.3.0.{n}"));
            async move { browser.sign_in(ADA).await.status.as_u16() }
        })).await;
        assert_eq!(answers, [200; 8], "R16");
    }

    async fn a_name_of_invisible_characters_is_refused(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        for name in ["\u{200b}\u{200b}", "\u{200e}", "\u{e0041}\u{e0042}", "\u{3164}", "Eve\u{200b}"] {
            let path = admin.path(route::ACCOUNT_USERS);
            let body = json!({"email": "bo@example.com", "name": name, "admin": false});
            let refused = admin.browser.post(&path, body).await.expect_error(400, "malformed").json();
            assert_eq!((&refused["field"], &refused["reason"]), (&json!("name"), &json!("invisible_character")), "{name:?}");
        }
    }
}
