//! The master keys: a rotation while servers run, and what it must not lose.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use postern::audit::chaining::Chaining;
use postern::auth::key_ring;
use postern::config::{DatabaseUrl, KeySource};
use postern::keys::follower::Follower;
use postern::keys::rotation::{Rotated, Rotation, Step};
use postern::keys::values::check;
use postern::keys::{self, add_key, remove_key};
use postern::mail::delivery;
use postern::store::nodes::LIVES_S;
use postern::store::sealed_values::COLUMNS;
use postern::store::{meta, transactions};
use postern_testkit::sealed::{key_ids, seal};
use postern_testkit::{ADA, Browser, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};

use crate::audit;

const BO: &str = "bo@example.com";
const CY: &str = "cy@example.com";

fn key_file(portal: &Portal) -> PathBuf {
    let KeySource::File(path) = &portal.state.config.keys.source else { unreachable!() };
    path.clone()
}

/// What `postern keys rotate` does, while these servers run.
async fn rotate(portal: &Portal, servers: &mut [Follower]) -> anyhow::Result<Rotated> {
    let state = &portal.state;
    let (db, source) = (&state.db, &state.config.keys.source);
    let cipher = keys::open(db, source).await.unwrap();
    let rotation = Rotation { db, cipher: &cipher, source, clock: &state.clock, patience: Duration::from_secs(2) };
    let follow = async {
        loop {
            for server in &mut *servers {
                drop(server.follow().await);
            }
            portal.advance(i64::from(!servers.is_empty()));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        rotated = rotation.run(&|_| {}) => rotated,
        () = follow => unreachable!(),
    }
}

/// The keys that have sealed something, opened by code that is not the product's.
async fn sealed_with(portal: &Portal) -> BTreeSet<String> {
    portal.database.sealed_values(&key_file(portal)).await.into_keys().map(|(_, key_id)| key_id).collect()
}

/// A value in every column: an active, a pending and a previous secret, recovery codes that are shown, mails and signing keys. Returns
/// Bo, who is setting up an app, with its key, and Cy, who has not saved the recovery codes yet.
async fn everything_sealed(portal: &Portal) -> ((Browser, String), Browser) {
    portal.add_user_with_factor(CY).await;
    portal.reset(CY).await;
    let mut cy = portal.browser();
    let key = cy.begin_set_up(CY).await;
    cy.confirm(&portal.code(&key)).await.expect(200);
    portal.admin("Acme", ADA).await;
    portal.browser().page("/oidc/keys").await.expect(200);
    portal.add_user_who_needs_a_factor(BO).await;
    let mut bo = portal.browser();
    let key = bo.begin_set_up(BO).await;
    audit::chain(portal).await;
    let tables: BTreeSet<_> =
        portal.database.sealed_values(&key_file(portal)).await.into_keys().map(|(it, _)| it).collect();
    assert_eq!(tables.len(), COLUMNS.len() + 1, "{tables:?}");
    ((bo, key), cy)
}

on_both_databases! {
    async fn every_column_with_sealed_values_is_in_the_list(portal) {
        let schema = match portal.database.url {
            DatabaseUrl::Sqlite(_) => "select m.name || '.' || c.name from sqlite_master m join pragma_table_info(m.name) c
                where m.type = 'table' and c.name like '%sealed'",
            DatabaseUrl::Postgres(_) => "select cast(table_name || '.' || column_name as text) from information_schema.columns
                where table_schema = current_schema() and column_name like '%sealed'",
        };
        let found: BTreeSet<String> = portal.database.texts(schema).await.into_iter().collect();
        let listed: BTreeSet<String> = COLUMNS.iter().map(|it| format!("{}.{}", it.table, it.column)).collect();
        assert_eq!(found, listed);
    }

    async fn a_rotation_seals_every_value_again_and_users_notice_nothing(portal) {
        let ((mut bo, bo_key), mut cy) = everything_sealed(portal).await;
        let node = portal.node().await;
        let mut servers = [Follower::new(portal.state.clone()), Follower::new(node.state.clone())];
        for server in &mut servers {
            server.follow().await.unwrap();
        }
        let (before, old) = (portal.database.sealed_values(&key_file(portal)).await, portal.state.cipher.key_id());
        let rotated = rotate(portal, &mut servers).await.unwrap();
        assert_eq!((rotated.previous.as_deref(), rotated.broken.len()), (Some(old.as_str()), 0));
        assert_eq!(key_ids(&key_file(portal)), [old.clone(), rotated.key_id.clone()]);
        assert_eq!(sealed_with(portal).await, BTreeSet::from([rotated.key_id.clone()]));
        let values = |found: BTreeMap<_, usize>| found.into_values().sum::<usize>();
        assert_eq!(values(portal.database.sealed_values(&key_file(portal)).await), values(before));
        for state in [&portal.state, &node.state] {
            assert_eq!(state.cipher.key_id(), rotated.key_id, "each server seals with the new key");
        }
        assert_eq!(audit::faults(portal).await, []);
        cy.save_recovery_codes().await;
        bo.confirm(&portal.code(&bo_key)).await.expect(200);
        portal.advance(60);
        let mut ada = node.browser();
        ada.sign_in(ADA).await.expect(200);
        ada.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        assert_eq!(sealed_with(portal).await, BTreeSet::from([rotated.key_id]));
        assert!(portal.database.count("select count(*) from events where what = 'master_keys_changed'").await > 0);
    }

    async fn a_rotation_does_not_forget_that_there_is_an_audit_log(portal) {
        everything_sealed(portal).await;
        rotate(portal, &mut []).await.unwrap();
        for table in ["audit_entries", "audit_chains", "audit_state"] {
            portal.database.execute(&format!("delete from {table}")).await;
        }
        let error = Chaining::new(portal.node().await.state.clone()).round().await.unwrap_err().to_string();
        assert!(error.contains("was removed"), "{error}");
    }

    async fn without_the_old_key_everything_still_opens_after_a_rotation(portal) {
        everything_sealed(portal).await;
        let rotated = rotate(portal, &mut []).await.unwrap();
        let source = &portal.state.config.keys.source;
        remove_key(source, rotated.previous.as_deref().unwrap()).await.unwrap();
        let cipher = keys::open(&portal.state.db, source).await.unwrap();
        let checked = check(&portal.state.db, &cipher, &|_| {}).await.unwrap();
        assert_eq!((checked.broken.len(), checked.by_key.len()), (0, 1));
        sealed_with(portal).await;
    }

    async fn nothing_is_sealed_with_a_key_that_a_running_server_does_not_hold(portal) {
        everything_sealed(portal).await;
        let elsewhere = portal.state.config.server.data_dir.join("elsewhere.key");
        std::fs::copy(key_file(portal), &elsewhere).unwrap();
        let node = portal.node_with(|config| config.keys.source = KeySource::File(elsewhere.clone())).await;
        let mut servers = [Follower::new(portal.state.clone()), Follower::new(node.state.clone())];
        for server in &mut servers {
            server.follow().await.unwrap();
        }
        let old = portal.state.cipher.key_id();
        let refused = rotate(portal, &mut servers).await.unwrap_err().to_string();
        assert!(refused.contains("do not hold key") && refused.contains("process"), "{refused}");
        assert_eq!(sealed_with(portal).await, BTreeSet::from([old.clone()]));
        std::fs::copy(key_file(portal), &elsewhere).unwrap();
        let rotated = rotate(portal, &mut servers).await.unwrap();
        assert_eq!(key_ids(&key_file(portal)), [old, rotated.key_id.clone()], "the same key is used");
        assert_eq!(sealed_with(portal).await, BTreeSet::from([rotated.key_id]));
    }

    async fn a_clock_that_is_set_back_holds_up_no_rotation(portal) {
        everything_sealed(portal).await;
        let mut servers = [Follower::new(portal.state.clone())];
        servers[0].follow().await.unwrap();
        portal.advance(-3_600);
        let rotated = rotate(portal, &mut servers).await.unwrap();
        assert_eq!(sealed_with(portal).await, BTreeSet::from([rotated.key_id]));
    }

    async fn a_rotation_says_for_which_servers_it_waits(portal) {
        Follower::new(portal.state.clone()).follow().await.unwrap();
        let steps = std::cell::RefCell::new(Vec::new());
        let (db, source) = (&portal.state.db, &portal.state.config.keys.source);
        let cipher = keys::open(db, source).await.unwrap();
        let patience = Duration::from_millis(10);
        let rotation = Rotation { db, cipher: &cipher, source, clock: &portal.state.clock, patience };
        assert!(rotation.run(&|step| steps.borrow_mut().push(step)).await.is_err());
        let waits = |step: &Step| matches!(step, Step::WaitsFor(servers) if servers.contains("process"));
        assert!(steps.borrow().iter().any(waits), "{steps:?}");
    }

    async fn a_server_that_was_killed_is_not_waited_for(portal) {
        Follower::new(portal.state.clone()).follow().await.unwrap();
        assert!(rotate(portal, &mut []).await.is_err());
        portal.advance(LIVES_S + 1);
        rotate(portal, &mut []).await.unwrap();
    }

    async fn a_key_that_is_removed_while_a_rotation_waits_never_seals(portal) {
        everything_sealed(portal).await;
        // A server that does not answer, so that the rotation waits.
        Follower::new(portal.state.clone()).follow().await.unwrap();
        let (db, source, old) = (&portal.state.db, &portal.state.config.keys.source, portal.state.cipher.key_id());
        let remove = async {
            let key_id = loop {
                if let Some(key_id) = meta::next_key(db).await.unwrap() {
                    break key_id;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            };
            let edit = remove_key(source, &key_id);
            transactions::remove_master_key(db, &portal.operator(), &key_id, edit).await.unwrap().unwrap();
            portal.advance(LIVES_S + 1);
        };
        let (rotated, ()) = tokio::join!(rotate(portal, &mut []), remove);
        let refused = rotated.unwrap_err().to_string();
        assert!(refused.contains("any more"), "{refused}");
        assert_eq!(sealed_with(portal).await, BTreeSet::from([old.clone()]));
        let edit = remove_key(source, &old);
        let removed = transactions::remove_master_key(db, &portal.operator(), &old, edit).await.unwrap();
        assert!(removed.is_none(), "the key that seals stays");
        assert_eq!(key_ids(&key_file(portal)), [old]);
    }

    async fn a_running_server_forgets_a_key_that_was_removed_from_the_file(portal) {
        let mut server = [Follower::new(portal.state.clone())];
        let rotated = rotate(portal, &mut server).await.unwrap();
        let old = rotated.previous.unwrap();
        remove_key(&portal.state.config.keys.source, &old).await.unwrap();
        portal.advance(61);
        server[0].follow().await.unwrap();
        assert!(!portal.state.cipher.ring().holds(&old));
    }

    async fn a_file_without_the_key_that_seals_is_not_taken_over(portal) {
        let mut server = Follower::new(portal.state.clone());
        let current = portal.state.cipher.key_id();
        std::fs::write(key_file(portal), key_ring::new_line().as_bytes()).unwrap();
        drop(server.follow().await);
        assert!(portal.state.cipher.ring().holds(&current));
    }

    async fn a_rotation_that_was_interrupted_goes_on_with_the_same_key(portal) {
        everything_sealed(portal).await;
        let source = &portal.state.config.keys.source;
        let added = add_key(source).await.unwrap();
        let rotated = rotate(portal, &mut []).await.unwrap();
        assert_eq!(rotated.key_id, added.newest_id());
    }

    async fn a_rotation_that_was_killed_before_the_last_value_is_completed_first(portal) {
        let id = portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let rotated = rotate(portal, &mut []).await.unwrap();
        let left = seal(&key_file(portal), RFC_6238_SECRET, &format!("totp:{id}"));
        portal.database.execute_with("update totp_factors set secret_sealed = $1", &[&left]).await;
        let completed = rotate(portal, &mut []).await.unwrap();
        assert_eq!((completed.key_id, completed.previous, completed.resealed), (rotated.key_id.clone(), None, 1));
        assert_eq!(sealed_with(portal).await, BTreeSet::from([rotated.key_id]));
        assert_eq!(key_ids(&key_file(portal)).len(), 2);
    }

    async fn a_value_that_opens_nowhere_is_named_and_does_not_prevent_a_rotation(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.database.execute("update totp_factors set secret_sealed = secret_sealed || 'AAAA'").await;
        let before = portal.database.texts("select secret_sealed from totp_factors").await;
        let rotated = rotate(portal, &mut []).await.unwrap();
        assert_eq!((rotated.broken.len(), rotated.previous.is_some()), (1, true));
        assert_eq!(portal.database.texts("select secret_sealed from totp_factors").await, before);
    }

    async fn a_mail_whose_key_is_missing_waits_for_it(portal) {
        portal.add_user_with_factor(ADA).await;
        let mails = portal.database.count("select count(*) from outbox").await;
        assert!(mails > 0);
        let stranger = portal.node_with_another_key().await;
        delivery::deliver_due(&stranger.state).await.unwrap();
        assert_eq!(portal.database.count("select count(*) from outbox").await, mails);
        portal.advance(60);
        delivery::deliver_due(&portal.state).await.unwrap();
        assert_eq!(portal.database.count("select count(*) from outbox").await, 0);
    }

    async fn a_check_names_the_rows_that_do_not_open(portal) {
        everything_sealed(portal).await;
        portal.database.execute("update totp_factors set secret_sealed = secret_sealed || 'AAAA'").await;
        let checked = check(&portal.state.db, &portal.state.cipher, &|_| {}).await.unwrap();
        let ids: BTreeSet<String> = checked.broken.iter().map(|it| it.id.clone()).collect();
        let expected: BTreeSet<String> = portal.database.texts("select user_id from totp_factors").await.into_iter().collect();
        assert_eq!(ids, expected);
        assert!(checked.broken.iter().all(|it| it.user.is_some()), "{:?}", checked.broken);
        assert!(checked.broken.iter().all(|it| (it.table, it.column) == ("totp_factors", "secret_sealed")));
    }
}
