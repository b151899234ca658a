//! What is removed by itself.

use postern_testkit::{ADA, on_both_databases};

on_both_databases! {
    async fn cleaning_up_removes_what_has_ended_and_nothing_else(portal) {
        portal.add_user("Acme", ADA).await;
        let mut live = portal.browser();
        portal.browser().sign_in(ADA).await.expect(200);
        portal.advance(3000);
        live.sign_in(ADA).await.expect(200);
        portal.advance(1000);
        postern::housekeeping::clean_up(&portal.state).await.unwrap();
        assert_eq!(portal.database.count("select count(*) from sessions").await, 1);
        assert_eq!(live.step().await, "signed_in");
    }

    async fn a_clock_that_jumps_ahead_erases_no_record(portal) {
        portal.add_user("Acme", ADA).await;
        portal.browser().sign_in(ADA).await.expect(200);
        let rows = async || {
            let mut rows = Vec::new();
            for table in ["login_history", "known_browsers", "sessions"] {
                rows.push(portal.database.count(&format!("select count(*) from {table}")).await);
            }
            rows
        };
        let before = rows().await;
        let ten_years = 10 * 365 * 86_400;
        portal.advance(ten_years);
        for _ in 0..3 {
            postern::housekeeping::clean_up(&portal.state).await.unwrap();
        }
        assert_eq!(rows().await[..2], before[..2]);
        portal.advance(-ten_years);
        postern::housekeeping::clean_up(&portal.state).await.unwrap();
        assert_eq!(rows().await[..2], before[..2]);
    }

    async fn after_a_long_pause_the_clean_up_catches_up(portal) {
        portal.add_user("Acme", ADA).await;
        portal.browser().sign_in(ADA).await.expect(200);
        portal.advance(32 * 86_400);
        for _ in 0..(31 * 24) {
            postern::housekeeping::clean_up(&portal.state).await.unwrap();
        }
        assert_eq!(portal.database.count("select count(*) from login_history").await, 0);
    }

    async fn what_is_removed_in_several_steps_is_removed_whole(portal) {
        portal.database.execute_with(
            "insert into login_history (id, at, user_id, account_id, email, address, factor, result)
             with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 450)
             select 'row' || n, 1600000000, null, null, '', '192.0.2.1', 'password', 'unknown_user' from numbers",
            &[],
        ).await;
        portal.browser().sign_in_with("nobody@example.com", "x").await.expect(401);
        postern::housekeeping::clean_up(&portal.state).await.unwrap();
        assert_eq!(portal.database.count("select count(*) from login_history").await, 1);
    }
}
