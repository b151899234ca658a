//! The audit log: what somebody who can write to the database, but has no master key, does to the records is found.

use std::collections::HashMap;
use std::iter;

use postern::audit::anchor::Anchor;
use postern::audit::anchor_lines::Placed;
use postern::audit::chaining::Chaining;
use postern::audit::found::{Defect, Fault, Verified};
use postern::audit::verify::{Scope, verify};
use postern::ids::ChainId;
use postern::store::audit_records::RecordKind;
use postern_testkit::{ADA, Portal, on_both_databases};

use crate::audit_encoding::recompute;

const BO: &str = "bo@example.com";

/// Appends all rows that have no entry yet.
pub(crate) async fn chain(portal: &Portal) -> u64 {
    Chaining::new(portal.state.clone()).round().await.unwrap()
}

/// Everything, now.
pub(crate) fn scope(portal: &Portal) -> Scope<'static> {
    Scope { now: portal.now(), history_days: portal.state.config.history.days, only: None }
}

/// What `postern audit verify` finds.
pub(crate) async fn verified(portal: &Portal, anchors: &[Anchor]) -> Verified {
    let state = &portal.state;
    let placed = anchors.iter().map(|anchor| Ok(Placed { anchor: anchor.clone(), place: "line".to_owned() }));
    verify(&state.db, &state.cipher, scope(portal), placed).await.unwrap()
}

/// What is wrong, by chain, with the number and the row.
pub(crate) async fn faults(portal: &Portal) -> Vec<Fault> {
    verified(portal, &[]).await.faults
}

/// What `postern audit anchor` prints.
pub(crate) async fn anchors(portal: &Portal) -> Vec<Anchor> {
    Anchor::all(&portal.state.db, &portal.state.cipher, portal.now()).await.unwrap().0
}

/// Two accounts with some log-ins, log-ins of nobody, and an entry for each row; long enough ago that a new row must be recent.
pub(crate) async fn scene(portal: &Portal) -> (String, String) {
    portal.add_user("Acme", ADA).await;
    portal.add_user("Beta", BO).await;
    for email in [ADA, BO, "nobody@example.com"] {
        for _ in 0..3 {
            portal.browser().sign_in_with(email, "wrong").await.expect(401);
            portal.advance(60);
        }
    }
    portal.advance(3_600);
    assert_eq!(chain(portal).await, rows(portal).await);
    assert_eq!(faults(portal).await, []);
    (portal.account_id("Acme").await, portal.account_id("Beta").await)
}

pub(crate) async fn rows(portal: &Portal) -> u64 {
    let sql = "select (select count(*) from events) + (select count(*) from login_history)";
    portal.database.count(sql).await.unsigned_abs()
}

/// The row of an entry.
pub(crate) async fn row_of(portal: &Portal, chain: &str, seq: i64) -> (String, String) {
    let sql = format!("select kind || ' ' || row_id from audit_entries where chain = '{chain}' and seq = {seq}");
    let found = portal.database.texts(&sql).await.remove(0);
    let (kind, id) = found.split_once(' ').unwrap();
    (RecordKind::ALL.into_iter().find(|it| it.as_str() == kind).unwrap().table().to_owned(), id.to_owned())
}

/// The only fault, at this entry of this chain.
#[track_caller]
pub(crate) fn assert_only(found: &[Fault], defect: Defect, chain: &str, seq: i64, row: Option<&str>) {
    let found: Vec<_> = found.iter().map(|it| (it.defect, it.chain.as_str(), it.seq, it.row.as_deref())).collect();
    assert_eq!(found, [(defect, chain, Some(seq), row)]);
}

on_both_databases! {
    async fn every_row_has_one_entry_in_the_chain_of_its_account(portal) {
        let (acme, _) = scene(portal).await;
        let entries = "select count(*) from audit_entries e join (select id, account_id, at from events
            union all select id, account_id, at from login_history) r
            on r.id = e.row_id and coalesce(r.account_id, 'portal') = e.chain and r.at = e.at";
        assert_eq!(portal.database.count(entries).await.unsigned_abs(), rows(portal).await);
        let found = verified(portal, &[]).await;
        assert_eq!((found.chains, found.entries, found.removed, found.waiting), (3, rows(portal).await, 0, 0));
        let one = ChainId::named(acme);
        let state = &portal.state;
        let found = verify(&state.db, &state.cipher, Scope { only: Some(&one), ..scope(portal) }, iter::empty()).await.unwrap();
        assert_eq!((found.chains, found.faults.len()), (1, 0));
        assert!(found.entries < rows(portal).await);
    }

    async fn an_altered_value_in_any_column_is_named(portal) {
        let (acme, _) = scene(portal).await;
        let of_kind = |kind: RecordKind| format!(
            "select cast(max(seq) as text) from audit_entries where chain = '{acme}' and kind = '{}'", kind.as_str());
        for kind in RecordKind::ALL {
            let seq: i64 = portal.database.texts(&of_kind(kind)).await[0].parse().unwrap();
            let (table, id) = row_of(portal, &acme, seq).await;
            for column in kind.columns().iter().filter(|column| **column != "id") {
                portal.database.execute(&format!("create table kept as select * from {table} where id = '{id}'")).await;
                let other = if *column == "at" { "at + 1".to_owned() } else { format!("coalesce({column}, '') || 'x'") };
                let other = if *column == "account_id" { "(select id from accounts where name = 'Beta')" } else { &other };
                portal.database.execute(&format!("update {table} set {column} = {other} where id = '{id}'")).await;
                assert_only(&faults(portal).await, Defect::Altered, &acme, seq, Some(&id));
                let undo = format!("update {table} set {column} = (select {column} from kept) where id = '{id}'");
                portal.database.execute(&undo).await;
                portal.database.execute("drop table kept").await;
                assert_eq!(faults(portal).await, [], "{table}.{column}");
            }
        }
        let (table, id) = row_of(portal, &acme, 2).await;
        portal.database.execute(&format!("update {table} set id = 'x' where id = '{id}'")).await;
        let found = faults(portal).await;
        assert_eq!([found[0].defect, found[1].defect], [Defect::Missing, Defect::Inserted]);
        assert_eq!((found[0].row.as_deref(), found[1].row.as_deref()), (Some(id.as_str()), Some("x")));
    }

    async fn the_columns_that_are_hashed_are_all_that_there_are(portal) {
        let mut snapshot = portal.state.db.snapshot().await.unwrap();
        for kind in RecordKind::ALL {
            let mut there: Vec<String> =
                snapshot.columns(kind.table()).await.unwrap().into_iter().map(|column| column.name).collect();
            let mut hashed = kind.columns().to_vec();
            there.sort_unstable();
            hashed.sort_unstable();
            assert_eq!(there, hashed);
        }
    }

    async fn a_deleted_row_is_named(portal) {
        let (acme, _) = scene(portal).await;
        let (table, id) = row_of(portal, &acme, 2).await;
        portal.database.execute(&format!("delete from {table} where id = '{id}'")).await;
        assert_only(&faults(portal).await, Defect::Missing, &acme, 2, Some(&id));
        portal.database.execute(&format!("delete from audit_entries where row_id = '{id}'")).await;
        assert_only(&faults(portal).await, Defect::Missing, &acme, 2, None);
    }

    async fn a_row_with_an_old_time_is_never_chained_and_is_named(portal) {
        let (acme, _) = scene(portal).await;
        let old = portal.now() - 301;
        let insert = |id: &str, at: i64| format!("insert into events (id, at, account_id, actor, subject, what, detail, address)
            values ('{id}', {at}, '{acme}', '', '', 'user_added', '\"none\"', '')");
        portal.database.execute(&insert("old", old)).await;
        portal.database.execute(&insert("recent", old + 2)).await;
        let found = verified(portal, &[]).await;
        assert_eq!((found.waiting, found.faults.len(), found.faults[0].defect), (1, 1, Defect::Inserted));
        assert_eq!((found.faults[0].row.as_deref(), found.faults[0].at), (Some("old"), Some(old)));
        assert_eq!(chain(portal).await, 1, "what a slow transaction has written");
        assert_eq!(faults(portal).await.len(), 1);
    }

    async fn entries_in_another_order_are_named(portal) {
        let (acme, _) = scene(portal).await;
        for (from, to) in [(2, -1), (3, 2), (-1, 3)] {
            let swap = format!("update audit_entries set seq = {to} where chain = '{acme}' and seq = {from}");
            portal.database.execute(&swap).await;
        }
        let (_, id) = row_of(portal, &acme, 2).await;
        assert_only(&faults(portal).await, Defect::Reordered, &acme, 2, Some(&id));
    }

    async fn rows_that_are_swapped_between_accounts_are_named(portal) {
        let (acme, beta) = scene(portal).await;
        for (id, other) in [(row_of(portal, &acme, 1).await.1, &beta), (row_of(portal, &beta, 1).await.1, &acme)] {
            portal.database.execute(&format!("update events set account_id = '{other}' where id = '{id}'")).await;
        }
        let found = faults(portal).await;
        let found: HashMap<_, _> = found.iter().map(|it| (it.chain.as_str(), (it.defect, it.seq))).collect();
        assert_eq!(found, HashMap::from([
            (acme.as_str(), (Defect::Altered, Some(1))),
            (beta.as_str(), (Defect::Altered, Some(1))),
        ]));
    }

    async fn an_end_that_is_cut_off_is_found_by_the_sealed_head_and_an_earlier_head_by_an_anchor(portal) {
        let (acme, _) = scene(portal).await;
        for table in ["audit_chains", "audit_state"] {
            portal.database.execute(&format!("create table kept_{table} as select * from {table}")).await;
        }
        let last = portal.database.count(&format!("select max(seq) from audit_entries where chain = '{acme}'")).await;
        portal.browser().sign_in_with(ADA, "wrong").await.expect(401);
        assert_eq!(chain(portal).await, 1);
        let anchors = anchors(portal).await;
        assert_eq!((verified(portal, &anchors).await.anchors, anchors.len()), (3, 3));
        let (table, id) = row_of(portal, &acme, last + 1).await;
        portal.database.execute(&format!("delete from {table} where id = '{id}'")).await;
        portal.database.execute(&format!("delete from audit_entries where row_id = '{id}'")).await;
        assert_only(&faults(portal).await, Defect::CutOff, &acme, last + 1, None);
        portal.database.execute("update audit_chains set head_sealed = (select head_sealed from kept_audit_chains kept where kept.id = audit_chains.id)").await;
        portal.database.execute("update audit_state set state_sealed = (select state_sealed from kept_audit_state)").await;
        assert_eq!(faults(portal).await, [], "no anchor, no proof");
        assert_only(&verified(portal, &anchors).await.faults, Defect::CutOff, &acme, last + 1, None);
    }

    async fn a_chain_that_was_computed_anew_without_the_key_is_found(portal) {
        let (acme, _) = scene(portal).await;
        let (table, id) = row_of(portal, &acme, 2).await;
        portal.database.execute(&format!("delete from {table} where id = '{id}'")).await;
        portal.database.execute(&format!("delete from audit_entries where row_id = '{id}'")).await;
        portal.database.execute(&format!("update audit_entries set seq = seq - 1000 where chain = '{acme}' and seq > 2")).await;
        portal.database.execute(&format!("update audit_entries set seq = seq + 999 where chain = '{acme}' and seq < 0")).await;
        recompute(portal, &acme).await;
        let last = portal.database.count(&format!("select max(seq) from audit_entries where chain = '{acme}'")).await;
        assert_only(&faults(portal).await, Defect::CutOff, &acme, last + 1, None);
        let (table, id) = row_of(portal, "portal", 1).await;
        portal.database.execute(&format!("update {table} set address = '192.0.2.99' where id = '{id}'")).await;
        recompute(portal, "portal").await;
        let last = portal.database.count("select max(seq) from audit_entries where chain = 'portal'").await;
        let found = faults(portal).await;
        let found = found.iter().find(|it| it.chain.as_str() == "portal").unwrap();
        assert_eq!((found.defect, found.seq), (Defect::Recomputed, Some(last)));
    }

    async fn an_entry_beyond_the_end_and_a_head_of_another_chain_are_found(portal) {
        let (acme, beta) = scene(portal).await;
        portal.database.execute(&format!("insert into audit_entries select chain, seq + 1, version, kind, 'x', at, row_hash, hash
            from audit_entries where chain = '{acme}' order by seq desc limit 1")).await;
        let found = faults(portal).await;
        assert_eq!((found.len(), found[0].defect, found[0].row.as_deref()), (1, Defect::Inserted, Some("x")));
        portal.database.execute(&format!("update audit_chains set head_sealed =
            (select head_sealed from audit_chains where id = '{beta}') where id = '{acme}'")).await;
        let found = faults(portal).await;
        assert_eq!((found.len(), found[0].defect, found[0].chain.as_str()), (1, Defect::HeadDamaged, acme.as_str()));
    }

    async fn a_chain_that_is_gone_is_missed_and_no_new_log_begins_in_its_place(portal) {
        let (acme, _) = scene(portal).await;
        let anchors = anchors(portal).await;
        portal.database.execute(&format!("delete from audit_chains where id = '{acme}'")).await;
        let found = faults(portal).await;
        assert_eq!([found[0].defect, found[1].defect], [Defect::ChainMissing, Defect::Inserted]);
        portal.database.execute(&format!("delete from audit_entries where chain = '{acme}'")).await;
        portal.database.execute(&format!("delete from events where account_id = '{acme}'")).await;
        portal.database.execute(&format!("delete from login_history where account_id = '{acme}'")).await;
        assert_eq!(faults(portal).await.len(), 1);
        let found = verified(portal, &anchors).await.faults;
        assert!(found.iter().any(|it| (it.defect, it.chain.as_str()) == (Defect::ChainMissing, acme.as_str())), "{found:?}");
        portal.database.execute("delete from audit_state").await;
        let error = Chaining::new(portal.state.clone()).round().await.unwrap_err().to_string();
        assert!(error.contains("was removed"), "{error}");
        assert_eq!(faults(portal).await[0].defect, Defect::HeadDamaged);
    }
}
