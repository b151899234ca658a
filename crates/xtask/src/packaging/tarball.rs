//! The tarball: everything in one directory, with checksums, a list of the crates, an installer, and the files for a container. Its
//! files have one owner and one time, so that it can be reproduced.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{files, sbom};
use crate::{paths, process, source_tree};

/// Files of the checkout, and where they are in the tarball.
const COPIED: [(&str, &str); 12] = [
    ("LICENSE-APACHE", ""),
    ("LICENSE-MIT", ""),
    ("NOTICE", ""),
    ("README.md", ""),
    ("CHANGELOG.md", ""),
    ("packaging/install.sh", ""),
    ("packaging/postern.service", ""),
    ("packaging/Containerfile", ""),
    ("packaging/compose.yaml", ""),
    ("packaging/Caddyfile", ""),
    ("docs/*.md", "docs"),
    ("docs/proxies/*", "docs/proxies"),
];
/// What the files are checked with.
pub(crate) const SUMS: &str = "SHA256SUMS";
/// The list of the crates.
pub(crate) const SBOM: &str = "postern.cdx.json";

/// A tarball that was made.
pub(crate) struct Tarball {
    /// The tarball, beside its checksum.
    pub(crate) archive: PathBuf,
    /// The directory that is in it.
    pub(crate) dir: PathBuf,
}

/// Makes the tarball of a binary for this target, and its checksum beside it.
pub(crate) fn make(binary: &Path, version: &str, target: &str, into: &Path) -> Result<Tarball> {
    let name = format!("postern-{version}-{target}");
    let dir = into.join(&name);
    files::gather(binary, &dir)?;
    for (from, to) in COPIED {
        copy(from, &dir.join(to))?;
    }
    // The container's volume begins with it.
    fs::create_dir(dir.join("data"))?;
    sbom::write(target, &dir.join(SBOM))?;
    sums(&dir)?;
    let archive = into.join(format!("{name}.tar.gz"));
    pack(&name, into, &archive)?;
    let sum = source_tree::sha256(&fs::read(&archive)?);
    fs::write(into.join(format!("{name}.tar.gz.sha256")), format!("{sum}  {name}.tar.gz\n"))?;
    Ok(Tarball { archive, dir })
}

/// Copies a file, or all files that end in the same way.
fn copy(from: &str, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    let from = paths::root().join(from);
    let (parent, pattern) =
        (from.parent().context("a file has a directory")?, from.file_name().context("a file has a name")?);
    let pattern = pattern.to_string_lossy();
    for entry in fs::read_dir(parent)? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        let name = name.to_string_lossy();
        let is_meant = pattern.strip_prefix('*').map_or(name == pattern, |end| name.ends_with(end));
        if is_meant && path.is_file() {
            fs::copy(&path, to.join(&*name)).with_context(|| format!("copying {}", path.display()))?;
        }
    }
    Ok(())
}

/// Lists the checksums of all files, as `sha256sum` reads them.
fn sums(dir: &Path) -> Result<()> {
    let mut lines = String::new();
    for file in source_tree::files(dir)? {
        let name = file.strip_prefix(dir)?.display();
        lines += &format!("{}  {name}\n", source_tree::sha256(&fs::read(&file)?));
    }
    fs::write(dir.join(SUMS), lines)?;
    Ok(())
}

fn pack(name: &str, from: &Path, archive: &Path) -> Result<()> {
    let mut tar = Command::new("tar");
    tar.args(["--create", "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mode=go-w", "--format=ustar"])
        .arg(format!("--mtime=@{}", super::source_date()?))
        .args(["--use-compress-program=gzip -n", "--file"])
        .arg(archive)
        .arg("--directory")
        .arg(from)
        .arg(name);
    process::run(&mut tar)
}
