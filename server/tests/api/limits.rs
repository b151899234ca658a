//! The limits of docs/limits.md, simulated: many guesses, a clock that jumps to the next chance, the real statements.

use futures::future::join_all;
use postern::auth::lane::PLACES;
use postern::auth::password::PasswordHasher;
use postern::auth::throttle::policy::{CLEAN, CODE_BUDGET, NETWORK, PERSON, USER, WIDE_PAIR};
use postern::auth::throttle::{code_counters, password_counters};
use postern::clock::SKEW_S;
use postern::ids::UserId;
use postern::store::attempts::{self, Taken};
use postern::store::sessions;
use postern_testkit::{ADA, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};

const WRONG: &str = "wrong password";

/// Whether a guess at Ada's password from this address would be compared at this time.
async fn is_compared(portal: &Portal, address: &str, at: i64) -> bool {
    let counters = password_counters(ADA, address.parse().unwrap(), None);
    matches!(attempts::take(&portal.state.db, &counters, at).await.unwrap(), Taken::Counted(_))
}

on_both_databases! {
    async fn one_wide_network_compares_one_password_every_15_minutes_however_many_addresses_it_has(portal) {
        let (start, hours) = (portal.state.clock.now(), 24);
        let mut compared = 0;
        for minute in 0..hours * 60 {
            let address = format!("2001:db8:0:{minute:x}::1");
            compared += i64::from(is_compared(portal, &address, start + minute * 60).await);
        }
        let steady = hours * 3600 / WIDE_PAIR.longest_wait_s;
        assert!((steady / 2..=WIDE_PAIR.most() + steady).contains(&compared), "{compared}");
    }

    async fn twenty_networks_compare_no_more_than_the_ceiling_and_their_own_clean_tries(portal) {
        let (start, hours, networks) = (portal.state.clock.now(), 6, 20);
        let mut compared = 0;
        for minute in 0..hours * 60 {
            for network in 0..networks {
                let address = format!("10.1.{network}.{}", minute % 250);
                compared += i64::from(is_compared(portal, &address, start + minute * 60).await);
            }
        }
        let seconds = hours * 3600;
        let clean = networks * (CLEAN + 1 + seconds / WIDE_PAIR.forget_one_s);
        let bound = USER.most() + seconds / USER.forget_one_s + clean;
        assert!((USER.free..=bound).contains(&compared), "{compared} of {bound}");
        assert!(is_compared(portal, "192.0.2.1", start + seconds).await, "a clean network is not held up");
    }

    async fn a_counter_forgets_while_it_is_in_use(portal) {
        let start = portal.state.clock.now();
        let counters = &password_counters(ADA, "192.0.2.1".parse().unwrap(), None)[1..2];
        assert_eq!(counters[0].policy, NETWORK);
        for _ in 0..NETWORK.free {
            assert_eq!(attempts::take(&portal.state.db, counters, start).await.unwrap(), Taken::Counted(1));
        }
        let mut compared = 0;
        for second in 1..=500 {
            let taken = attempts::take(&portal.state.db, counters, start + second).await.unwrap();
            compared += i64::from(taken == Taken::Counted(1));
        }
        let forgotten = 500 / NETWORK.forget_one_s;
        assert!((forgotten / 2..=forgotten + NETWORK.most() - NETWORK.free).contains(&compared), "{compared}");
        attempts::forgive(&portal.state.db, counters, start + 500).await.unwrap();
        assert_eq!(attempts::take(&portal.state.db, counters, start + 500).await.unwrap(), Taken::Counted(1));
    }

    async fn tries_without_an_answer_are_forgotten_too(portal) {
        let start = portal.state.clock.now();
        for _ in 0..PERSON.free {
            assert!(is_compared(portal, "192.0.2.1", start).await);
        }
        assert!(is_compared(portal, "192.0.2.1", start + PERSON.forget_one_s).await);
        assert!(is_compared(portal, "192.0.2.1", start + PERSON.forget_one_s).await, "one of three was forgotten");
    }

    async fn a_known_browser_gets_in_while_one_network_floods_the_queue(portal) {
        portal.add_user("Acme", ADA).await;
        let node = portal.node_with_hasher(PasswordHasher::new(8 * 1024, 1, 1).unwrap()).await;
        let mut known = node.browser().at("2001:db8:ffff::1");
        known.sign_in(ADA).await.expect(200);
        let flood: Vec<_> = (0..PLACES + 6)
            .map(|n| {
                let mut stranger = node.browser().at(&format!("2001:db8:1:{n:x}::1"));
                tokio::spawn(async move { stranger.sign_in_with(&format!("made-up-{n}@example.com"), WRONG).await.status })
            })
            .collect();
        while !flood.iter().any(tokio::task::JoinHandle::is_finished) {
            tokio::task::yield_now().await;
        }
        known.sign_in(ADA).await.expect(200);
        node.browser().at("192.0.2.1").sign_in(ADA).await.expect(200);
        let answered = flood.iter().filter(|request| request.is_finished()).count();
        assert!(answered < flood.len(), "somebody of the flood still waits");
        flood.iter().for_each(tokio::task::JoinHandle::abort);
    }

    async fn a_thief_who_has_the_password_holds_up_no_known_browser_and_no_clean_network_at_the_code(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut known = portal.ticket(ADA).await;
        known.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        known.sign_out().await.expect(200);
        for _ in 0..5 {
            portal.ticket(ADA).await.code("000000").await.expect(401);
        }
        portal.advance(1);
        portal.ticket(ADA).await.code("000000").await.expect_error(429, "throttled");
        let mut elsewhere = portal.browser().at("192.0.2.9");
        elsewhere.sign_in(ADA).await.expect(200);
        elsewhere.code("111111").await.expect(401);
        portal.advance(29);
        known.sign_in(ADA).await.expect(200);
        known.code(&portal.code(RFC_6238_KEY)).await.expect(200);
    }

    async fn the_daily_log_in_of_a_user_gives_nobody_who_has_the_password_more_guesses(portal) {
        let id = portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut known = portal.ticket(ADA).await;
        known.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        let user_id = UserId::named(id);
        let (days, networks) = (15, 10);
        let mut compared = 0;
        for _ in 0..days {
            for _ in 0..6 {
                portal.advance(4 * 3600);
                for network in 0..networks {
                    let address = format!("10.1.{network}.1").parse().unwrap();
                    let counters = code_counters(&user_id, address, None);
                    let taken = attempts::take(&portal.state.db, &counters, portal.now()).await.unwrap();
                    compared += i64::from(matches!(taken, Taken::Counted(_)));
                }
            }
            known.sign_in(ADA).await.expect(200);
            known.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        }
        let bound = CODE_BUDGET.most() + days * 86_400 / CODE_BUDGET.forget_one_s;
        assert!((CODE_BUDGET.free..=bound).contains(&compared), "{compared} of {bound}");
        portal.browser().at("192.0.2.9").sign_in(ADA).await.expect(200);
        portal.reset(ADA).await;
        let left = "select count(*) from attempts where key like 'code-budget:%'";
        assert_eq!(portal.database.count(left).await, 0, "a reset begins anew");
    }

    async fn a_new_password_renews_the_budget_that_somebody_with_the_old_one_has_used_up(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut own = portal.ticket(ADA).await;
        own.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        let (wait, now) = (portal.now() + 28_800, portal.now());
        let used_up = format!("update attempts set failures = 51, retry_at = {wait}, last_at = {now} where key like 'code-budget:%'");
        portal.database.execute(&used_up).await;
        portal.ticket(ADA).await.code("000000").await.expect_error(429, "throttled");
        let change = serde_json::json!({"current_password": postern_testkit::PASSWORD, "new_password": "quiet harbour lamp anchor"});
        own.post(postern_types::route::MY_PASSWORD, change).await.expect(200);
        portal.advance(30);
        let code = serde_json::json!({"code": portal.code(RFC_6238_KEY)});
        own.post(postern_types::route::STEP_UP, code).await.expect(200);
    }

    async fn browsers_that_were_known_without_a_second_factor_are_unknown_after_its_set_up(portal) {
        portal.add_user("Acme", ADA).await;
        let mut thief = portal.browser();
        thief.sign_in(ADA).await.expect(200);
        portal.require_two_factor("Acme").await;
        let mut own = portal.browser();
        let key = own.begin_set_up(ADA).await;
        own.confirm(&portal.code(&key)).await.expect(200);
        thief.sign_in(ADA).await.expect(200);
        thief.code("000000").await.expect_error(401, "invalid_code");
        let known = "select count(*) from attempts where key like 'code-browser:%'";
        assert_eq!(portal.database.count(known).await, 0);
        assert_eq!(portal.database.count("select failures from attempts where key like 'code-budget:%'").await, 1);
    }

    async fn a_correct_code_of_an_unknown_browser_costs_none_of_the_budget(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        for _ in 0..60 {
            portal.ticket(ADA).await.code(&portal.code(RFC_6238_KEY)).await.expect(200);
            portal.advance(30);
        }
    }

    async fn of_300_correct_log_ins_from_one_address_at_two_nodes_none_waits(portal) {
        let users: Vec<String> = (0..10).map(|n| format!("user{n}@example.com")).collect();
        for user in &users {
            portal.add_user("Acme", user).await;
        }
        let nodes = [portal.node().await, portal.node().await];
        for _ in 0..15 {
            let log_ins = users.iter().flat_map(|user| nodes.iter().map(move |node| (user, node.browser().at("192.0.2.1"))));
            let answers = join_all(log_ins.map(|(user, mut browser)| async move { browser.sign_in(user).await.status })).await;
            assert!(answers.iter().all(|status| *status == 200), "{answers:?}");
        }
    }

    async fn a_code_sent_twice_by_one_browser_is_one_log_in(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        let mut twice = browser.clone();
        let code = portal.code(RFC_6238_KEY);
        let answers = join_all([browser.code(&code), twice.code(&code)]).await;
        for answer in &answers {
            assert!(answer.status == 200 || answer.json()["error"] == "session_expired", "{answer:?}");
        }
        assert_eq!(portal.results("signed_in").await, 1);
        assert_eq!(portal.results("replayed").await, 0);
        assert_eq!(answers.iter().filter(|answer| answer.headers.contains_key("set-cookie")).count(), 1);
        portal.ticket(ADA).await.code(&code).await.expect_error(401, "invalid_code");
    }

    async fn the_log_in_of_another_user_of_the_browser_clears_no_counter(portal) {
        portal.add_user("Acme", ADA).await;
        portal.add_user("Acme", "bo@example.com").await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        let mut compared = 0;
        for _ in 0..10 {
            browser.sign_in("bo@example.com").await.expect(200);
            compared += i64::from(browser.sign_in_with(ADA, WRONG).await.status == 401);
        }
        assert_eq!(compared, PERSON.free + 1);
    }

    async fn clocks_that_differ_by_up_to_two_minutes_switch_no_counter_off(portal) {
        let start = portal.state.clock.now();
        for skew in [0, 1, 10, 60, SKEW_S] {
            let user = format!("user{skew}@example.com");
            let mut compared = 0;
            for second in 0..600 {
                let counters = password_counters(&user, "192.0.2.1".parse().unwrap(), None);
                let now = start + second + if second % 2 == 0 { skew } else { 0 };
                let taken = attempts::take(&portal.state.db, &counters[..1], now).await.unwrap();
                compared += i64::from(matches!(taken, Taken::Counted(_)));
            }
            assert!((PERSON.free..=PERSON.most()).contains(&compared), "{skew} s apart: {compared}");
        }
    }

    async fn a_user_has_no_more_than_100_sessions_and_the_one_used_last_stays(portal) {
        portal.add_user("Acme", ADA).await;
        let mut first = portal.browser();
        first.sign_in(ADA).await.expect(200);
        for n in 0..sessions::MOST + 5 {
            portal.advance(1);
            if n == 50 {
                portal.advance(360);
                assert_eq!(first.step().await, "signed_in");
                portal.state.sessions.write_uses().await.unwrap();
            }
            portal.browser().at(&format!("192.0.{n}.1")).sign_in(ADA).await.expect(200);
        }
        assert_eq!(portal.database.count("select count(*) from sessions").await, sessions::MOST);
        assert_eq!(first.step().await, "signed_in");
    }

    async fn the_token_of_a_known_browser_is_new_at_each_log_in_and_a_planted_one_is_never_known(portal) {
        portal.add_user("Acme", ADA).await;
        let planted = "A".repeat(43);
        let mut browser = portal.browser();
        browser.cookies.insert("__Host-postern-browser".to_owned(), planted.clone());
        browser.sign_in(ADA).await.expect(200);
        let first = browser.cookies["__Host-postern-browser"].clone();
        browser.sign_in(ADA).await.expect(200);
        let second = browser.cookies["__Host-postern-browser"].clone();
        assert!(planted != first && first != second);
        assert_eq!(portal.database.count("select count(*) from known_browsers").await, 1);
        for n in 0..20 {
            portal.browser().at(&format!("192.0.{n}.1")).sign_in(ADA).await.expect(200);
            portal.advance(1);
        }
        assert_eq!(portal.database.count("select count(*) from known_browsers").await, 10);
    }
}
