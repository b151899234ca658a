//! Sessions: how they begin, what their cookies are, and how they end.

use postern_testkit::{ADA, on_both_databases};

on_both_databases! {
    async fn r23_the_token_is_new_at_every_step_and_the_old_one_is_dead(portal) {
        let key = portal.add_user_with_factor(ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        let mut with_password = browser.clone();
        browser.code(&portal.code(&key)).await.expect(200);
        assert_ne!(browser.session(), with_password.session());
        assert_eq!(with_password.step().await, "credentials");
        assert_eq!(browser.step().await, "signed_in");
    }

    async fn r23_only_the_hash_of_a_token_is_stored(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        let stored = portal.database.texts("select token_hash from sessions").await;
        assert_eq!(stored.len(), 1);
        assert_eq!(stored[0].len(), 64);
        assert_ne!(Some(&stored[0]), browser.session().as_ref());
    }

    async fn a_planted_cookie_is_never_adopted(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser();
        let planted = "A".repeat(43);
        browser.cookies.insert(postern::http::cookies::SESSION_COOKIE.to_owned(), planted.clone());
        browser.sign_in(ADA).await.expect(200);
        assert_ne!(browser.session(), Some(planted));
    }

    async fn r26_a_session_ends_when_it_is_idle_for_an_hour(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        for _ in 0..3 {
            portal.advance(3500);
            assert_eq!(browser.step().await, "signed_in");
        }
        portal.advance(3600);
        assert_eq!(browser.step().await, "credentials");
        assert_eq!(browser.session(), None, "the dead cookie is removed");
    }

    async fn r26_a_session_ends_after_24_hours_however_much_it_is_used(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        for _ in 0..47 {
            portal.advance(1800);
            assert_eq!(browser.step().await, "signed_in");
        }
        portal.advance(1800);
        assert_eq!(browser.step().await, "credentials");
    }

    async fn a_reset_ends_everything_and_the_next_log_in_sets_up_again(portal) {
        let key = portal.add_user_with_factor(ADA).await;
        let (mut full, mut pending) = (portal.browser(), portal.browser());
        full.sign_in(ADA).await.expect(200);
        full.code(&portal.code(&key)).await.expect(200);
        pending.sign_in(ADA).await.expect(200);
        portal.reset(ADA).await;
        portal.advance(30);
        assert_eq!(full.step().await, "credentials");
        pending.code(&portal.code(&key)).await.expect_error(401, "session_expired");
        let step = portal.browser().sign_in(ADA).await.expect(200).json();
        assert_eq!(step["step"], "set_up");
        assert_ne!(step["security_key"], key.as_str());
    }
}
