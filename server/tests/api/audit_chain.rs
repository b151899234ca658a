//! How the audit log grows, and how its beginning goes.

use futures::future::join_all;
use postern::audit::chaining::Chaining;
use postern::audit::found::Defect;
use postern::housekeeping;
use postern_testkit::{ADA, Portal, on_both_databases};

use crate::audit::{anchors, chain, faults, rows, verified};

/// Rows of the login history, one a second, from before the audit log.
async fn earlier_rows(portal: &Portal, count: i64) {
    let from = portal.now() - count - 1;
    portal
        .database
        .execute(&format!(
            "insert into login_history (id, at, user_id, account_id, email, address, factor, result)
         with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {count})
         select 'row' || n, {from} + n, null, null, '', '192.0.2.1', 'password', 'unknown_user' from numbers"
        ))
        .await;
}

async fn try_wrong_password(portal: &Portal) {
    portal.browser().sign_in_with("nobody@example.com", "wrong").await.expect(401);
}

on_both_databases! {
    async fn the_rows_of_an_existing_database_are_chained_in_the_order_of_their_times(portal) {
        portal.add_user("Acme", ADA).await;
        earlier_rows(portal, 1_234).await;
        assert_eq!(chain(portal).await, rows(portal).await);
        let out_of_order = "select count(*) from audit_entries a join audit_entries b
            on b.chain = a.chain and b.seq = a.seq + 1 and b.at < a.at";
        assert_eq!(portal.database.count(out_of_order).await, 0);
        let found = verified(portal, &[]).await;
        assert_eq!((found.began_at, found.faults.len()), (Some(portal.now()), 0));
        assert_eq!(chain(portal).await, 0);
    }

    async fn two_nodes_that_chain_at_once_give_every_row_one_entry(portal) {
        let nodes = [portal.clone(), portal.node().await, portal.node().await];
        earlier_rows(portal, 1_500).await;
        let work = |node: &Portal| {
            let mut chaining = Chaining::new(node.state.clone());
            async move {
                for _ in 0..40 {
                    drop(chaining.round().await);
                    tokio::task::yield_now().await;
                }
            }
        };
        let writing = async {
            for number in 0..20 {
                let row = format!(
                    "insert into login_history (id, at, user_id, account_id, email, address, factor, result)
                    values ('new{number}', {}, null, null, '', '192.0.2.1', 'password', 'unknown_user')",
                    portal.now()
                );
                portal.database.execute(&row).await;
            }
        };
        tokio::join!(join_all(nodes.iter().map(work)), writing);
        chain(portal).await;
        assert_eq!(portal.database.count("select count(*) from audit_entries").await.unsigned_abs(), rows(portal).await);
        assert_eq!(faults(portal).await, []);
    }

    async fn a_row_of_a_slow_transaction_is_chained_within_half_a_minute(portal) {
        let mut chaining = Chaining::new(portal.state.clone());
        chaining.round().await.unwrap();
        try_wrong_password(portal).await;
        portal.database.execute("update login_history set at = at - 200").await;
        portal.advance(1);
        assert_eq!(chaining.round().await.unwrap(), 0, "most looks go back some seconds");
        portal.advance(30);
        assert_eq!(chaining.round().await.unwrap(), 1);
        assert_eq!(faults(portal).await, []);
    }

    async fn rows_that_are_written_while_no_server_runs_wait_for_the_next_start(portal) {
        chain(portal).await;
        portal.advance(86_400);
        try_wrong_password(portal).await;
        portal.advance(86_400);
        let found = verified(portal, &[]).await;
        assert_eq!((found.waiting, found.faults.len()), (1, 0));
        assert_eq!(chain(portal).await, 1);
        assert_eq!(verified(portal, &[]).await.waiting, 0);
    }

    async fn a_clock_that_was_ahead_for_a_while_leaves_no_row_without_an_entry(portal) {
        portal.advance(86_400);
        try_wrong_password(portal).await;
        chain(portal).await;
        portal.set_clock(portal.now() - 86_400);
        try_wrong_password(portal).await;
        assert_eq!(chain(portal).await, 1);
        assert_eq!(faults(portal).await, []);
    }

    async fn a_chain_whose_head_is_damaged_holds_up_no_other(portal) {
        portal.add_user("Acme", ADA).await;
        try_wrong_password(portal).await;
        chain(portal).await;
        portal.database.execute("update audit_chains set head_sealed = head_sealed || 'AAAA' where id <> 'portal'").await;
        portal.browser().sign_in_with(ADA, "wrong").await.expect(401);
        try_wrong_password(portal).await;
        let error = Chaining::new(portal.state.clone()).round().await.unwrap_err();
        assert!(format!("{error:#}").contains("the head of the chain"), "{error:#}");
        let found = verified(portal, &[]).await;
        assert_eq!((found.waiting, found.faults.len(), found.faults[0].defect), (1, 1, Defect::HeadDamaged));
    }

    async fn what_is_too_old_is_removed_and_the_rest_stays_provable(portal) {
        portal.add_user("Acme", ADA).await;
        try_wrong_password(portal).await;
        chain(portal).await;
        let early = anchors(portal).await;
        portal.advance(20 * 86_400);
        for _ in 0..3 {
            try_wrong_password(portal).await;
        }
        chain(portal).await;
        let late = anchors(portal).await;
        portal.advance(20 * 86_400);
        for _ in 0..(41 * 24) {
            housekeeping::clean_up(&portal.state).await.unwrap();
        }
        assert_eq!((rows(portal).await, portal.database.count("select count(*) from audit_entries").await), (3, 3));
        let found = verified(portal, &[early.as_slice(), &late].concat()).await;
        assert_eq!((found.entries, found.removed, found.faults.len()), (3, 0, 0));
        assert!(found.kept_from > 0 && found.anchors + found.old_anchors == 4, "{found:?}");
        try_wrong_password(portal).await;
        assert_eq!(chain(portal).await, 1, "the chain goes on");
        assert_eq!(faults(portal).await, []);
        portal.database.execute("delete from login_history where id = (select min(id) from login_history)").await;
        let found = faults(portal).await;
        assert_eq!((found.len(), found[0].defect, found[0].seq), (1, Defect::Missing, Some(2)));
    }

    async fn an_old_row_behind_a_newer_one_is_removed_and_its_entry_says_so(portal) {
        try_wrong_password(portal).await;
        chain(portal).await;
        try_wrong_password(portal).await;
        portal.database.execute("update login_history set at = at - 250 where id = (select max(id) from login_history)").await;
        chain(portal).await;
        portal.advance(30 * 86_400 - 100);
        for _ in 0..(31 * 24) {
            housekeeping::clean_up(&portal.state).await.unwrap();
        }
        let found = verified(portal, &[]).await;
        assert_eq!((rows(portal).await, found.entries, found.removed), (1, 2, 1));
        assert_eq!(found.faults, []);
    }

    async fn no_row_is_removed_before_its_removal_is_noted(portal) {
        try_wrong_password(portal).await;
        chain(portal).await;
        portal.database.execute("update audit_state set state_sealed = state_sealed || 'AAAA'").await;
        portal.advance(40 * 86_400);
        for _ in 0..(41 * 24) {
            housekeeping::clean_up(&portal.state).await.unwrap();
        }
        assert_eq!(rows(portal).await, 1);
    }
}
