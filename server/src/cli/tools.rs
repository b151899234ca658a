//! What the commands work with, and what they print.

use std::io::{self, Write};

use anyhow::Context;
use serde_json::{Value, json};

use crate::auth::cipher::Cipher;
use crate::auth::look_up_secret::SetUpCode;
use crate::auth::password::{PasswordHash, PasswordHasher};
use crate::clock::Clock;
use crate::config::{Config, PublicUrl};
use crate::keys;
use crate::store::{Db, meta};

/// What a command prints: for a person, and with `--json` for a program.
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) json: Value,
    pub(super) exit: Exit,
}

/// How a command ends, as its exit code. 2 is clap's, for a wrong use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Success = 0,
    Failure = 1,
    /// It works, and something should be mended.
    Warnings = 3,
}

impl Answer {
    pub(super) const fn new(text: String, json: Value) -> Self {
        Self { text, json, exit: Exit::Success }
    }

    /// The same, which ends in a failure if something was not done.
    pub(super) fn failed_if(self, has_failed: bool) -> Self {
        if has_failed { Self { exit: Exit::Failure, ..self } } else { self }
    }

    /// Why nothing was done.
    pub(super) fn failure(error: &anyhow::Error) -> Self {
        let reason = reason(error);
        Self { text: format!("postern: {reason}"), json: json!({"error": reason}), exit: Exit::Failure }
    }

    /// Prints it: as JSON to standard output, and for people a failure to standard error.
    pub(super) fn print(&self, as_json: bool) {
        // A closed pipe is not an error: `postern user list | head`.
        drop(match self {
            Self { json, .. } if as_json && !json.is_null() => writeln!(io::stdout(), "{json}"),
            Self { text, .. } if text.is_empty() => Ok(()),
            Self { text, exit: Exit::Failure, .. } => writeln!(io::stderr(), "{text}"),
            Self { text, .. } => writeln!(io::stdout(), "{text}"),
        });
    }
}

/// An error and its causes, without those that repeat the end of the one before.
fn reason(error: &anyhow::Error) -> String {
    let mut texts: Vec<String> = Vec::new();
    for text in error.chain().map(ToString::to_string) {
        if !texts.last().is_some_and(|last| last.ends_with(&text)) {
            texts.push(text);
        }
    }
    texts.join(": ")
}

/// What the commands work with.
pub(super) struct Tools {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) config: Config,
}

impl Tools {
    /// Opens the database of a portal that has been started before.
    pub(super) async fn open(config: Config) -> anyhow::Result<Self> {
        let db = Db::connect_existing(&config.database.url).await?;
        Ok(Self { db, clock: Clock::system(), config })
    }

    /// The master keys.
    pub(super) async fn cipher(&self) -> anyhow::Result<Cipher> {
        keys::open(&self.db, &self.config.keys.source).await
    }

    /// The address of the portal: as this command was told, or else as the last start of the server was.
    pub(super) async fn public_url(&self) -> anyhow::Result<PublicUrl> {
        if self.config.has_public_url {
            return Ok(self.config.server.public_url.clone());
        }
        let recorded = meta::public_url(&self.db).await?;
        PublicUrl::parse(&recorded.context("the address of the portal is not known yet: give it with --public-url")?)
    }

    /// A new set-up code, and its hash.
    pub(super) fn set_up_code(&self) -> anyhow::Result<(String, PasswordHash)> {
        let code = SetUpCode::random();
        let hash = self.hasher()?.hash_codes(std::slice::from_ref(&code))?.pop();
        Ok((code.grouped(), hash.context("a code has a hash")?))
    }

    pub(super) fn hasher(&self) -> anyhow::Result<PasswordHasher> {
        let config = &self.config;
        PasswordHasher::new(config.passwords.hash_memory_kib, config.passwords.hash_iterations, 1)
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_cause_that_repeats_the_end_of_its_error_is_said_once() {
        let error =
            anyhow!("Is a directory (os error 21)").context("Is a directory (os error 21)").context("cannot read x");
        assert_eq!(reason(&error), "cannot read x: Is a directory (os error 21)");
        let error =
            anyhow!("no database \"x\"").context("error from the server: no database \"x\"").context("cannot open it");
        assert_eq!(reason(&error), "cannot open it: error from the server: no database \"x\"");
    }
}
