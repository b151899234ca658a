//! Lock files beside a SQLite database, which PostgreSQL's advisory locks replace. The end of a process frees them.

use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::Context;

use crate::{private_file, tasks};

/// Waits for a lock, and holds it until the file is dropped.
pub(in crate::store) async fn lock_file(path: &Path) -> anyhow::Result<File> {
    let path = path.to_owned();
    tasks::blocking(move || {
        let file = private_file::open(&path)?;
        file.lock()?;
        Ok(file)
    })
    .await?
}

/// The same without waiting: `None` if somebody else holds it.
pub(in crate::store) fn try_lock_file(path: &Path) -> anyhow::Result<Option<File>> {
    let file = private_file::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}
