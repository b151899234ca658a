//! A wrong code during set-up is refused and counted like every other one, and the answer says what is wrong.

use postern_testkit::authenticator::{code_at, code_with};
use postern_testkit::{ADA, Answer, Browser, PASSWORD, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::{Value, json};

const DAY_S: i64 = 86_400;

/// The cause that a refusal gives.
fn cause(refused: Answer) -> Value {
    refused.expect_error(401, "invalid_code").json()["cause"].clone()
}

/// Puts the secret of RFC 6238 in place of the one that a user is setting up, so that no other mistake fits by chance.
async fn set_pending_secret(portal: &Portal, user_id: &str) {
    let sealed = portal.sealed_secret(user_id, RFC_6238_SECRET);
    let set = "update pending_totp_factors set secret_sealed = $1 where user_id = $2";
    portal.database.execute_with(set, &[sealed.as_str(), user_id]).await;
}

/// A browser at the first set-up of a user, with the secret of RFC 6238.
async fn at_set_up(portal: &Portal) -> Browser {
    let id = portal.add_user_who_needs_a_factor(ADA).await;
    let mut browser = portal.browser();
    browser.begin_set_up(ADA).await;
    set_pending_secret(portal, &id).await;
    browser
}

/// A browser at the set-up of a user who had an authenticator app until a reset, and the keys of the old entry and of the new one.
async fn after_reset(portal: &Portal) -> (Browser, String, String) {
    let old = portal.add_user_with_factor(ADA).await;
    portal.reset(ADA).await;
    let mut browser = portal.browser();
    let new = browser.begin_set_up(ADA).await;
    (browser, old, new)
}

/// Begins to replace the app of the user of a session.
async fn begin_replacement(browser: &mut Browser) -> String {
    let begin = json!({"current_password": PASSWORD});
    browser.post(route::MY_AUTHENTICATOR, begin).await.expect(200).security_key()
}

async fn confirm_replacement(browser: &mut Browser, code: &str) -> Answer {
    browser.post(route::MY_AUTHENTICATOR_CONFIRM, json!({"code": code})).await
}

on_both_databases! {
    async fn a_wrong_clock_of_the_phone_is_recognised_with_its_offset(portal) {
        let mut browser = at_set_up(portal).await;
        for offset_s in [-3600, -180, -60, 60, 600, 3600] {
            let refused = browser.confirm(&code_at(RFC_6238_KEY, portal.now() + offset_s)).await;
            assert_eq!(cause(refused), json!({"cause": "phone_clock", "offset_s": offset_s}));
        }
        browser.confirm(&portal.code(RFC_6238_KEY)).await.expect(200);
    }

    async fn an_app_with_other_settings_is_recognised(portal) {
        let mut browser = at_set_up(portal).await;
        let first_six = |code: String| code[..6].to_owned();
        for (code, expected) in [
            (code_with(["--totp=SHA256", "--digits=6"], RFC_6238_KEY, portal.now()), "algorithm"),
            (code_with(["--totp=SHA512", "--digits=6"], RFC_6238_KEY, portal.now()), "algorithm"),
            (first_six(code_with(["--totp", "--digits=8"], RFC_6238_KEY, portal.now())), "digits"),
            (code_with(["--totp", "--digits=8"], RFC_6238_KEY, portal.now()), "digits"),
            (code_with(["--totp", "--time-step-size=60s"], RFC_6238_KEY, portal.now()), "period"),
        ] {
            assert_eq!(cause(browser.confirm(&code).await), json!({"cause": expected}));
        }
    }

    async fn a_mistyped_key_is_recognised(portal) {
        let mut browser = at_set_up(portal).await;
        for mistyped in [RFC_6238_KEY.replace('G', "6"), RFC_6238_KEY.replacen('Z', "2", 1), RFC_6238_KEY.replacen('O', "", 1)] {
            let refused = browser.confirm(&portal.code(&mistyped)).await;
            assert_eq!(cause(refused), json!({"cause": "mistyped_key"}), "{mistyped}");
        }
    }

    async fn seven_digits_are_malformed_and_not_counted(portal) {
        let mut browser = at_set_up(portal).await;
        browser.confirm("7323031").await.expect_error(400, "malformed");
        assert_eq!(portal.database.count("select count(*) from attempts where key like 'set-up:%'").await, 0);
    }

    async fn the_old_entry_is_recognised_after_a_reset_and_never_accepted(portal) {
        let (mut browser, old, new) = after_reset(portal).await;
        for _ in 0..2 {
            assert_eq!(cause(browser.confirm(&portal.code(&old)).await), json!({"cause": "old_entry"}));
        }
        browser.confirm(&portal.code(&new)).await.expect(200);
        portal.advance(30);
        let refused = portal.ticket(ADA).await.code(&portal.code(&old)).await.expect_error(401, "invalid_code").json();
        assert_eq!(refused.get("cause"), None);
    }

    async fn the_old_entry_is_forgotten_after_30_days(portal) {
        let (_, old, _) = after_reset(portal).await;
        portal.advance(30 * DAY_S - 60);
        let mut browser = portal.browser();
        browser.begin_set_up(ADA).await;
        assert_eq!(cause(browser.confirm(&portal.code(&old)).await), json!({"cause": "old_entry"}));
        portal.advance(60);
        let refused = browser.confirm(&portal.code(&old)).await;
        assert_ne!(cause(refused), json!({"cause": "old_entry"}), "it does not wait for the clean-up");
        for _ in 0..(31 * 24) {
            postern::housekeeping::clean_up(&portal.state).await.unwrap();
        }
        assert_eq!(portal.database.count("select count(*) from previous_totp_factors").await, 0);
    }

    async fn the_previous_secret_is_kept_sealed_for_its_user(portal) {
        portal.add_user_with_factor(ADA).await;
        let sealed = portal.database.texts("select secret_sealed from totp_factors").await;
        portal.reset(ADA).await;
        assert_eq!(portal.database.texts("select secret_sealed from previous_totp_factors").await, sealed);
        portal.database.execute("delete from users").await;
        assert_eq!(portal.database.count("select count(*) from previous_totp_factors").await, 0);
    }

    async fn a_previous_secret_of_another_user_or_a_damaged_one_is_not_recognised(portal) {
        let (mut browser, old, new) = after_reset(portal).await;
        portal.database.execute("update previous_totp_factors set secret_sealed = secret_sealed || 'AAAA'").await;
        assert_ne!(cause(browser.confirm(&portal.code(&old)).await), json!({"cause": "old_entry"}));
        let bo = portal.add_user_who_needs_a_factor("bo@example.com").await;
        let sealed = portal.sealed_secret(&bo, RFC_6238_SECRET);
        portal.database.execute_with("update previous_totp_factors set secret_sealed = $1", &[sealed.as_str()]).await;
        assert_ne!(cause(browser.confirm(&portal.code(RFC_6238_KEY)).await), json!({"cause": "old_entry"}));
        browser.confirm(&portal.code(&new)).await.expect(200);
    }

    async fn the_app_that_is_replaced_is_recognised_and_the_one_before_it(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let second = begin_replacement(&mut admin.browser).await;
        let refused = confirm_replacement(&mut admin.browser, &portal.code(RFC_6238_KEY)).await;
        assert_eq!(cause(refused), json!({"cause": "old_entry"}));
        confirm_replacement(&mut admin.browser, &portal.code(&second)).await.expect(200);
        let third = begin_replacement(&mut admin.browser).await;
        for old in [RFC_6238_KEY, &second] {
            let refused = confirm_replacement(&mut admin.browser, &portal.code(old)).await;
            assert_eq!(cause(refused), json!({"cause": "old_entry"}));
        }
        confirm_replacement(&mut admin.browser, &portal.code(&third)).await.expect(200);
    }

    async fn a_diagnosed_code_is_counted_and_recorded_like_every_wrong_one(portal) {
        let mut browser = at_set_up(portal).await;
        let slow = code_at(RFC_6238_KEY, portal.now() - 180);
        for _ in 0..11 {
            browser.confirm(&slow).await.expect_error(401, "invalid_code");
        }
        let throttled = browser.confirm(&slow).await.expect_error(429, "throttled").json();
        assert_eq!(throttled.get("cause"), None);
        assert_eq!(portal.results("wrong_code").await, 11);
        assert_eq!(portal.database.count("select count(*) from totp_factors").await, 0);
    }

    async fn a_log_in_and_a_step_up_never_give_a_cause(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let slow = code_at(RFC_6238_KEY, portal.now() - 180);
        let refused = portal.ticket(ADA).await.code(&slow).await.expect_error(401, "invalid_code").json();
        assert_eq!(refused.get("cause"), None);
        let refused = admin.browser.post(route::STEP_UP, json!({"code": slow})).await.expect_error(401, "invalid_code");
        assert_eq!(refused.json().get("cause"), None);
    }

    async fn an_offset_is_kept_for_7_days_unless_the_user_completes_the_set_up(portal) {
        let offsets = async || portal.database.texts("select cast(offset_s as text) from clock_offsets").await;
        let mut browser = at_set_up(portal).await;
        let id = portal.database.texts("select id from users").await.remove(0);
        browser.confirm(&code_at(RFC_6238_KEY, portal.now() - 60)).await.expect_error(401, "invalid_code");
        assert!(offsets().await.is_empty(), "it may have been entered late");
        for offset_s in [300, 600] {
            browser.confirm(&code_at(RFC_6238_KEY, portal.now() + offset_s)).await.expect_error(401, "invalid_code");
        }
        assert_eq!(offsets().await, ["600"], "the latest of each user");
        browser.confirm(&portal.code(RFC_6238_KEY)).await.expect(200);
        assert!(offsets().await.is_empty());
        portal.reset(ADA).await;
        browser.begin_set_up(ADA).await;
        set_pending_secret(portal, &id).await;
        browser.confirm(&code_at(RFC_6238_KEY, portal.now() + 300)).await.expect_error(401, "invalid_code");
        portal.advance(7 * DAY_S);
        for _ in 0..(8 * 24) {
            postern::housekeeping::clean_up(&portal.state).await.unwrap();
        }
        assert!(offsets().await.is_empty());
    }
}
