//! Reads the key ring from its source, and changes the key file. No error shows a key.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use zeroize::Zeroizing;

use crate::auth::key_ring::{self, KeyRing};
use crate::auth::token::random_id;
use crate::config::KeySource;
use crate::private_file::{self, folder_of};
use crate::tasks;

/// How long a command may take to print the key ring.
const COMMAND_TIME: Duration = Duration::from_secs(10);
/// The longest text of a key ring, in bytes.
const LONGEST: u64 = 64 * 1024;

/// The key ring; `None` if its file, variable or credential does not exist.
///
/// # Errors
/// If it cannot be read, others can read its file, or it is damaged, with what to do.
pub async fn read(source: &KeySource) -> anyhow::Result<Option<KeyRing>> {
    let Some(text) = read_text(source).await? else { return Ok(None) };
    let ring = KeyRing::parse(&text);
    let ring =
        ring.with_context(|| format!("{source} is not a key ring of Postern, or is damaged; put back your copy of it"));
    ring.map(Some)
}

/// The text of the key ring; `None` if its file, variable or credential does not exist.
///
/// # Errors
/// If it cannot be read, or others can read its file.
pub async fn read_text(source: &KeySource) -> anyhow::Result<Option<Zeroizing<String>>> {
    let source = source.clone();
    tasks::blocking(move || text(&source)).await?
}

fn text(source: &KeySource) -> anyhow::Result<Option<Zeroizing<String>>> {
    match source {
        KeySource::File(path) => private_text(path),
        KeySource::Environment(name) => match env::var(name) {
            Err(env::VarError::NotPresent) => Ok(None),
            value => value.map(|text| Some(Zeroizing::new(text))).map_err(|_| anyhow::anyhow!("{source} is not UTF-8")),
        },
        KeySource::Credential(name) => {
            let folder = env::var_os("CREDENTIALS_DIRECTORY")
                .context("systemd passes no credentials: LoadCredential= in the unit does (systemd.exec(5))")?;
            // systemd protects the directory; the modes of the files in it depend on the user of the service.
            opened(&PathBuf::from(folder).join(name))?.map(|mut file| contents(&mut file, source)).transpose()
        }
        KeySource::Command { program, arguments } => output(program, arguments, source).map(Some),
    }
}

fn opened(path: &Path) -> anyhow::Result<Option<File>> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        file => file.map(Some).with_context(|| format!("cannot read the key file {}", path.display())),
    }
}

/// The text of a key file, which only its owner may read.
fn private_text(path: &Path) -> anyhow::Result<Option<Zeroizing<String>>> {
    let Some(mut file) = opened(path)? else { return Ok(None) };
    let metadata = file.metadata()?;
    ensure!(!metadata.is_dir(), "{} is a directory: keys.source must name a file", path.display());
    let mode = metadata.mode() & 0o777;
    ensure!(
        mode & 0o077 == 0,
        "the key file {0} can be read by others (mode {mode:o}); run: chmod 600 {0}",
        path.display()
    );
    contents(&mut file, &KeySource::File(path.to_owned())).map(Some)
}

fn contents(from: &mut impl Read, source: &KeySource) -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    from.take(LONGEST).read_to_string(&mut text).with_context(|| format!("cannot read {source}"))?;
    Ok(text)
}

/// What a command prints. What it says on standard error goes to ours.
fn output(program: &str, arguments: &[String], source: &KeySource) -> anyhow::Result<Zeroizing<String>> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot run {program}"))?;
    let mut stdout = child.stdout.take().context("the command has no standard output")?;
    let (send, receive) = mpsc::channel();
    let of_thread = source.clone();
    thread::spawn(move || send.send(contents(&mut stdout, &of_thread)));
    let Ok(text) = receive.recv_timeout(COMMAND_TIME) else {
        child.kill().and_then(|()| child.wait()).with_context(|| format!("cannot end {program}"))?;
        bail!("{program} has not printed the key ring within {} s", COMMAND_TIME.as_secs());
    };
    let status = child.wait().with_context(|| format!("cannot run {program}"))?;
    ensure!(status.success(), "{program} has failed with {status}");
    text
}

/// Creates a key file with mode 0600. An existing file is never overwritten but used, for example when two processes
/// start at the same time.
///
/// # Errors
/// If the file cannot be written.
pub(super) fn create(path: &Path) -> anyhow::Result<KeyRing> {
    private_file::create_folder(folder_of(path))?;
    let beside = path.with_extension(format!("{}.tmp", random_id()));
    let written = write(OpenOptions::new().create_new(true), &beside, key_ring::new_line().as_bytes())
        .and_then(|()| fs::hard_link(&beside, path));
    let removed = fs::remove_file(&beside);
    match written {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        written => written
            .and(removed)
            .and_then(|()| sync_folder_of(path))
            .with_context(|| format!("cannot create the key file {}", path.display()))?,
    }
    let text = private_text(path)?.with_context(|| format!("the key file {} vanished", path.display()))?;
    KeyRing::parse(&text).with_context(|| format!("the key file {} is damaged", path.display()))
}

/// Adds a new key to the key file, and returns the changed ring. It does not seal yet.
///
/// # Errors
/// If the key file cannot be written, or the keys come from elsewhere. The key file is unchanged then.
pub async fn add_key(source: &KeySource) -> anyhow::Result<KeyRing> {
    let how = "add a line to the key ring for every server (docs/operation.md, \"Keys\"), restart the servers, and run this again";
    change(source, how, |text| Zeroizing::new(format!("{}\n{}", text.trim_end(), *key_ring::new_line()))).await
}

/// Removes a key from the key file.
///
/// # Errors
/// As of [`add_key`].
pub async fn remove_key(source: &KeySource, key_id: &str) -> anyhow::Result<KeyRing> {
    let how = "remove its line from the key ring of every server, and restart the servers";
    let key_id = key_id.to_owned();
    change(source, how, move |text| key_ring::without(text, &key_id)).await
}

async fn change(
    source: &KeySource,
    how: &str,
    edit: impl FnOnce(&str) -> Zeroizing<String> + Send + 'static,
) -> anyhow::Result<KeyRing> {
    let KeySource::File(path) = source else { bail!("Postern cannot change {source}: {how}") };
    let path = path.clone();
    tasks::blocking(move || {
        rewrite(&path, edit).with_context(|| format!("cannot change the key file {}; it is as before", path.display()))
    })
    .await?
}

/// Replaces the file in one step. The lock on its directory keeps two commands from losing each other's change.
fn rewrite(path: &Path, edit: impl FnOnce(&str) -> Zeroizing<String>) -> anyhow::Result<KeyRing> {
    let path = path.canonicalize()?;
    let folder = File::open(folder_of(&path))?;
    folder.lock()?;
    let text = private_text(&path)?.context("it does not exist")?;
    KeyRing::parse(&text).context("it is damaged")?;
    let changed = edit(&text);
    let ring = KeyRing::parse(&changed).context("there would be no key left")?;
    let beside = path.with_extension(format!("{}.new", random_id()));
    // The server's user keeps the file, even if root rotates.
    let owner = fs::metadata(&path)?;
    let replaced = write(OpenOptions::new().create_new(true), &beside, changed.as_bytes())
        .and_then(|()| chown(&beside, Some(owner.uid()), Some(owner.gid())))
        .and_then(|()| fs::rename(&beside, &path));
    if let Err(error) = replaced {
        drop(fs::remove_file(&beside));
        return Err(error.into());
    }
    folder.sync_all()?;
    Ok(ring)
}

/// Writes a file that only its owner can read, and syncs it to disk.
fn write(options: &mut OpenOptions, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = options.write(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
