//! The lockdown of a user account: by its owner, and by an administrator.

use postern_testkit::{ADA, Admin, Browser, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::json;

const BO: &str = "bo@example.com";
const NEW: &str = "quiet harbour lamp anchor";

/// A user with a second factor and recovery codes, who is logged in.
async fn with_everything(portal: &Portal) -> (Browser, String) {
    let key = portal.add_user_with_factor(BO).await;
    let mut browser = portal.ticket(BO).await;
    browser.code(&portal.code(&key)).await.expect(200);
    portal.advance(30);
    (browser, key)
}

/// The same with the recovery codes of a set-up.
async fn with_codes(portal: &Portal) -> (Browser, Vec<String>) {
    portal.add_user_who_needs_a_factor(BO).await;
    let mut browser = portal.browser();
    let key = browser.begin_set_up(BO).await;
    browser.confirm(&portal.code(&key)).await.expect(200);
    let codes = browser.save_recovery_codes().await;
    (browser, codes)
}

async fn count(portal: &Portal, table: &str) -> i64 {
    let sql = format!("select count(*) from {table} where user_id = (select id from users where email = '{BO}')");
    portal.database.count(&sql).await
}

async fn lock_down(admin: &mut Admin, user: &str) -> postern_testkit::Answer {
    let path = admin.user_path(route::ACCOUNT_USER_LOCKDOWN, user);
    admin.browser.post(&path, json!({"recovery_codes": true})).await
}

on_both_databases! {
    async fn ones_own_lockdown_ends_everything_and_the_next_log_in_asks_for_a_new_password(portal) {
        let (mut browser, key) = with_everything(portal).await;
        let mut other = portal.ticket(BO).await;
        assert_eq!(browser.post(route::MY_LOCKDOWN, json!({"recovery_codes": true})).await.expect(200).step(), "credentials");
        assert_eq!((browser.session(), other.step().await), (None, "credentials".to_owned()));
        for table in ["sessions", "known_browsers", "links", "recovery_codes", "unfinished_log_ins"] {
            assert_eq!(count(portal, table).await, 0, "{table}");
        }
        assert_eq!(portal.database.texts("select what from events where what = 'locked_down'").await.len(), 1);
        assert_eq!(portal.database.count("select count(*) from outbox where kind = 'locked_down'").await, 1);
        let mut again = portal.ticket(BO).await;
        let step = again.code(&portal.code(&key)).await.expect(200);
        assert_eq!((step.step().as_str(), &step.json()["reason"]), ("new_password", &json!("locked_down")));
        let answer = again.post(route::SIGN_IN_NEW_PASSWORD, json!({"new_password": NEW})).await.expect(200);
        assert_eq!(answer.step(), "recovery_codes", "new ones are offered");
        again.save_recovery_codes().await;
        portal.advance(30);
        let mut later = portal.browser();
        later.sign_in_with(BO, NEW).await.expect(200);
        assert_eq!(later.code(&portal.code(&key)).await.expect(200).step(), "signed_in");
    }

    async fn recovery_codes_stay_if_the_user_wants_to_keep_them(portal) {
        let (mut browser, _) = with_everything(portal).await;
        browser.post(route::MY_LOCKDOWN, json!({"recovery_codes": false})).await.expect(200);
        assert_eq!(count(portal, "recovery_codes").await, 10);
    }

    async fn ones_own_lockdown_needs_a_fresh_code(portal) {
        let (mut browser, _) = with_everything(portal).await;
        portal.advance(600);
        browser.post(route::MY_LOCKDOWN, json!({"recovery_codes": true})).await.expect_error(403, "step_up_required");
        assert_eq!(browser.step().await, "signed_in");
    }

    async fn a_password_link_ends_a_lockdown_as_well(portal) {
        let (mut browser, key) = with_everything(portal).await;
        browser.post(route::MY_LOCKDOWN, json!({"recovery_codes": false})).await.expect(200);
        let token = postern::auth::token::Token::random();
        let email = postern_types::Email::parse(BO).unwrap();
        let (db, hash) = (&portal.state.db, token.hash());
        assert!(postern::store::transactions::issue_password_link(db, &email, &hash, portal.now()).await.unwrap());
        let mut again = portal.browser();
        let body = json!({"token": token.expose(), "new_password": NEW});
        assert_eq!(again.post(route::PASSWORD_RESET_CONFIRM, body).await.expect(200).step(), "code");
        assert_eq!(again.code(&portal.code(&key)).await.expect(200).step(), "signed_in");
    }

    async fn an_administrator_locks_down_a_user_and_both_see_it(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", BO).await;
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(BO).await;
        browser.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        portal.advance(30);
        lock_down(&mut admin, &bo).await.expect(204);
        assert_eq!(browser.step().await, "credentials");
        let events = admin.browser.get(&admin.path(route::ACCOUNT_EVENTS)).await.expect(200).json();
        let event = &events["items"][0];
        assert_eq!((&event["what"], &event["actor"], &event["subject"]), (&json!("locked_down"), &json!(ADA), &json!(BO)));
        let mut again = portal.ticket(BO).await;
        let step = again.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        assert_eq!(step.json()["reason"], "locked_down");
    }

    async fn a_person_of_two_accounts_is_not_locked_down_by_one_of_them(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", BO).await;
        portal.join("Bolt", &bo).await;
        let mut browser = portal.browser();
        browser.sign_in(BO).await.expect(200);
        lock_down(&mut admin, &bo).await.expect_error(409, "shared_user");
        assert_eq!(browser.step().await, "signed_in");
    }

    async fn somebody_invited_and_a_new_user_answer_alike(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        portal.add_user("Bolt", "cy@example.com").await;
        for email in [BO, "cy@example.com"] {
            let path = admin.path(route::ACCOUNT_USERS);
            let id = admin.browser.post(&path, json!({"email": email})).await.expect(201).json()["id"].clone();
            let user = admin.user_path(route::ACCOUNT_USER, id.as_str().unwrap());
            admin.browser.patch(&user, json!({"active": true})).await.expect(200);
            lock_down(&mut admin, id.as_str().unwrap()).await.expect(204);
        }
        assert_eq!(portal.database.count("select count(*) from links").await, 0);
        lock_down(&mut admin, "nobody").await.expect_error(404, "not_found");
    }

    async fn whoever_has_lost_the_phone_locks_down_with_a_recovery_code(portal) {
        let (mut browser, codes) = with_codes(portal).await;
        portal.advance(600);
        let body = json!({"recovery_codes": false, "recovery_code": codes[3].to_uppercase()});
        assert_eq!(browser.post(route::MY_LOCKDOWN, body).await.expect(200).step(), "credentials");
        assert_eq!(browser.step().await, "credentials");
        assert_eq!(count(portal, "recovery_codes").await, 9, "it is used up, and the others are kept");
        for what in ["recovery_code_used", "locked_down"] {
            assert_eq!(portal.database.count(&format!("select count(*) from events where what = '{what}'")).await, 1);
            assert_eq!(portal.database.count(&format!("select count(*) from outbox where kind = '{what}'")).await, 1);
        }
        let latest = "select factor || ' ' || result from login_history order by at desc, id desc limit 1";
        assert_eq!(portal.database.texts(latest).await, ["recovery_code stepped_up"]);
        let mut again = portal.ticket(BO).await;
        again.recovery_code(&codes[3]).await.expect_error(401, "invalid_code");
        let step = again.recovery_code(&codes[4]).await.expect(200);
        assert_eq!((step.step().as_str(), &step.json()["reason"]), ("new_password", &json!("locked_down")));
    }

    async fn a_lockdown_with_a_recovery_code_makes_disabled_codes_of_the_app_work_again(portal) {
        let (mut browser, codes) = with_codes(portal).await;
        portal.database.execute("update totp_factors set disabled_at = 1").await;
        let body = json!({"recovery_codes": true, "recovery_code": codes[3]});
        assert_eq!(browser.post(route::MY_LOCKDOWN, body).await.expect(200).step(), "credentials");
        assert_eq!(portal.database.count("select count(*) from totp_factors where disabled_at is null").await, 1);
        assert_eq!(portal.ticket(BO).await.flow().await.json()["methods"], json!(["totp"]), "otherwise nothing is left to log in with");
    }

    async fn whoever_requested_a_reset_is_told_that_a_lockdown_ended_it(portal) {
        let (mut ada, mut cy, bo) = crate::reset_requests::two_admins(portal, 24).await;
        crate::reset_requests::request(&mut ada, &bo).await;
        lock_down(&mut cy, &bo).await.expect(204);
        let told = "select to_address from outbox where kind = 'two_factor_reset_stopped' order by 1";
        assert_eq!(portal.database.texts(told).await, ["ada@example.com", "bo@example.com"]);
    }

    async fn a_recovery_code_is_good_for_no_other_sensitive_action(portal) {
        let (mut browser, codes) = with_codes(portal).await;
        portal.advance(600);
        browser.post(route::STEP_UP, json!({"code": codes[0]})).await.expect_error(400, "malformed");
        let body = json!({"recovery_code": codes[0]});
        browser.post(route::MY_RECOVERY_CODES, body).await.expect_error(400, "malformed");
        browser.post(route::MY_RECOVERY_CODES, json!({})).await.expect_error(403, "step_up_required");
        assert_eq!(count(portal, "recovery_codes").await, 10);
    }

    async fn a_wrong_recovery_code_locks_nothing_down_and_counts(portal) {
        let (mut browser, codes) = with_codes(portal).await;
        portal.advance(600);
        let mut lock_down = async |code: &str| {
            browser.post(route::MY_LOCKDOWN, json!({"recovery_codes": true, "recovery_code": code})).await
        };
        let malformed = lock_down("732303").await.expect_error(400, "malformed").json();
        assert_eq!((&malformed["field"], &malformed["reason"]), (&json!("recovery_code"), &json!("not_a_recovery_code")));
        let mut refused = 0;
        while lock_down("0000-0000-0000-0000").await.status == 401 {
            refused += 1;
        }
        assert!((3..20).contains(&refused), "{refused}");
        lock_down(&codes[0]).await.expect_error(429, "throttled");
        assert_eq!(portal.results("wrong_code").await, refused);
        assert_eq!(portal.database.count("select count(*) from events where what = 'locked_down'").await, 0);
        assert_eq!(count(portal, "recovery_codes").await, 10);
    }

    async fn of_many_lockdowns_at_once_with_one_recovery_code_one_succeeds(portal) {
        let (browser, codes) = with_codes(portal).await;
        portal.advance(600);
        let body = json!({"recovery_codes": false, "recovery_code": codes[0]});
        let tries = (0..3).map(|_| {
            let (mut browser, body) = (browser.clone(), body.clone());
            async move { browser.post(route::MY_LOCKDOWN, body).await.status }
        });
        let statuses = futures::future::join_all(tries).await;
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(count(portal, "recovery_codes").await, 9);
    }
}
