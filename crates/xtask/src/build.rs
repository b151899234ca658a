//! Builds the product: the browser app, and the server with the app embedded.

use std::env;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;

use crate::setup::{self, Part};
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
        Profile::Release => tools_and_app().and_then(|()| step("the server", || server(profile))),
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
    };
    process::run(&mut build)?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| paths::root().join("target"), PathBuf::from);
    Ok(target.join(if profile == Profile::Release { "release" } else { "debug" }).join("postern"))
}
