//! Builds and runs the product, with demonstration users.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::build::{self, Profile};
use crate::{demo, paths};

/// Options of `cargo xtask run`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Where the portal keeps its data; a new one gets the demonstration account [default: postern-data in the checkout].
    #[arg(long)]
    data_dir: Option<PathBuf>,

    /// Run the release build, which is faster and takes longer to build.
    #[arg(long)]
    release: bool,

    /// Arguments of `postern serve`.
    #[arg(last = true)]
    serve: Vec<OsString>,
}

/// `cargo xtask run`.
pub(crate) fn command(options: &Options) -> Result<()> {
    let binary = build::all(if options.release { Profile::Release } else { Profile::Debug })?;
    let data_dir = options.data_dir.clone().unwrap_or_else(paths::data);
    demo::ensure(&binary, &data_dir)?;
    // The server replaces this process, so that it has its signals, exit code and terminal.
    let error = Command::new(&binary).arg("serve").arg("--data-dir").arg(&data_dir).args(&options.serve).exec();
    Err(error).with_context(|| format!("{} could not be started", binary.display()))
}
