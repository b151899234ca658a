//! The audit log against somebody who can write to the database and knows how the log works: what hides a row, an earlier state, or the
//! whole log.

use std::iter;

use postern::audit::anchor_lines::{AnchorLines, Counts};
use postern::audit::chaining::Chaining;
use postern::audit::found::Defect;
use postern::audit::retention;
use postern::audit::verify::{Scope, verify};
use postern::config::DatabaseUrl;
use postern_testkit::{ADA, Portal, on_both_databases};

use crate::audit::{anchors, assert_only, chain, faults, rows, scene, scope, verified};

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

    async fn a_row_from_before_what_was_kept_is_named_when_history_is_longer(portal) {
        let (acme, _) = scene(portal).await;
        retention::note_removal(&portal.state, portal.now() - 30 * 86_400).await.unwrap();
        insert_event(portal, &acme, "old", portal.now() - 40 * 86_400).await;
        let found = verified(portal, &[]).await;
        assert_eq!((found.old_rows, found.faults), (1, Vec::new()));
        let (db, cipher) = (&portal.state.db, &portal.state.cipher);
        let longer = Scope { history_days: 365, ..scope(portal) };
        let found = verify(db, cipher, longer, iter::empty()).await.unwrap();
        let faults: Vec<_> = found.faults.iter().map(|it| (it.defect, it.row.as_deref())).collect();
        assert_eq!((found.old_rows, faults), (0, vec![(Defect::Inserted, Some("old"))]));
    }

    async fn a_forged_line_in_the_log_of_the_system_stops_no_verification(portal) {
        scene(portal).await;
        let own = anchors(portal).await[0].line();
        let text = [
            r#"sshd[1]: Invalid user {"postern_anchor":1,"at":"x from 192.0.2.1"#.to_owned(),
            own.replace(r#""seq":"#, r#""seq":1"#),
            r#"{"postern_anchor":1,"at":"","chain":"x","seq":1,"hash":"","chained_to":0}"#.to_owned(),
            format!("postern[2]: {own}"),
        ].join("\n");
        let (db, cipher) = (&portal.state.db, &portal.state.cipher);
        let mut lines = AnchorLines::new("auth.log".to_owned(), text.as_bytes(), cipher);
        let found = verify(db, cipher, scope(portal), &mut lines).await.unwrap();
        assert_eq!((found.faults, found.anchors), (Vec::new(), 1));
        assert_eq!(lines.counts, Counts { own: 1, foreign: 2, unreadable: 1 });
        let chain = &anchors(portal).await[0].chain;
        portal.database.execute(&format!("delete from audit_chains where id = '{chain}'")).await;
        let mut lines = AnchorLines::new("auth.log".to_owned(), text.as_bytes(), cipher);
        let found = verify(db, cipher, scope(portal), &mut lines).await.unwrap();
        assert!(found.faults.iter().any(|it| it.anchor.as_deref() == Some("auth.log, line 4")), "{:?}", found.faults);
    }

    async fn an_entry_after_an_anchor_is_not_for_a_row_from_long_before_it(portal) {
        let (acme, _) = scene(portal).await;
        let anchors = anchors(portal).await;
        one_more(portal).await;
        assert_eq!(verified(portal, &anchors).await.faults, []);
        portal.database.execute(&format!("update audit_entries set at = at - 90000 where chain = '{acme}' and seq =
            (select max(seq) from audit_entries where chain = '{acme}')")).await;
        let found: Vec<_> = verified(portal, &anchors).await.faults.into_iter().filter(|it| it.anchor.is_some()).collect();
        assert_eq!((found.len(), found[0].defect, found[0].chain.as_str()), (1, Defect::Inserted, acme.as_str()));
    }

    async fn a_row_that_is_no_row_holds_up_no_chain(portal) {
        let (acme, _) = scene(portal).await;
        if matches!(portal.database.url, DatabaseUrl::Postgres(_)) {
            return;
        }
        insert_event(portal, &acme, "bad", portal.now()).await;
        portal.database.execute("update events set at = 'never' where id = 'bad'").await;
        portal.browser().sign_in_with(ADA, "wrong").await.expect(401);
        let entries = portal.database.count("select count(*) from audit_entries").await;
        let error = Chaining::new(portal.state.clone()).round().await.unwrap_err().to_string();
        assert!(error.contains("the event bad cannot be read"), "{error}");
        assert_eq!(portal.database.count("select count(*) from audit_entries").await, entries + 1);
        let found = faults(portal).await;
        assert_eq!((found.len(), found[0].defect, found[0].row.as_deref()), (1, Defect::Inserted, Some("bad")));
        portal.database.execute("delete from events where id = 'bad'").await;
        portal.database.execute("update events set address = x'00' where id = (select min(id) from events)").await;
        assert_eq!(faults(portal).await[0].defect, Defect::Altered);
    }
}
