//! The layers of a backup file: age around zstd around JSON lines.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::iter;
use std::path::Path;

use age::secrecy::SecretString;
use age::stream::{StreamReader, StreamWriter};
use age::{Decryptor, Encryptor, scrypt};
use anyhow::{Context, bail, ensure};
use zeroize::Zeroizing;

use super::format::Line;
use crate::private_file::Unfinished;

/// The work of a random passphrase, as the logarithm of scrypt's N: nobody guesses 256 bits, so there is no reason to be slow.
const RANDOM_WORK: u8 = 4;
/// The work of a passphrase that a person has chosen: about a second.
const CHOSEN_WORK: u8 = 18;
/// The most work that reading may take.
const MOST_WORK: u8 = CHOSEN_WORK;

/// What seals a backup.
pub enum Lock {
    /// A secret that is derived from the master key: who restores the backup needs the key file.
    Key(Zeroizing<String>),
    /// A passphrase that a person has chosen.
    Passphrase(Zeroizing<String>),
}

impl Lock {
    fn secret(&self) -> SecretString {
        let (Self::Key(secret) | Self::Passphrase(secret)) = self;
        SecretString::from(secret.as_str())
    }

    const fn work(&self) -> u8 {
        match self {
            Self::Key(_) => RANDOM_WORK,
            Self::Passphrase(_) => CHOSEN_WORK,
        }
    }
}

/// A backup that is being written. It has its name only when it is complete.
pub(super) struct Writer {
    lines: zstd::Encoder<'static, StreamWriter<BufWriter<File>>>,
    unfinished: Unfinished,
}

impl Writer {
    /// Begins a file that only its owner can read. One that is there is never overwritten.
    pub(super) fn create(path: &Path, lock: &Lock) -> anyhow::Result<Self> {
        let (unfinished, file) = Unfinished::begin(path)?;
        let mut recipient = scrypt::Recipient::new(lock.secret());
        recipient.set_work_factor(lock.work());
        let encryptor = Encryptor::with_recipients(iter::once(&recipient as &dyn age::Recipient))?;
        let sealed = encryptor.wrap_output(BufWriter::new(file))?;
        let lines = zstd::Encoder::new(sealed, zstd::DEFAULT_COMPRESSION_LEVEL)?;
        Ok(Self { lines, unfinished })
    }

    pub(super) fn line(&mut self, line: &Line) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.lines.write_all(&text).context("cannot write the backup")
    }

    /// Writes the end, and gives the file its name once it is on the disk.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        let Self { lines, unfinished } = self;
        let sealed = lines.finish().and_then(StreamWriter::finish).context("cannot write the backup")?;
        let file =
            sealed.into_inner().map_err(std::io::IntoInnerError::into_error).context("cannot write the backup")?;
        unfinished.complete(&file)
    }
}

/// A backup that is being read.
pub(super) struct Reader {
    lines: BufReader<zstd::Decoder<'static, BufReader<StreamReader<BufReader<File>>>>>,
}

impl Reader {
    /// Opens a backup with the first of these that fits.
    pub(super) fn open(path: &Path, locks: &[Lock]) -> anyhow::Result<Self> {
        let identities: Vec<scrypt::Identity> = locks.iter().map(identity).collect();
        for identity in &identities {
            let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
            let decryptor = Decryptor::new_buffered(BufReader::new(file));
            let decryptor = decryptor.with_context(|| format!("{} is not a backup of Postern", path.display()))?;
            ensure!(decryptor.is_scrypt(), "{} is not a backup of Postern", path.display());
            match decryptor.decrypt(iter::once(identity as &dyn age::Identity)) {
                Ok(opened) => return Ok(Self { lines: BufReader::new(zstd::Decoder::new(opened)?) }),
                Err(age::DecryptError::DecryptionFailed | age::DecryptError::NoMatchingKeys) => {}
                Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
            }
        }
        bail!(
            "{} does not open: another key file or passphrase belongs to it. A backup with the key needs its passphrase; one without \
             needs the key file of its portal in place",
            path.display()
        )
    }

    /// The next line; `None` at the end of the file.
    pub(super) fn line(&mut self) -> anyhow::Result<Option<Line>> {
        let mut text = Zeroizing::new(String::new());
        let length = self.lines.read_line(&mut text).context("the backup was altered or cut off")?;
        if length == 0 {
            return Ok(None);
        }
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|_| anyhow::anyhow!("the backup has a line that is not one of Postern"))
    }
}

fn identity(lock: &Lock) -> scrypt::Identity {
    let mut identity = scrypt::Identity::new(lock.secret());
    identity.set_max_work_factor(MOST_WORK);
    identity
}
