//! A released migration never changes: existing databases know its checksum, and Postern would refuse to start.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::Finding;
use crate::source_tree;

const DIR: &str = "server/migrations";
const CHECKSUMS: &str = "server/migrations/CHECKSUMS";

/// SHA-256 by file name.
type Sums = BTreeMap<String, String>;

/// Checks the migrations against their checksums.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    Ok(compare(&recorded(root)?, &present(root)?))
}

/// Records the checksums of new migrations; those of released ones stay unchanged.
pub(super) fn bless(root: &Path) -> Result<()> {
    let present = present(root)?;
    if present.is_empty() {
        return Ok(());
    }
    let mut sums = present;
    sums.extend(recorded(root)?);
    let text: String = sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
    fs::write(root.join(CHECKSUMS), text).context("writing the checksums of the migrations")
}

fn recorded(root: &Path) -> Result<Sums> {
    let path = root.join(CHECKSUMS);
    if !path.exists() {
        return Ok(Sums::new());
    }
    let text = fs::read_to_string(path)?;
    let pairs = text.lines().filter_map(|line| line.split_once("  "));
    Ok(pairs.map(|(sum, name)| (name.to_owned(), sum.to_owned())).collect())
}

fn present(root: &Path) -> Result<Sums> {
    let mut sums = Sums::new();
    for file in source_tree::files(&root.join(DIR))? {
        if file.extension().is_some_and(|kind| kind == "sql") {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            sums.insert(name, source_tree::sha256(&fs::read(&file)?));
        }
    }
    Ok(sums)
}

fn compare(recorded: &Sums, present: &Sums) -> Vec<Finding> {
    let shipped = recorded.iter().filter_map(|(name, sum)| match present.get(name) {
        Some(now) if now == sum => None,
        Some(_) => {
            Some((name, "changed, but databases hold it by its checksum: put it back and write a new migration"))
        }
        None => Some((name, "is gone, but databases remember it: put it back")),
    });
    let new = present.keys().filter(|name| !recorded.contains_key(*name));
    let new = new.map(|name| (name, "has no checksum yet: `cargo xtask tidy --bless` records it"));
    shipped
        .chain(new)
        .map(|(name, message)| Finding { path: format!("{DIR}/{name}"), line: None, message: message.to_owned() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join(DIR)).unwrap();
        write(&root, "0001_users.sql", "create table users (id text)");
        root
    }

    fn write(root: &tempfile::TempDir, name: &str, text: &str) {
        fs::write(root.path().join(DIR).join(name), text).unwrap();
    }

    fn messages(root: &tempfile::TempDir) -> Vec<String> {
        check(root.path()).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_new_migration_is_blessed_and_a_shipped_one_is_not() {
        let root = tree();
        assert!(messages(&root)[0].contains("has no checksum yet"));
        bless(root.path()).unwrap();
        assert!(messages(&root).is_empty());
        write(&root, "0001_users.sql", "create table users (id bigint)");
        bless(root.path()).unwrap();
        assert!(messages(&root)[0].contains("put it back and write a new migration"));
    }

    #[test]
    fn a_removed_migration_is_noticed() {
        let root = tree();
        bless(root.path()).unwrap();
        fs::remove_file(root.path().join(DIR).join("0001_users.sql")).unwrap();
        assert!(messages(&root)[0].contains("is gone"));
    }
}
