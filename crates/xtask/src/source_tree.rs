//! The source files, without what tools generate.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// Directories that hold no source, wherever they are.
const GENERATED: [&str; 8] =
    [".git", "target", "dist", "node_modules", "postern-data", "test-results", "playwright-report", "screenshots-out"];

/// All source files at or below a path, sorted; none where there is nothing.
pub(crate) fn files(path: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    collect(path, &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(path: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        found.push(path.to_owned());
    } else if path.is_dir() && !path.file_name().is_some_and(|name| GENERATED.iter().any(|dir| name == *dir)) {
        for entry in fs::read_dir(path).with_context(|| format!("reading {}", path.display()))? {
            collect(&entry?.path(), found)?;
        }
    }
    Ok(())
}

/// One name for the contents of all files at or below these paths: it changes when any of them does.
pub(crate) fn fingerprint(paths: &[PathBuf]) -> Result<String> {
    let mut hash = Sha256::new();
    for path in paths {
        for file in files(path)? {
            let contents = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
            hash.update(file.as_os_str().as_encoded_bytes());
            hash.update(contents.len().to_le_bytes());
            hash.update(contents);
        }
    }
    Ok(hex(&hash.finalize()))
}

/// When the newest file at or below these paths was written.
pub(crate) fn newest(paths: &[PathBuf]) -> Result<Option<SystemTime>> {
    let mut newest = None;
    for path in paths {
        for file in files(path)? {
            // An editor may replace a file between the listing and this look at it.
            newest = newest.max(fs::metadata(&file).and_then(|data| data.modified()).ok());
        }
    }
    Ok(newest)
}

/// The SHA-256 of some bytes, in hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_follows_contents_and_leaves_out_generated_files() {
        let dir = tempfile::tempdir().unwrap();
        let print = || fingerprint(&[dir.path().to_owned()]).unwrap();
        fs::write(dir.path().join("a"), "one").unwrap();
        let first = print();
        fs::create_dir(dir.path().join("dist")).unwrap();
        fs::write(dir.path().join("dist/b"), "generated").unwrap();
        assert_eq!(print(), first);
        fs::write(dir.path().join("a"), "two").unwrap();
        assert_ne!(print(), first);
    }
}
