//! E-mail and password.

use axum::http::HeaderMap;
use postern::auth::password::PasswordHasher;
use postern::ids::UserId;
use postern::store::transactions::Added;
use postern_testkit::{ADA, PASSWORD, RFC_6238_SECRET, on_both_databases};
use postern_types::Email;
use serde_json::json;

/// The headers of an answer without the one that is always new.
fn comparable(headers: &HeaderMap) -> Vec<(String, String)> {
    let all = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    all.filter(|(name, _)| name != "x-request-id").collect()
}

on_both_databases! {
    async fn without_a_required_factor_the_password_is_all(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser();
        let answer = browser.sign_in(ADA).await.expect(200).json();
        assert_eq!(answer["step"], "signed_in");
        assert_eq!(answer["user"]["email"], ADA);
        assert_eq!(answer["accounts"][0]["name"], "Acme");
        assert_eq!(answer["accounts"][0]["admin"], false);
        assert_eq!(answer["last_sign_in"], serde_json::Value::Null);
        assert_eq!(answer["session"]["expires_at"], "2023-11-15T22:13:30Z");
        assert_eq!(browser.step().await, "signed_in");
    }

    async fn the_signed_in_page_tells_of_the_log_in_before(portal) {
        portal.add_user("Acme", ADA).await;
        portal.browser().at("192.0.2.4").sign_in(ADA).await.expect(200);
        portal.advance(600);
        let answer = portal.browser().sign_in(ADA).await.expect(200).json();
        assert_eq!(answer["last_sign_in"], json!({"at": "2023-11-14T22:13:30Z", "address": "192.0.2.4"}));
    }

    async fn r12_nothing_tells_a_stranger_about_a_user(portal) {
        portal.add_user("Acme", ADA).await;
        portal.add_user("Acme", "locked@example.com").await;
        portal.lock("locked@example.com").await;
        portal.add_user_with_secret("factor@example.com", RFC_6238_SECRET).await;
        portal.add_user_who_needs_a_factor("none@example.com").await;
        portal.add_user_with_secret("disabled@example.com", RFC_6238_SECRET).await;
        portal.database.execute("update totp_factors set disabled_at = 1").await;
        let wrong = portal.browser().sign_in_with(ADA, "wrong password").await.expect_error(401, "invalid_credentials");
        for (email, password) in [
            ("nobody@example.com", PASSWORD), ("not an address", PASSWORD), ("", ""), (ADA, ""),
            ("locked@example.com", PASSWORD), ("locked@example.com", "wrong password"),
            ("factor@example.com", "wrong password"), ("none@example.com", "wrong password"),
            ("disabled@example.com", "wrong password"), (ADA, &"x".repeat(5000)), ("a\u{0}b@example.com", "x"),
        ] {
            let answer = portal.browser().sign_in_with(email, password).await;
            assert_eq!((answer.status, &answer.body), (wrong.status, &wrong.body), "{email}");
            assert_eq!(comparable(&answer.headers), comparable(&wrong.headers), "{email}");
        }
    }

    async fn the_strictest_account_of_a_user_wins(portal) {
        portal.add_user("Acme", ADA).await;
        portal.add_user("Beta", "bo@example.com").await;
        portal.require_two_factor("Beta").await;
        portal.database.execute("insert into memberships (account_id, user_id, created_at)
            select a.id, u.id, 0 from accounts a, users u where a.name = 'Beta' and u.email = 'ada@example.com'").await;
        let answer = portal.browser().sign_in(ADA).await.expect(200).json();
        assert_eq!(answer["step"], "set_up");
        assert_eq!(answer["required_by"], json!(["Beta"]));
    }

    async fn a_user_name_that_no_app_can_show_is_refused_at_creation(_app) {
        for name in ["dom:alice@example.com", "a:b", "a@b:c"] {
            assert!(Email::parse(name).is_err(), "{name}");
        }
    }

    async fn however_the_name_is_written_it_is_one_user(portal) {
        portal.add_user("Acme", "Alice@Example.com").await;
        for email in ["alice@example.com", "ALICE@EXAMPLE.COM", " alice@example.com "] {
            let answer = portal.browser().sign_in(email).await.expect(200).json();
            assert_eq!(answer["user"]["email"], "alice@example.com");
        }
    }

    async fn a_second_user_of_the_same_folded_name_is_refused(portal) {
        portal.add_user("Acme", "Alice@Example.com").await;
        let added = portal.try_to_add_user(&UserId::random(), "Acme", "ALICE@example.com", PASSWORD).await;
        assert_eq!(added, Added::EmailTaken);
    }

    async fn look_alikes_of_a_name_are_unknown_users(portal) {
        portal.add_user("Acme", "alice@example.com").await;
        for email in ["\u{FF41}lice@example.com", "al\u{200B}ice@example.com", "\u{430}lice@example.com",
            "alıce@example.com", "alice@example.com\u{0}", "alice@example.com."] {
            portal.browser().sign_in(email).await.expect_error(401, "invalid_credentials");
        }
    }

    async fn a_password_is_the_same_on_every_keyboard(portal) {
        let (composed, decomposed) = ("Grüße-é-2026 Ａ", "Gru\u{308}ße-e\u{301}-2026 A");
        portal.add_user_with_password("Acme", ADA, composed).await;
        portal.add_user_with_password("Acme", "bo@example.com", decomposed).await;
        for email in [ADA, "bo@example.com"] {
            for password in [composed, decomposed] {
                portal.browser().sign_in_with(email, password).await.expect(200);
            }
        }
    }

    async fn r15_every_character_of_a_long_password_counts(portal) {
        let password = format!("{}A", "x".repeat(99));
        portal.add_user_with_password("Acme", ADA, &password).await;
        portal.browser().sign_in_with(ADA, &format!("{}B", "x".repeat(99))).await.expect(401);
        portal.browser().sign_in_with(ADA, &password[..72]).await.expect(401);
        portal.browser().sign_in_with(ADA, &password).await.expect(200);
    }

    async fn a_password_is_compared_with_its_blanks_and_its_case(portal) {
        portal.add_user_with_password("Acme", ADA, " Spaces around ").await;
        for other in ["Spaces around", " spaces around ", " Spaces around"] {
            portal.browser().sign_in_with(ADA, other).await.expect(401);
        }
        portal.browser().sign_in_with(ADA, " Spaces around ").await.expect(200);
    }

    async fn r16_a_hash_of_older_parameters_is_renewed_at_the_next_log_in(portal) {
        portal.add_user("Acme", ADA).await;
        let node = portal.node_with_hasher(PasswordHasher::new(128, 2, 2).unwrap()).await;
        node.browser().sign_in_with(ADA, "wrong password").await.expect(401);
        assert!(portal.database.texts("select password_hash from users").await[0].contains("m=64,t=1,"));
        node.browser().sign_in(ADA).await.expect(200);
        let hash = portal.database.texts("select password_hash from users").await.remove(0);
        assert!(hash.starts_with("$argon2id$") && hash.contains("m=128,t=2,"), "{hash}");
        node.browser().sign_in(ADA).await.expect(200);
    }

    async fn a_locked_user_who_is_unlocked_gets_in_with_the_same_password(portal) {
        portal.add_user("Acme", ADA).await;
        portal.lock(ADA).await;
        portal.browser().sign_in(ADA).await.expect_error(401, "invalid_credentials");
        portal.unlock(ADA).await;
        portal.browser().sign_in(ADA).await.expect(200);
    }

    async fn r34_a_new_database_has_no_user(portal) {
        assert_eq!(portal.database.count("select count(*) from users").await, 0);
        for (email, password) in [("admin@example.com", "admin"), ("admin", "admin"), ("admin@localhost", "postern")] {
            portal.browser().sign_in_with(email, password).await.expect(401);
        }
    }
}
