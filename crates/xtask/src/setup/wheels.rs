//! Python packages in the per-user cache, from the Python package index, at listed versions and hashes.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::pip;
use crate::{paths, process, source_tree};

/// The OpenID Connect clients of the browser tests.
pub(crate) const CLIENTS: Wheels = Wheels { name: "wheels", list: "e2e/wheels.txt" };
/// The linters of the container files.
pub(crate) const LINTERS: Wheels = Wheels { name: "linters", list: "packaging/linters.txt" };

/// Packages that are installed together.
pub(crate) struct Wheels {
    /// What their directory's name begins with.
    name: &'static str,
    /// The file with their versions and hashes.
    list: &'static str,
}

impl Wheels {
    /// Where they are, one directory per list of versions and version of Python, for which some of them are compiled.
    pub(crate) fn dir(&self) -> Result<PathBuf> {
        let mut key = fs::read(self.list()).with_context(|| format!("reading {}", self.list))?;
        key.extend(process::read(Command::new("python3").arg("--version"))?.bytes());
        let hash = source_tree::sha256(&key);
        Ok(paths::cache()?.join(format!("{}-{}", self.name, hash.get(..16).unwrap_or(&hash))))
    }

    /// Whether all of them are in the cache.
    pub(crate) fn present(&self) -> bool {
        self.dir().is_ok_and(|dir| dir.is_dir())
    }

    /// Downloads them. The directory gets its name when it is complete.
    pub(super) fn install(&self) -> Result<()> {
        let cache = paths::cache()?;
        fs::create_dir_all(&cache).with_context(|| format!("creating {}", cache.display()))?;
        let unfinished = tempfile::tempdir_in(&cache)?;
        pip::install(&self.list(), unfinished.path())?;
        let dir = self.dir()?;
        fs::rename(unfinished.keep(), &dir).with_context(|| format!("naming {}", dir.display()))
    }

    fn list(&self) -> PathBuf {
        paths::root().join(self.list)
    }
}
