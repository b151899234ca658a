//! `postern keys rotate`, while a server runs.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use postern_testkit::authenticator::code_in;
use postern_testkit::sealed::key_ids;
use postern_testkit::{ADA, Installation, Server};

use super::Victim;
use crate::keys::add_factors;

/// Users with a second factor, besides Ada.
const USERS: usize = 3_000;

pub(super) struct Rotation {
    portal: Installation,
    server: Server,
    /// Ada's security key.
    key: String,
    /// The key that seals everything when the work is complete.
    sealing: String,
    /// Whether a kill came between two values.
    pub(super) was_half_done: bool,
}

impl Rotation {
    /// Stops the server, which then leaves the database to the rotation alone.
    pub(super) fn stop_server(&mut self) {
        self.server.signal("TERM");
        assert!(self.server.wait(Duration::from_secs(30)).success());
    }
}

impl Victim for Rotation {
    const NAME: &'static str = "rotation";
    const USUAL_KILLS: u32 = 6;
    const WRITING: Duration = Duration::from_millis(100);

    async fn prepare(portal: Installation) -> Self {
        let portal = portal.with_ada();
        add_factors(&portal, USERS).await;
        let server = portal.start().await;
        let (_, key) = server.set_up(ADA).await;
        let sealing = newest(&portal);
        Self { portal, server, key, sealing, was_half_done: false }
    }

    fn command(&self) -> Command {
        self.portal.command(&["keys", "rotate"])
    }

    fn folder(&self) -> PathBuf {
        self.portal.data_dir()
    }

    /// Two keys have sealed factors.
    async fn has_begun(&self) -> bool {
        let keys = "select count(distinct substr(secret_sealed, 1, 12)) from totp_factors";
        self.portal.database.count(keys).await > 1
    }

    async fn check(&mut self) -> bool {
        self.portal.database.check_integrity().await;
        // Opens every value, or panics.
        let found = self.portal.database.sealed_values(&self.portal.key_file()).await;
        let secrets = || found.iter().filter(|((table, _), _)| *table == "totp_factors");
        assert_eq!(secrets().map(|(_, number)| number).sum::<usize>(), USERS + 1);
        self.was_half_done |= secrets().count() > 1;
        let newest = newest(&self.portal);
        let is_complete = newest != self.sealing && found.keys().all(|(_, key)| *key == newest);
        if is_complete {
            self.sealing = newest;
        }
        is_complete
    }

    async fn end(self) {
        assert!(self.was_half_done, "no kill came between two values");
        self.portal.database.execute("update totp_factors set last_step = 0").await;
        let mut browser = self.server.browser();
        browser.sign_in(ADA).await.expect(200);
        browser.code(&code_in(&self.key, 0)).await.expect(200);
    }
}

/// The newest key in the ring.
fn newest(portal: &Installation) -> String {
    key_ids(&portal.key_file()).pop().unwrap()
}
