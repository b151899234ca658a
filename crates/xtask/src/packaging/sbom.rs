//! The software bill of materials: every crate in the program, with its version and licence, as `CycloneDX`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::setup::tools;
use crate::{paths, process, source_tree};

/// cargo-cyclonedx writes a file of this name beside the `Cargo.toml` of every member of the workspace.
const NAME: &str = "postern.cdx";

/// Writes it for a build for this target.
pub(super) fn write(target: &str, to: &Path) -> Result<()> {
    let mut cyclonedx = process::cargo();
    cyclonedx
        .args(["cyclonedx", "--quiet", "--format=json", "--spec-version=1.5", "--no-build-deps"])
        .args(["--manifest-path=server/Cargo.toml", "--target", target, "--override-filename", NAME])
        .env("SOURCE_DATE_EPOCH", super::source_date()?)
        .env("PATH", paths::path_with(&tools::directories(&tools::packaging())?)?);
    process::run(&mut cyclonedx)?;
    let name = format!("{NAME}.json");
    let mut of_server = None;
    for file in source_tree::files(paths::root())?.iter().filter(|file| file.ends_with(&name)) {
        if file.ends_with(Path::new("server").join(&name)) {
            of_server = Some(fs::read(file)?);
        }
        fs::remove_file(file)?;
    }
    fs::write(to, of_server.context("cargo cyclonedx wrote nothing")?)
        .with_context(|| format!("writing {}", to.display()))
}
