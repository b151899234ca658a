//! Tools that cargo builds from crates.io, in the per-user cache, one directory per version.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{paths, process};

/// The newest trunk that the workspace's `rust-version` can build.
const TRUNK: &str = "0.21.14";
/// Makes the Debian package.
const CARGO_DEB: &str = "3.8.0";
/// Makes the list of what the program is made of.
const CARGO_CYCLONEDX: &str = "0.5.9";

/// A command line tool at an exact version.
pub(crate) struct Tool {
    package: &'static str,
    command: &'static str,
    version: String,
    /// Whether the package's own lock file is used.
    locked: bool,
}

/// The tools that the web build runs.
pub(crate) fn web() -> Result<[Tool; 2]> {
    let lock = fs::read_to_string(paths::root().join("Cargo.lock")).context("reading Cargo.lock")?;
    let wasm_bindgen = locked_version(&lock, "wasm-bindgen").context("Cargo.lock names no wasm-bindgen")?;
    Ok([
        Tool { package: "trunk", command: "trunk", version: TRUNK.to_owned(), locked: true },
        // The tool and the crate speak a private format, so both are of one version. Its own lock file names a yanked crate.
        Tool { package: "wasm-bindgen-cli", command: "wasm-bindgen", version: wasm_bindgen, locked: false },
    ])
}

/// The tools that make packages.
pub(crate) fn packaging() -> [Tool; 2] {
    [
        Tool { package: "cargo-deb", command: "cargo-deb", version: CARGO_DEB.to_owned(), locked: true },
        Tool {
            package: "cargo-cyclonedx",
            command: "cargo-cyclonedx",
            version: CARGO_CYCLONEDX.to_owned(),
            locked: true,
        },
    ]
}

/// The directories of tools, for a PATH.
pub(crate) fn directories(tools: &[Tool]) -> Result<Vec<PathBuf>> {
    tools.iter().map(|tool| Ok(tool.root()?.join("bin"))).collect()
}

impl Tool {
    fn root(&self) -> Result<PathBuf> {
        Ok(paths::cache()?.join(format!("{}-{}", self.package, self.version)))
    }

    /// Whether this version is in the cache, or on the person's own PATH.
    pub(crate) fn present(&self) -> bool {
        let cached = self.root().is_ok_and(|root| root.join("bin").join(self.command).is_file());
        cached
            || process::read(Command::new(self.command).arg("--version"))
                .is_ok_and(|text| text.split_whitespace().nth(1) == Some(&self.version))
    }

    /// Downloads the tool into the cache, if `cargo binstall` is there and finds it; builds it otherwise.
    pub(crate) fn install(&self) -> Result<()> {
        let root = self.root()?;
        if paths::which("cargo-binstall").is_some() {
            let mut download = process::cargo();
            download.args(["binstall", "--no-confirm", "--disable-strategies", "compile", "--root"]).arg(&root);
            if process::run(download.arg(format!("{}@{}", self.package, self.version))).is_ok() {
                return Ok(());
            }
            process::check_interrupt()?;
        }
        let mut install = process::cargo();
        // Without their default features they cannot download anything, which nothing asks of them.
        install
            .args(["install", self.package, "--version", &self.version, "--no-default-features", "--root"])
            .arg(root);
        // They run for a second at a time: a quick build is worth more than a quick tool.
        install.envs([
            ("CARGO_PROFILE_RELEASE_LTO", "off"),
            ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
            ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
        ]);
        // What both are made of is compiled once.
        install.env("CARGO_TARGET_DIR", paths::root().join("target/tools"));
        if self.locked {
            install.arg("--locked");
        }
        process::run(&mut install)
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.package, self.version)
    }
}

/// The version of a package in a lock file.
fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let after = lock.lines().skip_while(|line| *line != name).nth(1)?;
    Some(after.strip_prefix("version = \"")?.strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_decides_the_version() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(lock, "trunk"), None);
    }
}
