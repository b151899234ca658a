//! E-mail and password.

use axum::http::HeaderMap;
use postern::auth::password::PasswordHasher;
use postern::store::users::{self, Added, NewUser};
use postern_types::{Email, Password};
use serde_json::json;

use crate::app::{ADA, PASSWORD, S1};
use crate::on_both_databases;

/// The headers of an answer without the one that is always new.
fn comparable(headers: &HeaderMap) -> Vec<(String, String)> {
    let all = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    all.filter(|(name, _)| name != "x-request-id").collect()
}

on_both_databases! {
    async fn without_a_required_factor_the_password_is_all(app) {
        app.add_user("Acme", ADA).await;
        let mut browser = app.browser();
        let answer = browser.sign_in(ADA).await.expect(200).json();
        assert_eq!(answer["step"], "signed_in");
        assert_eq!(answer["user"]["email"], ADA);
        assert_eq!(answer["accounts"][0]["name"], "Acme");
        assert_eq!(answer["accounts"][0]["admin"], false);
        assert_eq!(answer["last_sign_in"], serde_json::Value::Null);
        assert_eq!(answer["session"]["expires_at"], "2023-11-15T22:13:30Z");
        assert_eq!(browser.step().await, "signed_in");
    }

    async fn the_signed_in_page_tells_of_the_log_in_before(app) {
        app.add_user("Acme", ADA).await;
        app.browser().at("192.0.2.4").sign_in(ADA).await.expect(200);
        app.advance(600);
        let answer = app.browser().sign_in(ADA).await.expect(200).json();
        assert_eq!(answer["last_sign_in"], json!({"at": "2023-11-14T22:13:30Z", "address": "192.0.2.4"}));
    }

    async fn c54_r12_nothing_tells_a_stranger_about_a_user(app) {
        app.add_user("Acme", ADA).await;
        app.add_user("Acme", "locked@example.com").await;
        app.lock("locked@example.com").await;
        app.add_user_with_secret("factor@example.com", S1).await;
        app.add_user_who_needs_a_factor("none@example.com").await;
        app.add_user_with_secret("disabled@example.com", S1).await;
        app.execute("update totp_factors set disabled_at = 1").await;
        let wrong = app.browser().sign_in_with(ADA, "wrong password").await.expect_error(401, "invalid_credentials");
        for (email, password) in [
            ("nobody@example.com", PASSWORD), ("not an address", PASSWORD), ("", ""), (ADA, ""),
            ("locked@example.com", PASSWORD), ("locked@example.com", "wrong password"),
            ("factor@example.com", "wrong password"), ("none@example.com", "wrong password"),
            ("disabled@example.com", "wrong password"), (ADA, &"x".repeat(5000)), ("a\u{0}b@example.com", "x"),
        ] {
            let answer = app.browser().sign_in_with(email, password).await;
            assert_eq!((answer.status, &answer.body), (wrong.status, &wrong.body), "{email}");
            assert_eq!(comparable(&answer.headers), comparable(&wrong.headers), "{email}");
        }
    }

    async fn the_strictest_account_of_a_user_wins(app) {
        app.add_user("Acme", ADA).await;
        app.add_user("Beta", "bo@example.com").await;
        app.require_two_factor("Beta").await;
        app.execute("insert into memberships (account_id, user_id, created_at)
            select a.id, u.id, 0 from accounts a, users u where a.name = 'Beta' and u.email = 'ada@example.com'").await;
        let answer = app.browser().sign_in(ADA).await.expect(200).json();
        assert_eq!(answer["step"], "set_up");
        assert_eq!(answer["required_by"], json!(["Beta"]));
    }

    async fn c02_a_user_name_that_no_app_can_show_is_refused_at_creation(_app) {
        for name in ["dom:alice@example.com", "a:b", "a@b:c"] {
            assert!(Email::parse(name).is_err(), "{name}");
        }
    }

    async fn c92_however_the_name_is_written_it_is_one_user(app) {
        app.add_user("Acme", "Alice@Example.com").await;
        for email in ["alice@example.com", "ALICE@EXAMPLE.COM", " alice@example.com "] {
            let answer = app.browser().sign_in(email).await.expect(200).json();
            assert_eq!(answer["user"]["email"], "alice@example.com");
        }
    }

    async fn c92_a_second_user_of_the_same_folded_name_is_refused(app) {
        app.add_user("Acme", "Alice@Example.com").await;
        let email = &Email::parse("ALICE@example.com").unwrap();
        let password_hash = &app.state.hasher.hash(&Password::new(PASSWORD.to_owned())).unwrap();
        let user = NewUser { id: "2", email, name: "", account: "Acme", admin: false, active: true, password_hash, temporary: false };
        assert_eq!(users::add(&app.state.db, &user, app.now()).await.unwrap(), Added::EmailTaken);
    }

    async fn c92_look_alikes_of_a_name_are_unknown_users(app) {
        app.add_user("Acme", "alice@example.com").await;
        for email in ["\u{FF41}lice@example.com", "al\u{200B}ice@example.com", "\u{430}lice@example.com",
            "alıce@example.com", "alice@example.com\u{0}", "alice@example.com."] {
            app.browser().sign_in(email).await.expect_error(401, "invalid_credentials");
        }
    }

    async fn c94_a_password_is_the_same_on_every_keyboard(app) {
        let (composed, decomposed) = ("Grüße-é-2026 Ａ", "Gru\u{308}ße-e\u{301}-2026 A");
        app.add_user_with_password("Acme", ADA, composed).await;
        app.add_user_with_password("Acme", "bo@example.com", decomposed).await;
        for email in [ADA, "bo@example.com"] {
            for password in [composed, decomposed] {
                app.browser().sign_in_with(email, password).await.expect(200);
            }
        }
    }

    async fn c96_r15_every_character_of_a_long_password_counts(app) {
        let password = format!("{}A", "x".repeat(99));
        app.add_user_with_password("Acme", ADA, &password).await;
        app.browser().sign_in_with(ADA, &format!("{}B", "x".repeat(99))).await.expect(401);
        app.browser().sign_in_with(ADA, &password[..72]).await.expect(401);
        app.browser().sign_in_with(ADA, &password).await.expect(200);
    }

    async fn a_password_is_compared_with_its_blanks_and_its_case(app) {
        app.add_user_with_password("Acme", ADA, " Spaces around ").await;
        for other in ["Spaces around", " spaces around ", " Spaces around"] {
            app.browser().sign_in_with(ADA, other).await.expect(401);
        }
        app.browser().sign_in_with(ADA, " Spaces around ").await.expect(200);
    }

    async fn r16_a_hash_of_older_parameters_is_renewed_at_the_next_log_in(app) {
        app.add_user("Acme", ADA).await;
        let node = app.node_with_hasher(PasswordHasher::new(128, 2, 2).unwrap()).await;
        node.browser().sign_in_with(ADA, "wrong password").await.expect(401);
        assert!(app.texts("select password_hash from users").await[0].contains("m=64,t=1,"));
        node.browser().sign_in(ADA).await.expect(200);
        let hash = app.texts("select password_hash from users").await.remove(0);
        assert!(hash.starts_with("$argon2id$") && hash.contains("m=128,t=2,"), "{hash}");
        node.browser().sign_in(ADA).await.expect(200);
    }

    async fn c91_a_locked_user_who_is_unlocked_gets_in_with_the_same_password(app) {
        app.add_user("Acme", ADA).await;
        app.lock(ADA).await;
        app.browser().sign_in(ADA).await.expect_error(401, "invalid_credentials");
        app.unlock(ADA).await;
        app.browser().sign_in(ADA).await.expect(200);
    }

    async fn r34_a_new_database_has_no_user(app) {
        assert_eq!(app.count("select count(*) from users").await, 0);
        for (email, password) in [("admin@example.com", "admin"), ("admin", "admin"), ("admin@localhost", "postern")] {
            app.browser().sign_in_with(email, password).await.expect(401);
        }
    }
}
