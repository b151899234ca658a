//! Builds the product: the browser app, and the server with the app embedded.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::Result;

use crate::setup::{self, Part, apt};
use crate::{paths, process, web};

/// How the server is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Debug build, which reads the browser app from `target/web` at run time.
    Debug,
    /// Release build: the whole product as one file.
    Release,
    /// Release build that needs no library of the system either.
    Static,
}

/// The target of static builds.
pub(crate) const MUSL: &str = "x86_64-unknown-linux-musl";

/// `cargo xtask build`.
pub(crate) fn command() -> Result<()> {
    let binary = all(Profile::Release)?;
    println!("{}", binary.display());
    Ok(())
}

/// Builds the browser app and the server; returns the server's path.
pub(crate) fn all(profile: Profile) -> Result<PathBuf> {
    if !paths::web().join(web::INDEX).is_file() {
        eprintln!(
            "The first build takes about a quarter of an hour on two cores, half of it for the tools of the browser app."
        );
    }
    let tools_and_app = || {
        step("the tools of the browser app", || setup::ensure(&[Part::Web]))?;
        step("the browser app", web::build)
    };
    match profile {
        Profile::Debug => process::side_by_side(tools_and_app, || step("the server, meanwhile", || server(profile))),
        // It embeds the app.
        Profile::Release | Profile::Static => tools_and_app().and_then(|()| step("the server", || server(profile))),
    }
}

fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("== building {name}");
    let start = Instant::now();
    let made = work()?;
    eprintln!("== built {name} in {:.0} s", start.elapsed().as_secs_f64());
    Ok(made)
}

/// Builds the server alone.
pub(crate) fn server(profile: Profile) -> Result<PathBuf> {
    let mut build = process::cargo();
    match profile {
        // For the whole workspace, so that dependencies have the same features as in `cargo test --workspace` and are compiled
        // only once.
        Profile::Debug => build.args(["build", "--workspace", "--bin", "postern"]),
        Profile::Release => build.args(["build", "--package", "postern", "--release"]),
        Profile::Static => build.args(["build", "--package", "postern", "--release", "--target", MUSL]),
    };
    process::run(&mut build)?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| paths::root().join("target"), PathBuf::from);
    let built = match profile {
        Profile::Debug => Path::new("debug").to_owned(),
        Profile::Release => Path::new("release").to_owned(),
        Profile::Static => Path::new(MUSL).join("release"),
    };
    Ok(target.join(built).join("postern"))
}

/// Installs what static builds need: the target, and a compiler for what is written in C.
pub(crate) fn ensure_musl() -> Result<()> {
    let installed = process::read(Command::new("rustup").args(["target", "list", "--installed"]))?;
    if !installed.lines().any(|target| target == MUSL) {
        process::run(Command::new("rustup").args(["target", "add", MUSL]))?;
    }
    if paths::which("musl-gcc").is_none() {
        apt::install(&["musl-tools"])?;
    }
    Ok(())
}
