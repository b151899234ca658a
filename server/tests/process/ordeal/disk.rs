//! A disk that is full, and one that is read-only: it is said, nothing is lost, and the next run goes on.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use postern_testkit::{Installation, program};

use super::{Backup, Import, Restore, Rotation, Victim, run_to_the_end};

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_fills_the_disk_goes_on_later() {
    let mut rotation = Rotation::prepare(Installation::on_sqlite()).await;
    rotation.stop_server();
    let rotation = on_a_full_disk(rotation, 256).await;
    assert!(rotation.was_half_done, "it did not fail in the middle");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_fills_the_disk_leaves_nothing_behind() {
    // On SQLite, the limit would hold for the database, too.
    let backup = Backup::prepare(Installation::on_postgres().await).await;
    let before = fs::read_dir(backup.folder()).unwrap().count();
    expect_refusal(&with_files_of(16, &backup.command()).output().unwrap(), "space");
    assert_eq!(fs::read_dir(backup.folder()).unwrap().count(), before);
    on_a_full_disk(backup, 16).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_fills_the_disk_begins_again() {
    on_a_full_disk(Restore::prepare(Installation::on_sqlite()).await, 2_048).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_fills_the_disk_goes_on_later() {
    on_a_full_disk(Import::prepare(Installation::on_sqlite()).await, 256).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_on_a_read_only_disk_changes_nothing() {
    on_a_read_only_disk::<Rotation>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_on_a_read_only_disk_leaves_nothing_behind() {
    on_a_read_only_disk::<Backup>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_on_a_read_only_disk_changes_nothing() {
    on_a_read_only_disk::<Restore>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_on_a_read_only_disk_changes_nothing() {
    on_a_read_only_disk::<Import>().await;
}

/// A command whose files cannot grow beyond so many KiB, as on a full disk.
fn with_files_of(kib: u32, command: &Command) -> Command {
    program::after(&format!("ulimit -f {}", 2 * kib), command)
}

async fn on_a_full_disk<V: Victim>(mut victim: V, kib: u32) -> V {
    expect_refusal(&with_files_of(kib, &victim.command()).output().unwrap(), "space");
    assert!(!victim.check().await, "it was complete");
    run_to_the_end(&mut victim).await;
    victim
}

async fn on_a_read_only_disk<V: Victim>() {
    let mut victim = V::prepare(Installation::on_sqlite()).await;
    let folder = victim.folder();
    set_modes(&folder, 0o500, 0o400);
    let output = program::without_privileges(&victim.command()).output().unwrap();
    set_modes(&folder, 0o700, 0o600);
    expect_refusal(&output, "writ");
    assert!(!victim.check().await, "it was complete");
    run_to_the_end(&mut victim).await;
}

fn set_modes(folder: &Path, of_folder: u32, of_files: u32) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::set_permissions(entry.path(), Permissions::from_mode(of_files)).unwrap();
        }
    }
    fs::set_permissions(folder, Permissions::from_mode(of_folder)).unwrap();
}

/// It ended with exit code 1, a reason, and what to do: this word is part of it.
#[track_caller]
pub(super) fn expect_refusal(output: &Output, cure: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains(cure) && text.contains("run this again") && !text.contains("panicked"), "{text}");
}
