//! `postern keys rotate`, while a server runs.

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
    /// Whether a kill came between two values.
    was_half_done: bool,
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
        Self { portal, server, key, was_half_done: false }
    }

    fn command(&self) -> Command {
        self.portal.command(&["keys", "rotate"])
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
        let newest = key_ids(&self.portal.key_file()).pop().unwrap();
        found.keys().all(|(_, key)| *key == newest)
    }

    async fn end(self) {
        assert!(self.was_half_done, "no kill came between two values");
        self.portal.database.execute("update totp_factors set last_step = 0").await;
        let mut browser = self.server.browser();
        browser.sign_in(ADA).await.expect(200);
        browser.code(&code_in(&self.key, 0)).await.expect(200);
    }
}
