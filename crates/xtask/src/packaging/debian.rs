//! The Debian package: `[package.metadata.deb]` of the server's `Cargo.toml`, made by cargo-deb.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::files;
use crate::setup::tools;
use crate::{paths, process};

/// How the contents are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    /// For a download.
    Small,
    /// For a test.
    Fast,
}

/// Makes the package of this binary; returns its path.
pub(crate) fn make(binary: &Path, version: &str, into: &Path, compression: Compression) -> Result<PathBuf> {
    // cargo-deb reads what it calls target/release from here, so that any binary can be packaged.
    let target = super::dir().join("debian");
    files::gather(binary, &target.join("release"))?;
    package_gathered(&target, version, into, compression)
}

fn package_gathered(target: &Path, version: &str, into: &Path, compression: Compression) -> Result<PathBuf> {
    let architecture = process::read(Command::new("dpkg").arg("--print-architecture"))?;
    let package = into.join(format!("postern_{version}_{}.deb", architecture.trim()));
    let mut cargo_deb = process::cargo();
    cargo_deb
        .args(["deb", "--quiet", "--no-build", "--no-strip", "--package=postern", "--deb-version", version, "--output"])
        .arg(&package)
        .args(match compression {
            Compression::Small => &["--compress-type=xz"][..],
            Compression::Fast => &["--compress-type=gz", "--fast"],
        })
        // cargo-deb's own gzip is slow.
        .arg("--compress-system")
        .env("CARGO_TARGET_DIR", target)
        .env("SOURCE_DATE_EPOCH", super::source_date()?)
        .env("PATH", paths::path_with(&tools::directories(&tools::packaging())?)?);
    process::run(&mut cargo_deb)?;
    Ok(package)
}
