//! The audit log against somebody who can write to the database and knows how the log works: what hides a row, an earlier state, or the
//! whole log.

use postern::audit::chaining::Chaining;
use postern::audit::found::Defect;
use postern::audit::retention;
use postern_testkit::{ADA, Portal, on_both_databases};

use crate::audit::{assert_only, chain, faults, rows, scene};

/// Adds a row to the record of administration of an account.
async fn insert_event(portal: &Portal, account: &str, id: &str, at: i64) {
    let insert = format!(
        "insert into events (id, at, account_id, actor, subject, what, detail, address)
        values ('{id}', {at}, '{account}', '', '', 'user_added', '\"none\"', '')"
    );
    portal.database.execute(&insert).await;
}

/// Keeps a copy of a table.
async fn keep(portal: &Portal, table: &str) {
    portal.database.execute(&format!("create table kept_{table} as select * from {table}")).await;
}

/// Adds one row to the chain of Acme.
async fn one_more(portal: &Portal) {
    portal.browser().sign_in_with(ADA, "wrong").await.expect(401);
    portal.advance(3_600);
    assert_eq!(chain(portal).await, 1);
    assert_eq!(faults(portal).await, []);
}

async fn empty_the_log(portal: &Portal) {
    for table in ["audit_entries", "audit_chains", "audit_state"] {
        portal.database.execute(&format!("delete from {table}")).await;
    }
}

on_both_databases! {
    async fn an_entry_before_the_beginning_hides_no_row(portal) {
        let (acme, _) = scene(portal).await;
        insert_event(portal, &acme, "old", portal.now() - 86_400).await;
        for seq in [0, -1, i64::MIN] {
            let entry = format!("insert into audit_entries (chain, seq, version, kind, row_id, at, row_hash, hash)
                values ('{acme}', {seq}, 1, 'event', 'old', 0, '', '')");
            portal.database.execute(&entry).await;
            assert_only(&faults(portal).await, Defect::Inserted, &acme, seq, Some("old"));
            portal.database.execute("delete from audit_entries where row_id = 'old'").await;
        }
    }

    async fn an_earlier_state_beside_later_heads_is_found(portal) {
        let (acme, _) = scene(portal).await;
        keep(portal, "audit_state").await;
        let then = portal.now();
        one_more(portal).await;
        portal.database.execute("update audit_state set state_sealed = (select state_sealed from kept_audit_state)").await;
        insert_event(portal, &acme, "old", then).await;
        let entries = portal.database.count("select count(*) from audit_entries").await;
        let error = Chaining::new(portal.state.clone()).round().await.unwrap_err().to_string();
        assert!(error.contains("put back"), "{error}");
        assert_eq!(portal.database.count("select count(*) from audit_entries").await, entries);
        let found: Vec<_> = faults(portal).await.into_iter().map(|it| (it.defect, it.chain.to_string())).collect();
        assert_eq!(found, [(Defect::PutBack, "portal".to_owned())]);
    }

    async fn a_chain_that_was_put_back_with_its_head_and_its_rows_is_found(portal) {
        let (acme, _) = scene(portal).await;
        keep(portal, "audit_chains").await;
        one_more(portal).await;
        let last = format!("select max(seq) from audit_entries where chain = '{acme}'");
        portal.database.execute(&format!("delete from login_history where id in
            (select row_id from audit_entries where chain = '{acme}' and seq = ({last}))")).await;
        portal.database.execute(&format!("delete from audit_entries where chain = '{acme}' and seq = ({last})")).await;
        portal.database.execute(&format!("update audit_chains set head_sealed =
            (select head_sealed from kept_audit_chains where id = '{acme}') where id = '{acme}'")).await;
        let found: Vec<_> = faults(portal).await.into_iter().map(|it| it.defect).collect();
        assert_eq!(found, [Defect::PutBack]);
        assert!(Chaining::new(portal.state.clone()).round().await.is_err());
    }

    async fn a_log_that_was_emptied_does_not_begin_again_in_silence(portal) {
        scene(portal).await;
        empty_the_log(portal).await;
        for server in [portal.clone(), portal.node().await] {
            let error = Chaining::new(server.state.clone()).round().await.unwrap_err().to_string();
            assert!(error.contains("was removed"), "{error}");
            assert!(retention::note_removal(&server.state, 0).await.is_err());
        }
        assert_eq!(portal.database.count("select count(*) from audit_state").await, 0);
        let found: Vec<_> = faults(portal).await.into_iter().map(|it| it.defect).collect();
        assert_eq!(found, [Defect::HeadDamaged]);
    }

    async fn a_server_that_has_seen_the_log_begins_no_other_whatever_the_key_check_says(portal) {
        keep(portal, "meta").await;
        scene(portal).await;
        empty_the_log(portal).await;
        let earlier = "update meta set value = (select value from kept_meta where name = 'key_check') where name = 'key_check'";
        portal.database.execute(earlier).await;
        assert!(Chaining::new(portal.state.clone()).round().await.is_err());
        assert_eq!(chain(&portal.node().await).await, rows(portal).await, "a server that has never seen it");
    }

    async fn a_log_that_is_there_is_noted_in_a_key_check_that_does_not_know_it(portal) {
        keep(portal, "meta").await;
        scene(portal).await;
        let earlier = "update meta set value = (select value from kept_meta where name = 'key_check') where name = 'key_check'";
        portal.database.execute(earlier).await;
        chain(&portal.node().await).await;
        empty_the_log(portal).await;
        assert!(Chaining::new(portal.node().await.state.clone()).round().await.is_err());
    }
}
