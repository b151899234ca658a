//! Builds the product: the browser app, and the server with the app embedded.

use std::env;
use std::path::PathBuf;

use anyhow::Result;

use crate::{paths, process, web};

/// How the server is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Debug build, which reads the browser app from `target/web` at run time.
    Debug,
    /// Release build: the whole product as one file.
    Release,
}

/// `cargo xtask build`.
pub(crate) fn command() -> Result<()> {
    let binary = all(Profile::Release)?;
    println!("{}", binary.display());
    Ok(())
}

/// Builds the browser app and the server; returns the server's path.
pub(crate) fn all(profile: Profile) -> Result<PathBuf> {
    web::build()?;
    server(profile)
}

/// Builds the server alone.
pub(crate) fn server(profile: Profile) -> Result<PathBuf> {
    let mut build = process::cargo();
    match profile {
        // For the whole workspace, so that dependencies have the same features as in `cargo test --workspace` and are compiled
        // only once.
        Profile::Debug => build.args(["build", "--workspace", "--bin", "postern"]),
        Profile::Release => build.args(["build", "--package", "postern", "--release"]),
    };
    process::run(&mut build)?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| paths::root().join("target"), PathBuf::from);
    Ok(target.join(if profile == Profile::Release { "release" } else { "debug" }).join("postern"))
}
