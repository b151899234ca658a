//! Formatting, by rustfmt itself.

use anyhow::{Context, Result};

use crate::process;

/// Options of `cargo xtask fmt`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Change nothing; fail where something would change.
    #[arg(long)]
    check: bool,
}

/// `cargo xtask fmt`.
pub(crate) fn command(options: &Options) -> Result<()> {
    if options.check { check() } else { process::run(process::cargo().args(["fmt", "--all"])) }
}

/// Fails where rustfmt would change something.
pub(crate) fn check() -> Result<()> {
    process::run(process::cargo().args(["fmt", "--all", "--check"])).context("`cargo xtask fmt` puts it right")
}
