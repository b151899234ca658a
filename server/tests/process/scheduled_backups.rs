//! Backups that the server makes by itself, as an operator meets them.

use std::fs;
use std::path::{Path, PathBuf};

use postern_testkit::{ADA, Installation, eventually, program};

use crate::backup::fill;
use crate::doctor::found;

/// The files in a directory; none if it does not exist.
fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).map(|entries| entries.map(|entry| entry.unwrap().path()).collect()).unwrap_or_default()
}

fn complete(folder: &Path) -> Vec<PathBuf> {
    files(folder).into_iter().filter(|file| file.extension().is_some_and(|it| it == "backup")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_makes_a_backup_that_can_be_restored_and_the_doctor_knows() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let folder = portal.beside("backups");
        let settings = ["--set", &format!("backup.folder={}", folder.display())];
        let doctor = || {
            let output = portal.command(&[&["doctor", "--json"], &settings[..]].concat()).output().unwrap();
            let checks: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
            checks.into_iter().find(|check| check["check"] == "backup").unwrap()
        };
        assert_eq!(found(&portal, "backup")["severity"], "note");
        assert_eq!(doctor()["severity"], "warning");
        let mut server = portal.start_with(&[("POSTERN_BACKUP__FOLDER", folder.to_str().unwrap())]).await;
        let is_known = async || doctor()["severity"] == "ok";
        eventually("a backup", is_known).await;
        assert_eq!(complete(&folder).len(), 1);
        server.kill();
        let elsewhere = Installation::on_sqlite();
        fs::create_dir_all(elsewhere.data_dir()).unwrap();
        fs::copy(portal.key_file(), elsewhere.key_file()).unwrap();
        elsewhere.run(&["restore", complete(&folder)[0].to_str().unwrap()]);
        elsewhere.start().await.browser().sign_in(ADA).await.expect(200);
        assert_eq!(elsewhere.database.count("select count(*) from meta where name = 'scheduled_backup_at'").await, 0);
        portal.database.execute("update meta set value = '1700000000' where name = 'scheduled_backup_at'").await;
        let old = doctor();
        assert_eq!(old["severity"], "warning");
        assert!(old["cure"].as_str().unwrap().contains(folder.to_str().unwrap()), "{old}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_the_log_says_what_to_do_and_the_earlier_backups_stay() {
    let portal = Installation::on_postgres().await.with_ada();
    fill(&portal).await;
    let folder = portal.beside("backups");
    let given = ("POSTERN_BACKUP__FOLDER", folder.to_str().unwrap());
    let mut server = portal.start_with(&[given]).await;
    eventually("a backup", async || complete(&folder).len() == 1).await;
    server.kill();
    let earlier = complete(&folder);
    portal.database.execute("update meta set value = '1700000000' where name = 'scheduled_backup_at'").await;
    let mut server = portal.launch(program::after("ulimit -f 32", &portal.command(&["serve"])), &[given]);
    server.wait_until_ready().await;
    eventually("it is said", async || server.log().contains("the backup failed")).await;
    let log = server.log();
    assert!(log.contains("tried again in 10 minutes") && log.contains("free space"), "{log}");
    assert!(!log.contains("panicked"), "{log}");
    assert_eq!(files(&folder), earlier);
    server.kill();
    let _server = portal.start_with(&[given]).await;
    eventually("another backup", async || complete(&folder).len() == 2).await;
}
