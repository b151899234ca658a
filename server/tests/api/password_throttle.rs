//! Wrong passwords: waits that grow and end, so that nobody is locked out by a stranger.

use postern_testkit::{ADA, Portal, on_both_databases};

const WRONG: &str = "wrong password";
const STRANGER: &str = "203.0.113.66";

/// One wrong password from an address; how long the next attempt would have to wait.
async fn wait_after_a_wrong_one(portal: &Portal, address: &str) -> i64 {
    portal.browser().at(address).sign_in_with(ADA, WRONG).await.expect_error(401, "invalid_credentials");
    let again = portal.browser().at(address).sign_in_with(ADA, WRONG).await;
    let seconds = again.expect_error(429, "throttled").json()["retry_after_s"].as_i64().unwrap();
    portal.advance(seconds);
    seconds
}

/// Wrong passwords from six addresses in each of 80 networks, each as soon as it is looked at; the longest wait between them.
async fn botnet(portal: &Portal) -> i64 {
    let mut longest = 0;
    for n in 0..480 {
        let mut bot = portal.browser().at(&format!("10.1.{}.{}", n % 80, n / 80));
        let answer = bot.sign_in_with(ADA, WRONG).await;
        if answer.status == 429 {
            let seconds = answer.json()["retry_after_s"].as_i64().unwrap();
            longest = longest.max(seconds);
            portal.advance(seconds);
            bot.sign_in_with(ADA, WRONG).await.expect(401);
        }
    }
    longest
}

on_both_databases! {
    async fn three_typing_errors_are_free_and_then_the_waits_double_up_to_15_minutes(portal) {
        portal.add_user("Acme", ADA).await;
        for _ in 0..3 {
            portal.browser().at(STRANGER).sign_in_with(ADA, WRONG).await.expect(401);
        }
        let mut waits = Vec::new();
        for _ in 0..12 {
            waits.push(wait_after_a_wrong_one(portal, STRANGER).await);
        }
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        portal.browser().at(STRANGER).sign_in(ADA).await.expect(200);
    }

    async fn after_100_wrong_passwords_of_a_stranger_the_user_gets_in_from_elsewhere_at_once(portal) {
        portal.add_user("Acme", ADA).await;
        for _ in 0..100 {
            portal.browser().at(STRANGER).sign_in_with(ADA, WRONG).await;
        }
        portal.browser().sign_in(ADA).await.expect(200);
    }

    async fn even_where_all_100_were_compared_and_from_the_same_address_after_the_bound(portal) {
        portal.add_user("Acme", ADA).await;
        for _ in 0..100 {
            portal.advance(900);
            portal.browser().at(STRANGER).sign_in_with(ADA, WRONG).await.expect(401);
        }
        assert_eq!(portal.results("wrong_password").await, 100);
        portal.browser().sign_in(ADA).await.expect(200);
        portal.advance(900);
        portal.browser().at(STRANGER).sign_in(ADA).await.expect(200);
    }

    async fn a_botnet_is_slowed_down_and_holds_up_neither_a_known_browser_nor_a_clean_network(portal) {
        portal.add_user("Acme", ADA).await;
        let mut known = portal.browser();
        known.sign_in(ADA).await.expect(200);
        let longest = botnet(portal).await;
        assert!((1..=60).contains(&longest), "{longest}");
        portal.browser().at("10.1.0.99").sign_in(ADA).await.expect_error(429, "throttled");
        known.sign_in(ADA).await.expect(200);
        portal.browser().at("192.0.2.1").sign_in_with(ADA, WRONG).await.expect(401);
        portal.browser().at("192.0.2.1").sign_in(ADA).await.expect(200);
    }

    async fn ever_new_addresses_of_one_network_are_one_place(portal) {
        portal.add_user("Acme", ADA).await;
        for n in 0..13 {
            portal.browser().at(&format!("2001:db8:0:{n}::1")).sign_in_with(ADA, WRONG).await.expect(401);
        }
        portal.browser().at("2001:db8:0:ffff::1").sign_in(ADA).await.expect_error(429, "throttled");
        portal.browser().at("2001:db8:1::1").sign_in(ADA).await.expect(200);
    }

    async fn after_105_typing_errors_behind_one_address_colleagues_with_right_passwords_get_in(portal) {
        for n in 0..35 {
            for _ in 0..3 {
                portal.browser().sign_in_with(&format!("typist{n}@example.com"), WRONG).await;
            }
        }
        for n in 0..15 {
            portal.add_user("Acme", &format!("user{n}@example.com")).await;
        }
        portal.advance(30);
        for n in 0..15 {
            portal.browser().sign_in(&format!("user{n}@example.com")).await.expect(200);
        }
    }

    async fn a_known_browser_is_known_for_its_own_user_alone(portal) {
        portal.add_user("Acme", ADA).await;
        portal.add_user("Acme", "bo@example.com").await;
        let mut bo = portal.browser();
        bo.sign_in("bo@example.com").await.expect(200);
        for _ in 0..4 {
            bo.sign_in_with(ADA, WRONG).await.expect(401);
        }
        portal.browser().sign_in(ADA).await.expect_error(429, "throttled");
    }

    async fn a_known_browser_has_waits_of_its_own(portal) {
        portal.add_user("Acme", ADA).await;
        let mut known = portal.browser();
        known.sign_in(ADA).await.expect(200);
        for _ in 0..4 {
            known.sign_in_with(ADA, WRONG).await.expect(401);
        }
        assert_eq!(known.sign_in(ADA).await.expect_error(429, "throttled").header("retry-after"), "2");
        portal.browser().sign_in(ADA).await.expect(200);
    }

    async fn guessing_many_users_from_one_network_is_slowed_by_half_a_minute_at_most(portal) {
        portal.add_user("Acme", ADA).await;
        let mut longest = 0;
        for n in 0..130 {
            let mut spray = portal.browser().at(STRANGER);
            let email = format!("user{n}@example.com");
            let answer = spray.sign_in_with(&email, WRONG).await;
            if answer.status == 429 {
                let seconds = answer.json()["retry_after_s"].as_i64().unwrap();
                longest = longest.max(seconds);
                portal.advance(seconds);
                spray.sign_in_with(&email, WRONG).await.expect(401);
            }
        }
        assert!((1..=30).contains(&longest), "{longest}");
        portal.browser().sign_in(ADA).await.expect(200);
    }

    async fn a_right_password_clears_the_persons_own_waits_and_not_the_networks_count(portal) {
        portal.add_user("Acme", ADA).await;
        for _ in 0..3 {
            portal.browser().sign_in_with(ADA, WRONG).await.expect(401);
            portal.browser().sign_in_with("nobody@example.com", WRONG).await.expect(401);
        }
        portal.browser().sign_in(ADA).await.expect(200);
        assert_eq!(portal.database.count("select count(*) from attempts where key like 'pair:%'").await, 1);
        assert_eq!(portal.database.count("select failures from attempts where key like 'network:%'").await, 6);
        portal.browser().sign_in_with(ADA, WRONG).await.expect(401);
    }

    async fn wrong_passwords_are_counted_and_recorded_for_good(portal) {
        portal.add_user("Acme", ADA).await;
        for _ in 0..8 {
            portal.browser().sign_in_with(ADA, WRONG).await;
        }
        for kind in ["pair", "wide-pair", "network", "wide-network"] {
            let counted: Vec<String> =
                portal.database.texts("select key || '=' || failures from attempts order by key").await;
            assert!(counted.iter().any(|row| row.starts_with(kind) && row.ends_with("=4")), "{counted:?}");
        }
        assert_eq!(portal.results("wrong_password").await, 4);
    }

    async fn spelling_the_name_otherwise_does_not_dodge_the_waits(portal) {
        portal.add_user("Acme", ADA).await;
        for email in ["ADA@example.com", " ada@example.com", "ada@EXAMPLE.com\t", "Ada@Example.Com"] {
            portal.browser().sign_in_with(email, WRONG).await.expect(401);
        }
        portal.browser().sign_in(ADA).await.expect_error(429, "throttled");
    }

    async fn an_unknown_name_is_slowed_like_a_known_one(portal) {
        portal.add_user("Acme", ADA).await;
        let mut waits = Vec::new();
        for (email, address) in [(ADA, "192.0.2.1"), ("nobody@example.com", "192.0.2.2"), ("no address", "192.0.2.3")] {
            let mut answers = Vec::new();
            for _ in 0..6 {
                let answer = portal.browser().at(address).sign_in_with(email, WRONG).await;
                answers.push((answer.status, answer.body));
            }
            waits.push(answers);
        }
        assert!(waits[0] == waits[1] && waits[1] == waits[2], "{waits:?}");
    }

    async fn the_waits_for_passwords_survive_a_restart(portal) {
        portal.add_user("Acme", ADA).await;
        for _ in 0..4 {
            portal.browser().sign_in_with(ADA, WRONG).await.expect(401);
        }
        portal.node().await.browser().sign_in(ADA).await.expect_error(429, "throttled");
    }

    async fn what_was_typed_as_a_name_is_stored_nowhere(portal) {
        portal.browser().sign_in_with("my-Password-by-mistake", WRONG).await.expect(401);
        let mut stored = portal.database.texts("select key from attempts").await;
        stored.extend(portal.database.texts("select coalesce(user_id, '') || address || factor || result from login_history").await);
        assert_eq!(stored.len(), 5);
        assert!(stored.iter().all(|text| !text.to_lowercase().contains("mistake")), "{stored:?}");
    }

    async fn a_clock_that_was_set_back_holds_nobody_up_for_longer_than_the_bound(portal) {
        portal.add_user("Acme", ADA).await;
        portal.browser().sign_in(ADA).await.expect(200);
        portal.browser().sign_in_with(ADA, WRONG).await.expect(401);
        portal.advance(-86_400);
        portal.browser().sign_in(ADA).await.expect(200);
    }

    async fn a_free_try_does_not_wait_for_one_that_read_a_later_clock(portal) {
        portal.add_user("Acme", ADA).await;
        portal.browser().sign_in_with(ADA, WRONG).await.expect(401);
        portal.advance(-1);
        portal.browser().sign_in(ADA).await.expect(200);
    }
}
