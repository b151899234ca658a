//! Backups that servers make by themselves.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use postern::backup::schedule::{RETRY_S, Schedule};
use postern::backup::{Lock, read_header};
use postern::clock::DAY_S;
use postern_testkit::{ADA, Portal, on_both_databases};

fn folder(portal: &Portal) -> PathBuf {
    portal.state.config.server.data_dir.join("made/backups")
}

/// A node with a schedule: a backup every day, of which two are kept.
async fn scheduled(portal: &Portal) -> (Portal, Schedule) {
    let folder = folder(portal);
    let settings = |config: &mut postern::config::Config| {
        config.backup.folder = Some(folder);
        config.backup.keep = 2;
    };
    let node = portal.node_with(settings).await;
    let schedule = Schedule::new(node.state.clone());
    (node, schedule)
}

/// The names in a directory, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

on_both_databases! {
    async fn a_backup_is_made_at_once_and_then_every_day_and_old_ones_are_removed(portal) {
        let (node, mut schedule) = scheduled(portal).await;
        let first = schedule.look().await.unwrap();
        assert_eq!(first.file_name().unwrap(), "postern-2023-11-14T22-13-30Z.backup");
        assert_eq!(fs::metadata(&first).unwrap().mode() & 0o777, 0o600);
        portal.advance(DAY_S - 1);
        assert_eq!(schedule.look().await, None);
        portal.advance(1);
        let second = schedule.look().await.unwrap();
        portal.advance(DAY_S);
        let third = schedule.look().await.unwrap();
        assert_eq!(names(&folder(&node)), [&second, &third].map(|file| file.file_name().unwrap().to_str().unwrap()));
    }

    async fn a_scheduled_backup_opens_with_the_key_ring_which_is_not_in_it(portal) {
        let (node, mut schedule) = scheduled(portal).await;
        let file = schedule.look().await.unwrap();
        let header = read_header(&file, &[Lock::Key(node.state.cipher.backup_secret())]).unwrap();
        assert_eq!((header.created_at, header.key_file), (portal.now(), None));
        assert!(header.rows > 0);
    }

    async fn two_nodes_make_one_backup(portal) {
        let (mut schedules, mut made) = (Vec::new(), 0);
        for _ in 0..4 {
            schedules.push(scheduled(portal).await.1);
        }
        for _ in 0..3 {
            portal.advance(DAY_S);
            made += 1;
            let files = futures::future::join_all(schedules.iter_mut().map(Schedule::look)).await;
            assert_eq!(files.iter().flatten().count(), 1, "{files:?}");
        }
        assert_eq!(names(&folder(portal)).len(), made.min(2));
    }

    async fn no_backup_is_made_beside_another_one(portal) {
        let (node, mut schedule) = scheduled(portal).await;
        let by_hand = node.state.db.backup_snapshot(&node.state.config.database.url).await.unwrap();
        assert!(by_hand.is_some());
        assert!(node.state.db.backup_snapshot(&node.state.config.database.url).await.unwrap().is_none());
        assert_eq!(schedule.look().await, None);
        drop(by_hand);
        portal.advance(60);
        // PostgreSQL ends the transaction, and with it the lock, a moment later.
        postern_testkit::eventually("a backup", async || schedule.look().await.is_some()).await;
    }

    async fn a_backup_that_fails_is_tried_again_and_the_earlier_ones_stay(portal) {
        let (node, mut schedule) = scheduled(portal).await;
        schedule.look().await.unwrap();
        let before = names(&folder(&node));
        let aside = folder(portal).with_file_name("aside");
        fs::rename(folder(portal), &aside).unwrap();
        fs::write(folder(portal), "in the way").unwrap();
        portal.advance(DAY_S);
        assert_eq!(schedule.look().await, None);
        fs::remove_file(folder(portal)).unwrap();
        fs::rename(&aside, folder(portal)).unwrap();
        assert_eq!(names(&folder(&node)), before);
        portal.advance(RETRY_S - 1);
        assert_eq!(schedule.look().await, None, "not yet");
        portal.advance(1);
        assert!(schedule.look().await.is_some());
    }

    async fn what_a_killed_server_has_left_is_removed_with_the_next_backup(portal) {
        let (_, mut schedule) = scheduled(portal).await;
        fs::create_dir_all(folder(portal)).unwrap();
        fs::write(folder(portal).join("postern-2023-11-13T22-13-30Z.backup.0a1b.part"), "half").unwrap();
        fs::write(folder(portal).join("notes"), "mine").unwrap();
        schedule.look().await.unwrap();
        assert_eq!(names(&folder(portal)), ["notes", "postern-2023-11-14T22-13-30Z.backup"]);
    }

    async fn a_clock_that_was_ahead_holds_up_no_backup_and_removes_no_newer_one(portal) {
        let (_, mut schedule) = scheduled(portal).await;
        portal.add_user("Acme", ADA).await;
        portal.advance(400 * DAY_S);
        schedule.look().await.unwrap();
        portal.advance(-400 * DAY_S);
        let file = schedule.look().await.unwrap();
        assert!(file.exists());
        assert_eq!(names(&folder(portal)).len(), 2);
        portal.advance(DAY_S - 1);
        assert_eq!(schedule.look().await, None);
    }

    async fn an_older_server_makes_no_backup_of_a_database_that_a_newer_one_has_upgraded(portal) {
        let (_, mut schedule) = scheduled(portal).await;
        let later = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
            select 9999, 'later', success, checksum, 1 from _sqlx_migrations where version = 1";
        portal.database.execute(later).await;
        assert_eq!(schedule.look().await, None);
        assert!(names(&folder(portal)).is_empty());
    }

    async fn without_a_directory_none_is_made(portal) {
        let mut schedule = Schedule::new(portal.state.clone());
        assert_eq!(schedule.look().await, None);
        assert!(!folder(portal).exists());
        let never = "select count(*) from meta where name = 'scheduled_backup_at'";
        assert_eq!(portal.database.count(never).await, 0);
    }
}
