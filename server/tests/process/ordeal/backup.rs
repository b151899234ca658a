//! `postern backup`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use postern_testkit::{Installation, rows_of_backup};

use super::Victim;
use crate::backup::fill;

pub(super) struct Backup {
    portal: Installation,
    file: PathBuf,
}

impl Backup {
    /// The files that are not complete.
    fn parts(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|file| file.extension().is_some_and(|it| it == "part")).collect()
    }
}

impl Victim for Backup {
    const NAME: &'static str = "backup";
    const USUAL_KILLS: u32 = 10;
    const WRITING: Duration = Duration::from_millis(300);

    async fn prepare(portal: Installation) -> Self {
        let portal = portal.with_ada();
        fill(&portal).await;
        let file = portal.beside("portal.backup");
        Self { portal, file }
    }

    fn command(&self) -> Command {
        self.portal.command(&["backup", self.file.to_str().unwrap()])
    }

    fn folder(&self) -> PathBuf {
        self.file.parent().unwrap().to_owned()
    }

    async fn has_begun(&self) -> bool {
        !self.parts().is_empty()
    }

    async fn check(&mut self) -> bool {
        self.portal.database.check_integrity().await;
        for part in self.parts() {
            fs::remove_file(part).unwrap();
        }
        if !self.file.exists() {
            return false;
        }
        let rows = rows_of_backup(&self.file, &self.portal.key_file());
        assert_eq!(rows["login_history"], 20_000);
        for (table, number) in rows {
            let there = self.portal.database.count(&format!("select count(*) from {table}")).await;
            assert_eq!(there.unsigned_abs(), number, "{table}");
        }
        fs::remove_file(&self.file).unwrap();
        true
    }

    async fn end(self) {}
}
