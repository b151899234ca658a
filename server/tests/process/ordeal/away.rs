//! A database that goes away in the middle, or that somebody else has locked: it is said, nothing is lost, and the next run goes on.

use std::process::Stdio;
use std::time::Duration;

use postern::config::DatabaseUrl;
use postern_testkit::{Database, Installation};
use sqlx::{AnyConnection, Connection, Executor};

use super::disk::expect_refusal;
use super::{Backup, Import, Restore, Rotation, Victim, run_to_the_end};
use crate::backup::give_key;
use crate::database_away::{Cable, REFUSES, rerouted};

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_whose_database_goes_away_goes_on_later() {
    let (portal, cable) = behind_cable().await;
    goes_away(Rotation::prepare(portal).await, cable).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_whose_database_goes_away_leaves_nothing_behind() {
    let (portal, cable) = behind_cable().await;
    goes_away(Backup::prepare(portal).await, cable).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_whose_database_goes_away_begins_again() {
    let (elsewhere, cable) = behind_cable().await;
    let mut restore = Restore::prepare(Installation::on_postgres().await).await;
    give_key(&restore.portal, &elsewhere);
    restore.elsewhere = elsewhere;
    goes_away(restore, cable).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_database_goes_away_goes_on_later() {
    let (portal, cable) = behind_cable().await;
    goes_away(Import::prepare(portal).await, cable).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_of_a_locked_database_says_so_and_goes_on_later() {
    is_locked::<Rotation>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_into_a_locked_database_says_so_and_goes_on_later() {
    is_locked::<Import>().await;
}

/// An installation on PostgreSQL behind something that can be cut.
async fn behind_cable() -> (Installation, Cable) {
    let database = Database::postgres().await;
    let DatabaseUrl::Postgres(url) = &database.url else { unreachable!() };
    let cable = Cable::to(rerouted(url, 0).0);
    let url = rerouted(url, cable.port).1;
    (Installation::on(database.by_way_of(url)), cable)
}

async fn goes_away(mut victim: impl Victim, cable: Cable) {
    // The first cuts may come when the command has just ended.
    for _ in 0..10 {
        let mut run = victim.command();
        let mut run = run.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        while !victim.has_begun().await && run.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        cable.cut(REFUSES);
        let output = tokio::task::spawn_blocking(|| run.wait_with_output().unwrap()).await.unwrap();
        cable.mend();
        if !victim.check().await {
            expect_refusal(&output, "database");
            return run_to_the_end(&mut victim).await;
        }
    }
    panic!("no cut came while it ran");
}

async fn is_locked<V: Victim>() {
    let portal = Installation::on_sqlite();
    let address = portal.database.address();
    let mut victim = V::prepare(portal).await;
    let mut other = AnyConnection::connect(&address).await.unwrap();
    other.execute("begin immediate").await.unwrap();
    let output = victim.command().output().unwrap();
    other.execute("rollback").await.unwrap();
    expect_refusal(&output, "locked");
    assert!(!victim.check().await, "it was complete");
    run_to_the_end(&mut victim).await;
}
