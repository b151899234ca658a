//! `postern import`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use postern_testkit::{ACCOUNT, Installation, RFC_6238_KEY};

use super::Victim;

/// Users in a file.
const USERS: i64 = 200;
const HASH: &str = "$2b$04$L/PfrME/bmnWcp5ySFy.W.svEsyJqcWl//36D7uPejonPcVp6ZK7u";

pub(super) struct Import {
    portal: Installation,
    file: PathBuf,
    /// Users of the files before.
    before: i64,
}

impl Import {
    fn write(&self) {
        let line = |n| format!("user{n}@example.com,{HASH},{RFC_6238_KEY}\n");
        let lines: String = (self.before..self.before + USERS).map(line).collect();
        fs::write(&self.file, format!("email,password_hash,totp_secret\n{lines}")).unwrap();
    }

    async fn users(&self) -> i64 {
        self.portal.database.count("select count(*) from users").await
    }
}

impl Victim for Import {
    const NAME: &'static str = "import";
    const USUAL_KILLS: u32 = 10;
    const WRITING: Duration = Duration::from_millis(200);

    async fn prepare(portal: Installation) -> Self {
        portal.add_account();
        let file = portal.beside("users.csv");
        let import = Self { portal, file, before: 0 };
        import.write();
        import
    }

    fn command(&self) -> Command {
        self.portal.command(&["import", self.file.to_str().unwrap(), "--format", "csv", "--account", ACCOUNT])
    }

    fn folder(&self) -> PathBuf {
        self.portal.data_dir()
    }

    async fn has_begun(&self) -> bool {
        self.users().await > self.before
    }

    /// Every user has a membership, a factor, a line in the roster and an event.
    async fn check(&mut self) -> bool {
        self.portal.database.check_integrity().await;
        let users = self.users().await;
        for of_each in [
            "select count(*) from users where two_factor_since is not null",
            "select count(*) from memberships",
            "select count(*) from totp_factors",
            "select count(*) from roster where two_factor = 1",
            "select count(*) from events where what = 'user_added'",
        ] {
            assert_eq!(self.portal.database.count(of_each).await, users, "{of_each}");
        }
        let is_complete = users == self.before + USERS;
        if is_complete {
            self.before = users;
            self.write();
        }
        is_complete
    }

    async fn end(self) {}
}
