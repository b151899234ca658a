//! The one-time code of a later log-in: how it may be written, and when it is right.

use postern_testkit::{ADA, PASSWORD, Portal, RFC_6238_SECRET, T0, authenticator, on_both_databases};
use postern_types::route;
use serde_json::json;

/// Whether a code is accepted at a time, by a user who has used none before.
async fn is_accepted(portal: &Portal, time: i64, code: &str) -> bool {
    portal.database.execute("update totp_factors set last_step = 0").await;
    portal.database.execute("delete from attempts").await;
    portal.set_clock(time);
    let answer = portal.ticket(ADA).await.code(code).await;
    if answer.status == 200 {
        return true;
    }
    answer.expect_error(401, "invalid_code");
    false
}

on_both_databases! {
    async fn a_code_is_accepted_however_people_paste_it(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        for text in [
            "732 303", " 732303", "732303\n", "732-303", "732\u{A0}303", "732\u{200B}303", "7 3 2 3 0 3",
            "\u{FF17}\u{FF13}\u{FF12}\u{FF13}\u{FF10}\u{FF13}",
        ] {
            assert!(is_accepted(portal, T0, text).await, "{text:?}");
        }
    }

    async fn leading_zeros_count_and_a_number_is_no_code(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        assert!(is_accepted(portal, 1_700_000_490, "047164").await);
        assert!(is_accepted(portal, 1_700_027_040, "000087").await);
        let mut browser = portal.ticket(ADA).await;
        for text in ["47164", "+47164", "0047164", "4.7164e4", "87"] {
            browser.code(text).await.expect_error(400, "malformed");
        }
        let answer = browser.post(route::SIGN_IN_CODE, json!({"code": 47_164})).await.expect_error(400, "malformed");
        assert_eq!(answer.json()["field"], "code");
    }

    async fn a_longer_text_never_passes_as_its_first_six_digits(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        for text in ["7323031", "732303abc", "x732303", "732303'--", &"7".repeat(15_000)] {
            browser.code(text).await.expect_error(400, "malformed");
        }
        browser.code(&"7".repeat(1 << 20)).await.expect_error(413, "too_large");
        assert_eq!(portal.results("wrong_code").await, 0);
    }

    async fn r9_one_step_to_either_side_is_accepted_from_its_first_second_to_its_last(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        for time in [T0, T0 + 29] {
            for (code, right) in
                [("276857", false), ("921300", true), ("732303", true), ("136087", true), ("253938", false)]
            {
                assert_eq!(is_accepted(portal, time, code).await, right, "{code} at {time}");
            }
        }
    }

    async fn set_up_has_the_same_window(portal) {
        for (steps, status) in [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)] {
            let email = format!("user{steps}@example.com");
            portal.add_user_who_needs_a_factor(&email).await;
            let mut browser = portal.browser();
            let key = browser.begin_set_up(&email).await;
            browser.confirm(&authenticator::code_at(&key, portal.now() + 30 * steps)).await.expect(status);
        }
    }

    async fn r9_a_window_of_0_accepts_the_current_code_alone(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let node = portal.node_with(|config| config.totp.window = 0).await;
        let mut browser = node.ticket(ADA).await;
        browser.code("921300").await.expect_error(401, "invalid_code");
        browser.code("136087").await.expect_error(401, "invalid_code");
        browser.code("732303").await.expect(200);
    }

    async fn a_phone_45_s_slow_is_told_the_servers_clock(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        let refused = browser.code("276857").await.expect_error(401, "invalid_code").json();
        assert_eq!(refused["server_time"], "2023-11-14T22:13:30Z");
        assert_eq!(refused["next_code_in_s"], 30);
        portal.advance(20);
        browser.code("921300").await.expect(200);
    }

    async fn r10_no_header_of_the_client_moves_the_clock(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await.with_header("date", "Tue, 14 Nov 2023 22:14:30 GMT");
        browser.code("253938").await.expect_error(401, "invalid_code");
    }

    async fn nothing_but_the_right_six_digits_gets_in(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.add_user_with_secret("bo@example.com", b"another secret bytes").await;
        let mut browser = portal.ticket(ADA).await;
        for body in [
            json!({"code": ""}), json!({"code": null}), json!({"code": true}), json!({"code": []}), json!({}),
            json!({"code": ["732303"]}), json!({"code": {"code": "732303"}}), json!({"code": 732_303}),
        ] {
            let answer = browser.post(route::SIGN_IN_CODE, body).await.expect_error(400, "malformed");
            assert!(matches!(answer.json()["field"].as_str(), Some("code" | "body")), "{}", answer.json());
        }
        for code in ["000000", "123456", "123124"] {
            browser.code(code).await.expect_error(401, "invalid_code");
        }
        let mut bo = portal.ticket("bo@example.com").await;
        bo.code("732303").await.expect_error(401, "invalid_code");
        assert_eq!(portal.database.count("select count(*) from sessions where authenticated_at is not null").await, 0);
    }

    async fn a_wrong_code_leaves_the_log_in_at_the_same_step(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        for _ in 0..3 {
            browser.code("000000").await.expect_error(401, "invalid_code");
            assert_eq!(browser.step().await, "code");
        }
        browser.code("732303").await.expect(200);
    }

    async fn a_second_submit_after_success_is_out_of_step_and_harmless(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        browser.code("732303").await.expect(200);
        browser.code("732303").await.expect_error(409, "out_of_step");
        assert_eq!(browser.step().await, "signed_in");
    }

    async fn the_code_step_says_who_until_when_and_how(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        let expected = json!({
            "step": "code", "email": ADA, "expires_at": "2023-11-14T22:23:30Z",
            "methods": ["totp"], "issuer": "Postern", "label": ADA,
        });
        assert_eq!(browser.flow().await.json(), expected);
    }

    async fn a_code_during_set_up_is_out_of_step(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        browser.code(&portal.code(&key)).await.expect_error(409, "out_of_step");
        assert_eq!(browser.step().await, "set_up");
    }

    async fn cancel_ends_the_log_in_at_the_server(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        let mut copy = browser.clone();
        assert_eq!(browser.cancel().await.expect(200).step(), "credentials");
        copy.code("732303").await.expect_error(401, "session_expired");
        browser.cancel().await.expect(200);
    }

    async fn cancel_does_not_end_a_full_session(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser();
        browser.sign_in_with(ADA, PASSWORD).await.expect(200);
        browser.cancel().await.expect_error(409, "out_of_step");
        assert_eq!(browser.step().await, "signed_in");
    }

    async fn there_is_no_way_around_the_code_by_a_recovery_code_that_was_never_given(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        browser.recovery_code("ABCDE-FGHJK").await.expect_error(400, "malformed");
        browser.recovery_code("ABCD-EFGH-JKMN-PQRS").await.expect_error(401, "invalid_code");
        assert_eq!(browser.step().await, "code");
    }
}
