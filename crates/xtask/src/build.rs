//! The product: the web app, and the server that carries it.

use std::env;
use std::path::PathBuf;

use anyhow::Result;

use crate::{paths, process, web};

/// How the server is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quickly, with checks; reads the web app from `target/web` at run time.
    Debug,
    /// As it is shipped: the whole product in one file.
    Release,
}

/// `cargo xtask build`.
pub(crate) fn command() -> Result<()> {
    let binary = all(Profile::Release)?;
    println!("{}", binary.display());
    Ok(())
}

/// Builds the web app and the server; gives the server's path.
pub(crate) fn all(profile: Profile) -> Result<PathBuf> {
    web::build()?;
    server(profile)
}

/// Builds the server alone.
pub(crate) fn server(profile: Profile) -> Result<PathBuf> {
    let mut build = process::cargo();
    match profile {
        // Of the whole workspace, so that the dependencies have the features of `cargo test --workspace` and are not
        // compiled a second time.
        Profile::Debug => build.args(["build", "--workspace", "--bin", "postern"]),
        Profile::Release => build.args(["build", "--package", "postern", "--release"]),
    };
    process::run(&mut build)?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| paths::root().join("target"), PathBuf::from);
    Ok(target.join(if profile == Profile::Release { "release" } else { "debug" }).join("postern"))
}
