//! Files and directories that only their owner may read.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, ensure};

use crate::auth::token::random_id;

/// Whether a file exists.
///
/// # Errors
/// If its directory cannot be read, with what to do.
pub(crate) fn exists(path: &Path) -> anyhow::Result<bool> {
    path.try_exists().map_err(|error| {
        let advice =
            if error.kind() == io::ErrorKind::PermissionDenied { "; run this as the server's user" } else { "" };
        anyhow!("cannot read {}: {error}{advice}", folder_of(path).display())
    })
}

/// The directory of a file.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Creates a directory and its parents, unless they exist.
pub(crate) fn create_folder(folder: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot create the directory {}", folder.display()))
}

/// Opens a file for appending; creates it if it does not exist.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

/// Writes a file, and overwrites one that is there.
pub(crate) fn write(path: &Path, contents: &[u8]) -> anyhow::Result<()> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(contents)).with_context(|| format!("cannot write {}", path.display()))
}

/// Creates a file for writing. One that is there is left as it is.
pub(crate) fn create(path: &Path) -> anyhow::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.with_context(|| format!("cannot create {}", path.display()))
}

/// A file that gets its name only when it is complete. Until then it is beside its place, under a random name, and it is removed if it is
/// given up.
#[derive(Debug)]
pub(crate) struct Unfinished {
    beside: PathBuf,
    path: PathBuf,
}

impl Unfinished {
    /// Begins a file. One that is in its place is never overwritten.
    pub(crate) fn begin(path: &Path) -> anyhow::Result<(Self, File)> {
        ensure!(!path.exists(), "{} exists already: choose another name", path.display());
        ensure!(folder_of(path).is_dir(), "the directory {} does not exist", folder_of(path).display());
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{}.part", random_id()));
        let unfinished = Self { beside: beside.into(), path: path.to_owned() };
        let file = create(&unfinished.beside)?;
        Ok((unfinished, file))
    }

    /// Gives the file its name once it is on the disk.
    pub(crate) fn complete(self, file: &File) -> anyhow::Result<()> {
        let completed = file
            .sync_all()
            .and_then(|()| fs::hard_link(&self.beside, &self.path))
            .and_then(|()| fs::remove_file(&self.beside))
            .and_then(|()| File::open(folder_of(&self.path))?.sync_all());
        completed.with_context(|| format!("cannot write {}", self.path.display()))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.beside));
    }
}

/// Refuses a file, or a directory of our own, that others can read or change. One that does not exist is accepted.
pub(crate) fn check(path: &Path) -> anyhow::Result<()> {
    check_mode(path, 0o077, "read")
}

/// Refuses a directory in which others could replace files. They may list it, since the files are private, and write into it
/// if it is sticky, like `/tmp`.
pub(crate) fn check_folder(folder: &Path) -> anyhow::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    check_mode(folder, 0o022, "changed")
}

fn check_mode(path: &Path, refused: u32, verb: &str) -> anyhow::Result<()> {
    let found = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found.with_context(|| format!("cannot read {}", path.display()))?,
    };
    let mode = found.mode() & 0o7777;
    let is_sticky = refused == 0o022 && mode & 0o1000 != 0;
    ensure!(
        mode & refused == 0 || is_sticky,
        "{0} can be {verb} by others (mode {mode:o}); run: chmod go-{1} {0}",
        path.display(),
        if refused == 0o022 { "w" } else { "rwx" }
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_what_is_no_directory_is_an_error_and_not_absent() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        write(&file, b"").unwrap();
        assert!(exists(&file).unwrap() && !exists(&dir.path().join("other")).unwrap());
        let error = exists(&file.join("other")).unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot read {}", file.display())), "{error}");
    }

    #[test]
    fn a_file_that_is_given_up_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        drop(Unfinished::begin(&dir.path().join("file")).unwrap());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
