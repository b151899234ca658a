//! What is missing, damaged or exchanged never lets anybody in (R13).

use postern_testkit::{ADA, Portal, RFC_6238_SECRET, on_both_databases};

const BO: &str = "bo@example.com";

/// The right code of `RFC_6238_SECRET` is refused, nobody is in, and the history says why.
async fn expect_unusable(portal: &Portal, email: &str) {
    let mut browser = portal.ticket(email).await;
    browser.code("732303").await.expect_error(403, "second_factor_unusable");
    assert_eq!(browser.step().await, "code");
    assert_eq!(portal.database.count("select count(*) from sessions where authenticated_at is not null").await, 0);
    assert_eq!(portal.results("factor_unusable").await, 1);
}

on_both_databases! {
    async fn r13_a_user_whose_factor_has_vanished_does_not_get_in(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.database.execute("delete from totp_factors").await;
        expect_unusable(portal, ADA).await;
    }

    async fn a_vanished_factor_cannot_be_set_up_anew_with_the_password_alone(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.database.execute("delete from totp_factors").await;
        portal.ticket(ADA).await.confirm("732303").await.expect_error(403, "forbidden");
        portal.reset(ADA).await;
        assert_eq!(portal.browser().sign_in(ADA).await.step(), "set_up");
    }

    async fn a_factor_whose_mark_was_removed_is_not_replaced(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.database.execute("update users set two_factor_since = null").await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        browser.confirm(&portal.code(&key)).await.expect_error(401, "session_expired");
        assert_eq!(portal.database.count("select count(*) from sessions where authenticated_at is not null").await, 0);
    }

    async fn without_its_cookie_a_log_in_goes_nowhere(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        browser.cookies.clear();
        browser.code("732303").await.expect_error(401, "session_expired");
        browser.confirm("732303").await.expect_error(401, "session_expired");
        assert_eq!(browser.step().await, "credentials");
    }

    async fn a_corrupt_ticket_is_no_ticket(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let ticket = portal.ticket(ADA).await.session().unwrap();
        let first = if ticket.starts_with('A') { "B" } else { "A" };
        for corrupt in [&ticket[1..], &format!("{ticket}A"), &format!("{first}{}", &ticket[1..]), &ticket.to_lowercase()] {
            let mut browser = portal.browser().with_session(corrupt);
            browser.code("732303").await.expect_error(401, "session_expired");
        }
    }

    async fn r7_a_damaged_secret_blocks_the_log_in(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.database.execute("update totp_factors set secret_sealed = secret_sealed || 'AAAA'").await;
        expect_unusable(portal, ADA).await;
    }

    async fn r7_a_secret_swapped_in_from_another_user_blocks_the_log_in(portal) {
        portal.add_user_with_secret(ADA, b"a secret of twenty b").await;
        portal.add_user_with_secret(BO, RFC_6238_SECRET).await;
        portal.database.execute("update totp_factors set secret_sealed = (select f.secret_sealed from totp_factors f
            join users u on u.id = f.user_id where u.email = 'bo@example.com')").await;
        expect_unusable(portal, ADA).await;
    }

    async fn r7_with_another_master_key_nobody_with_a_factor_gets_in(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        expect_unusable(&portal.node_with_another_key().await, ADA).await;
    }

    async fn a_damaged_set_up_is_a_fault_that_activates_nothing(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        portal.database.execute("update pending_totp_factors set secret_sealed = secret_sealed || 'AAAA'").await;
        let fault = browser.confirm(&portal.code(&key)).await.expect_error(500, "internal");
        assert_eq!(fault.json()["request_id"], fault.header("x-request-id"));
        assert_eq!(portal.database.count("select count(*) from totp_factors").await, 0);
    }

    async fn r13_a_disabled_factor_is_not_skipped(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.database.execute("update totp_factors set disabled_at = 1").await;
        expect_unusable(portal, ADA).await;
    }

    async fn r13_a_factor_is_asked_for_even_where_no_account_requires_one(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.database.execute("update accounts set two_factor_required_at = null").await;
        portal.ticket(ADA).await;
        portal.database.execute("delete from totp_factors").await;
        expect_unusable(portal, ADA).await;
    }

    async fn r13_switching_the_requirement_off_does_not_complete_a_log_in_that_was_begun(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        browser.begin_set_up(ADA).await;
        portal.database.execute("update accounts set two_factor_required_at = null").await;
        assert_eq!(browser.step().await, "set_up");
    }

    async fn a_user_that_was_removed_in_the_middle_of_a_log_in_is_nobody(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        portal.database.execute("delete from users").await;
        browser.code("732303").await.expect_error(401, "session_expired");
        assert_eq!(browser.step().await, "credentials");
    }

    async fn a_hash_that_cannot_be_read_is_a_wrong_password(portal) {
        portal.add_user("Acme", ADA).await;
        portal.database.execute("update users set password_hash = 'x'").await;
        portal.browser().sign_in(ADA).await.expect_error(401, "invalid_credentials");
    }
}
