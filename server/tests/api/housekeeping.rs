//! What is removed by itself.

use postern_testkit::{ADA, RFC_6238_SECRET, on_both_databases};

use crate::reset_requests::{has_factor, request, two_admins};

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

    async fn a_step_that_fails_holds_up_no_other_and_is_reported(portal) {
        portal.add_user("Acme", ADA).await;
        portal.browser().sign_in(ADA).await.expect(200);
        postern::housekeeping::clean_up(&portal.state).await.unwrap();
        portal.database.execute("update login_history set at = 1600000000").await;
        portal.database.execute("alter table places rename to lost").await;
        assert!(postern::housekeeping::clean_up(&portal.state).await.is_err());
        assert_eq!(portal.database.count("select count(*) from login_history").await, 0);
    }

    async fn a_reset_that_cannot_be_completed_holds_up_no_other(portal) {
        let (mut ada, _, bo) = two_admins(portal, 1).await;
        let dee = portal.add_user("Acme", "dee@example.com").await;
        portal.give_factor(&dee, RFC_6238_SECRET).await;
        let (stuck, _) = (request(&mut ada, &bo).await, request(&mut ada, &dee).await);
        portal.database.execute("create table obstacle (request_id text not null references reset_requests (id))").await;
        portal.database.execute(&format!("insert into obstacle values ('{stuck}')")).await;
        for _ in 0..2 {
            portal.advance(3600);
            postern::housekeeping::clean_up(&portal.state).await.unwrap();
        }
        assert_eq!((has_factor(portal, &bo).await, has_factor(portal, &dee).await), (true, false));
        portal.database.execute("drop table obstacle").await;
        postern::housekeeping::clean_up(&portal.state).await.unwrap();
        assert!(!has_factor(portal, &bo).await);
    }
}
