//! Much at once, and much in one request.

use futures::future::join_all;
use postern::auth::password::PasswordHasher;
use postern::housekeeping;
use postern_testkit::{ADA, PASSWORD, on_both_databases};
use postern_types::route;
use serde_json::json;

on_both_databases! {
    async fn a_password_of_1_kb_and_of_4_kb_works(portal) {
        for length in [1024, 4096] {
            let (email, password) = (format!("user{length}@example.com"), "x".repeat(length));
            portal.add_user_with_password("Acme", &email, &password).await;
            portal.browser().sign_in_with(&email, &password).await.expect(200);
            portal.browser().sign_in_with(&email, &password[1..]).await.expect(401);
        }
    }

    async fn a_longer_password_is_answered_like_a_wrong_one(portal) {
        portal.add_user("Acme", ADA).await;
        let wrong = portal.browser().sign_in_with(ADA, "wrong password").await.expect(401);
        let long = portal.browser().sign_in_with(ADA, &format!("{PASSWORD}{}", "x".repeat(5000))).await;
        assert_eq!((long.status, long.body), (wrong.status, wrong.body));
    }

    async fn a_body_over_16_kib_is_refused_everywhere_and_costs_no_try(portal) {
        for size in [17_000, 1 << 20] {
            let body = json!({"email": ADA, "password": "x".repeat(size)});
            for path in [route::SIGN_IN, route::SIGN_OUT, route::SIGN_IN_CANCEL] {
                portal.browser().post(path, body.clone()).await.expect_error(413, "too_large");
            }
        }
        assert_eq!(portal.database.count("select count(*) from attempts").await, 0);
    }

    async fn a_body_of_just_under_16_kib_is_read(portal) {
        let empty = json!({"email": "", "password": ""}).to_string().len();
        let body = json!({"email": "", "password": "x".repeat(16 * 1024 - empty)});
        portal.browser().post(route::SIGN_IN, body).await.expect_error(401, "invalid_credentials");
    }

    async fn a_header_of_8_kb_does_no_harm(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser().with_header("user-agent", &"x".repeat(8192));
        browser.sign_in(ADA).await.expect(200);
        assert_eq!(portal.database.texts("select user_agent from sessions").await[0].len(), 256);
    }

    async fn of_200_log_ins_at_once_each_is_answered_and_health_answers_meanwhile(portal) {
        portal.add_user("Acme", ADA).await;
        // Slow enough that the queue fills.
        let node = portal.node_with_hasher(PasswordHasher::new(8192, 1, 2).unwrap()).await;
        let sign_ins = (0..200).map(|n| {
            let mut browser = node.browser().at(&format!("10.2.{n}.1"));
            async move { browser.sign_in(ADA).await }
        });
        let health = async {
            for _ in 0..50 {
                node.browser().get("/health/live").await.expect(200);
                node.browser().flow().await;
            }
        };
        let (answers, ()) = tokio::join!(join_all(sign_ins), health);
        assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 200 | 401 | 429 | 503)), "{answers:?}");
        let let_in = answers.iter().filter(|answer| answer.status == 200).count();
        assert!(let_in >= 66, "the running ones and those in the queue get in: {let_in}");
        assert!(answers.iter().any(|answer| answer.status == 503), "the queue is short");
        node.browser().sign_in(ADA).await.expect(200);
    }

    async fn a_log_in_that_was_turned_away_as_too_many_costs_no_try(portal) {
        portal.add_user("Acme", ADA).await;
        let node = portal.node_with_hasher(PasswordHasher::new(8192, 1, 1).unwrap()).await;
        let sign_ins = (0..100).map(|_| {
            let mut browser = node.browser();
            async move { browser.sign_in_with("nobody@example.com", "x").await.status.as_u16() }
        });
        let statuses = join_all(sign_ins).await;
        let looked_at = statuses.iter().filter(|status| **status == 401).count();
        assert_eq!(portal.database.count("select failures from attempts where key like 'pair:%'").await, looked_at as i64);
    }

    async fn fifty_parallel_log_ins_beside_the_clean_up_get_no_error(portal) {
        for n in 0..50 {
            portal.add_user("Acme", &format!("user{n}@example.com")).await;
        }
        let sign_ins = (0..50).map(|n| {
            let mut browser = portal.browser();
            async move { browser.sign_in(&format!("user{n}@example.com")).await.expect(200).step() }
        });
        let clean_up = async {
            for _ in 0..50 {
                housekeeping::clean_up(&portal.state).await.unwrap();
            }
        };
        let (steps, ()) = tokio::join!(join_all(sign_ins), clean_up);
        assert!(steps.iter().all(|step| step == "signed_in"));
        assert_eq!(portal.results("signed_in").await, 50);
    }

    async fn fifty_parallel_log_ins_of_one_user_from_one_address_get_no_error(portal) {
        portal.add_user("Acme", ADA).await;
        let sign_ins = (0..50).map(|_| {
            let mut browser = portal.browser();
            async move { browser.sign_in(ADA).await }
        });
        let answers = join_all(sign_ins).await;
        assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 200 | 429)), "{answers:?}");
        assert!(answers.iter().any(|answer| answer.status == 200));
    }

    async fn no_database_connection_is_held_while_a_password_is_hashed(portal) {
        let node = portal.node_with_hasher(PasswordHasher::new(32_768, 8, 10).unwrap()).await;
        let waiting: Vec<_> = (0..30)
            .map(|n| {
                let mut browser = node.browser().at(&format!("10.3.{n}.1"));
                tokio::spawn(async move { browser.sign_in_with("nobody@example.com", "x").await.status.as_u16() })
            })
            .collect();
        // More than the 8 connections of a pool have counted their attempt: they are at the hash, or wait for it.
        // Twenty have a turn.
        while portal.database.count("select count(*) from attempts where key like 'pair:%'").await < 12 {
            tokio::task::yield_now().await;
        }
        for _ in 0..5 {
            node.browser().flow().await;
            node.browser().get("/health/ready").await.expect(200);
        }
        let still_waiting = waiting.iter().filter(|task| !task.is_finished()).count();
        assert!(still_waiting > 0, "the database answered while passwords were hashed");
        for status in join_all(waiting).await {
            assert!(matches!(status.unwrap(), 401 | 503));
        }
    }
}
