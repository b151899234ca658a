//! `cargo xtask ordeal`: kills what an operator runs, more often than `cargo xtask test` does.

use anyhow::Result;

use crate::postgres::{self, Postgres};
use crate::process;
use crate::setup::{self, Part};

/// Options of `cargo xtask ordeal`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Kills in all.
    #[arg(long, default_value_t = 300)]
    kills: u32,
    /// The seed that an earlier run has printed.
    #[arg(long)]
    seed: Option<u64>,
}

/// `cargo xtask ordeal`.
pub(crate) fn command(options: &Options) -> Result<()> {
    setup::ensure(&[Part::Postgres])?;
    let postgres = Postgres::start()?;
    let mut tests = process::cargo();
    tests.args(["test", "--workspace", "--test", "process", "--", "ordeal::", "--nocapture"]);
    tests.env(postgres::URL_VARIABLE, postgres.url()).env("POSTERN_ORDEAL_KILLS", options.kills.to_string());
    if let Some(seed) = options.seed {
        tests.env("POSTERN_ORDEAL_SEED", seed.to_string());
    }
    process::run(&mut tests)
}
