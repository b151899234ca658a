//! Every authentication result is recorded: who, when, from where, with which factor (R30).

use postern_testkit::{ADA, PASSWORD, Portal, RFC_6238_SECRET, on_both_databases};

/// Every row, oldest first within one second by result.
async fn rows(portal: &Portal) -> Vec<String> {
    portal
        .database
        .texts(
            "select coalesce(u.email, '?') || ' ' || h.at || ' ' || h.address || ' ' || h.factor || ' ' || h.result
        from login_history h left join users u on u.id = h.user_id order by h.at, h.result",
        )
        .await
}

on_both_databases! {
    async fn r30_a_whole_log_in_is_recorded(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.browser().at("192.0.2.4");
        browser.sign_in_with(ADA, "wrong password").await.expect(401);
        portal.advance(1);
        browser.sign_in(ADA).await.expect(200);
        portal.advance(1);
        browser.code("000000").await.expect(401);
        portal.advance(1);
        browser.code("732303").await.expect(200);
        assert_eq!(rows(portal).await, [
            "ada@example.com 1700000010 192.0.2.4 password wrong_password",
            "ada@example.com 1700000011 192.0.2.4 password next_factor",
            "ada@example.com 1700000012 192.0.2.4 totp wrong_code",
            "ada@example.com 1700000013 192.0.2.4 totp signed_in",
        ]);
    }

    async fn r30_an_unknown_user_is_recorded_without_what_was_typed(portal) {
        portal.browser().at("2001:db8::1").sign_in_with("nobody@example.com", "x").await.expect(401);
        assert_eq!(rows(portal).await, ["? 1700000010 2001:db8::1 password unknown_user"]);
    }

    async fn r30_a_locked_user_is_told_from_a_wrong_password_in_the_history_alone(portal) {
        portal.add_user("Acme", ADA).await;
        portal.lock(ADA).await;
        portal.browser().sign_in(ADA).await.expect_error(401, "invalid_credentials");
        assert_eq!(rows(portal).await, ["ada@example.com 1700000010 198.51.100.7 password locked"]);
    }

    async fn r30_a_log_in_with_the_password_alone_is_recorded(portal) {
        portal.add_user("Acme", ADA).await;
        portal.browser().sign_in(ADA).await.expect(200);
        assert_eq!(rows(portal).await, ["ada@example.com 1700000010 198.51.100.7 password signed_in"]);
    }

    async fn r30_a_replay_a_refused_set_up_and_an_unusable_factor_are_recorded(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.ticket(ADA).await.code("732303").await.expect(200);
        let mut browser = portal.ticket(ADA).await;
        browser.code("732303").await.expect(401);
        browser.confirm("732303").await.expect(403);
        portal.database.execute("delete from totp_factors").await;
        browser.code("136087").await.expect(403);
        for result in ["replayed", "set_up_refused", "factor_unusable"] {
            assert_eq!(portal.results(result).await, 1, "{result}");
        }
    }

    async fn r30_a_set_up_is_recorded(portal) {
        portal.add_user_with_factor(ADA).await;
        assert_eq!(rows(portal).await[1], "ada@example.com 1700000010 198.51.100.7 totp set_up");
    }

    async fn r30_no_row_holds_a_secret(portal) {
        let key = portal.add_user_with_factor(ADA).await;
        let code = portal.code(&key);
        portal.ticket(ADA).await.code(&code).await.expect(200);
        let rows = rows(portal).await.join("\n");
        for secret in [key.as_str(), &code, PASSWORD] {
            assert!(!rows.contains(secret));
        }
    }

    async fn the_signed_in_page_tells_of_the_log_in_before(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut first = portal.browser().at("192.0.2.4");
        first.sign_in(ADA).await.expect(200);
        assert_eq!(first.code("732303").await.expect(200).json()["last_sign_in"], serde_json::Value::Null);
        portal.advance(30);
        let answer = portal.ticket(ADA).await.code("136087").await.expect(200).json();
        let before = serde_json::json!({"at": "2023-11-14T22:13:30Z", "address": "192.0.2.4"});
        assert_eq!(answer["last_sign_in"], before);
    }
}
