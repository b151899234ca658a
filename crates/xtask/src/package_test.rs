//! The packages as an operator meets them: installed, started, logged in to, upgraded and removed. A whole test packages the debug build,
//! which is there already; `cargo xtask package --test` takes what is shipped.

mod browser;
mod containers;
mod debian;
mod sandbox;
mod service;
mod tarball;

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::build::{self, Profile};
use crate::packaging::debian::Compression;
use crate::packaging::{self, LATER, VERSION};

pub(crate) use containers::container;
pub(crate) use debian::debian;
pub(crate) use tarball::tarball;

/// Every test, with the debug build.
pub(crate) fn all() -> Result<()> {
    containers::lint()?;
    let binary = build::server(Profile::Debug)?;
    let into = tempfile::tempdir()?;
    let make = |version| packaging::debian::make(&binary, version, into.path(), Compression::Fast);
    debian(&make(VERSION)?, &make(LATER)?)?;
    let make = |version, into: &Path| packaging::tarball::make(&binary, version, DEBUG, into);
    let first = make(VERSION, into.path())?;
    let again = tempfile::tempdir()?;
    ensure!(
        fs::read(&first.archive)? == fs::read(make(VERSION, again.path())?.archive)?,
        "the tarball differs the second time"
    );
    shown("a tarball that is made again is the same, byte for byte");
    tarball(&first, &make(LATER, into.path())?)
}

/// What the debug build is built for, and linked with the system's library for.
const DEBUG: &str = "x86_64-unknown-linux-gnu";

/// Says what has been shown.
fn shown(sentence: &str) {
    eprintln!("  shown: {sentence}");
}
