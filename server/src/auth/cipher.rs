//! Encryption of secrets in the database with a key that is not in the database (R7).
//!
//! A sealed value is `v1.<key id>.<base64url of nonce and ciphertext>`, XChaCha20-Poly1305 with a random nonce, bound to
//! its row by the associated data. The key id makes key rotation possible.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::token::{random_bytes, random_id};

const NONCE_BYTES: usize = 24;
const KEY_BYTES: usize = 32;
/// First word of the key file.
const FILE_FORMAT: &str = "postern-key-1";

/// The master key, loaded once at start.
pub struct Cipher {
    key_id: String,
    aead: XChaCha20Poly1305,
    backup_secret: Zeroizing<String>,
}

/// A value that only [`Cipher::open`] can read.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Sealed(String);

/// The value was sealed with another key or for another row, or was altered. It is not known which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value cannot be opened: wrong key, wrong row, or altered")]
pub struct CannotOpen;

impl Sealed {
    /// Wraps a value that was read from the database.
    #[must_use]
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text that is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the key that sealed it.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.0.split('.').nth(1)
    }
}

impl Cipher {
    /// A cipher with a new random key.
    #[must_use]
    pub fn random() -> Self {
        let key = Zeroizing::new(random_bytes::<KEY_BYTES>());
        Self::new(random_id()[..8].to_owned(), &key)
    }

    fn new(key_id: String, key: &[u8; KEY_BYTES]) -> Self {
        Self { key_id, aead: XChaCha20Poly1305::new(key.into()), backup_secret: backup_secret(key) }
    }

    /// The secret that seals backups. It says nothing about the key.
    #[must_use]
    pub fn backup_secret(&self) -> Zeroizing<String> {
        self.backup_secret.clone()
    }

    /// The id that this key writes into what it seals.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Seals `secret` for the row that `bound_to` names, such as `totp:<user id>`.
    ///
    /// # Panics
    /// Never in practice: encryption only fails above 256 GiB.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the cipher fails above 256 GiB only")]
    pub fn seal(&self, secret: &[u8], bound_to: &str) -> Sealed {
        let nonce = random_bytes::<NONCE_BYTES>();
        let payload = Payload { msg: secret, aad: bound_to.as_bytes() };
        let ciphertext = self.aead.encrypt(&XNonce::from(nonce), payload).expect("the secret is short");
        let body = URL_SAFE_NO_PAD.encode([&nonce[..], &ciphertext].concat());
        Sealed(format!("v1.{}.{body}", self.key_id))
    }

    /// Opens what [`Cipher::seal`] sealed for the same row.
    ///
    /// # Errors
    /// [`CannotOpen`]. The caller must refuse, and never fall back to something else.
    pub fn open(&self, sealed: &Sealed, bound_to: &str) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
        let body = sealed.0.strip_prefix("v1.").and_then(|rest| rest.strip_prefix(&self.key_id)).ok_or(CannotOpen)?;
        let bytes = URL_SAFE_NO_PAD.decode(body.strip_prefix('.').ok_or(CannotOpen)?).map_err(|_| CannotOpen)?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(CannotOpen)?;
        let payload = Payload { msg: ciphertext, aad: bound_to.as_bytes() };
        self.aead.decrypt(&XNonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| CannotOpen)
    }

    /// Reads the key file; `None` if there is none.
    ///
    /// # Errors
    /// If the file can be read by others, or is not a key file, with what to do.
    pub fn load(path: &Path) -> anyhow::Result<Option<Self>> {
        let mut file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.with_context(|| format!("cannot read the key file {}", path.display()))?,
        };
        let mode = file.metadata()?.mode() & 0o777;
        ensure!(
            mode & 0o077 == 0,
            "the key file {0} can be read by others (mode {mode:o}); run: chmod 600 {0}",
            path.display()
        );
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).with_context(|| format!("cannot read the key file {}", path.display()))?;
        let Some(cipher) = Self::parse(&text) else {
            bail!("{} is not a key file of Postern, or is damaged; restore it from a backup", path.display());
        };
        Ok(Some(cipher))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let format = words.next()?;
        let key_id = words.next()?;
        let key = words.next()?;
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(key).ok()?);
        let is_complete = format == FILE_FORMAT && words.next().is_none();
        is_complete.then_some(Self::new(key_id.to_owned(), bytes.as_slice().try_into().ok()?))
    }

    /// Creates a key file with mode 0600. An existing file is never overwritten but used, for example when two processes
    /// start at the same time.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let key_id = random_id()[..8].to_owned();
        let key = Zeroizing::new(random_bytes::<KEY_BYTES>());
        let line = Zeroizing::new(format!("{FILE_FORMAT} {key_id} {}\n", URL_SAFE_NO_PAD.encode(*key)));
        if let Some(folder) = path.parent() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .with_context(|| format!("cannot create {}", folder.display()))?;
        }
        let beside = path.with_extension(format!("{}.tmp", random_id()));
        let written = write_new(&beside, line.as_bytes()).and_then(|()| fs::hard_link(&beside, path));
        let removed = fs::remove_file(&beside);
        match written {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            written => written
                .and(removed)
                .and_then(|()| File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all())
                .with_context(|| format!("cannot create the key file {}", path.display()))?,
        }
        Self::load(path)?.with_context(|| format!("the key file {} vanished", path.display()))
    }
}

/// A secret that is derived from the key (HKDF, RFC 5869), as text.
#[expect(clippy::expect_used, reason = "32 bytes are less than HKDF can give")]
fn backup_secret(key: &[u8; KEY_BYTES]) -> Zeroizing<String> {
    let mut secret = Zeroizing::new([0; KEY_BYTES]);
    Hkdf::<Sha256>::new(None, key).expand(b"postern backup", &mut *secret).expect("the length fits");
    Zeroizing::new(URL_SAFE_NO_PAD.encode(*secret))
}

/// Creates a file that only its owner can read, and syncs it to disk.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cipher").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn r7_a_value_opens_for_its_own_row_only() {
        let cipher = Cipher::random();
        let sealed = cipher.seal(b"secret", "totp:1");
        assert_eq!(cipher.open(&sealed, "totp:1").unwrap().as_slice(), b"secret");
        assert_eq!(cipher.open(&sealed, "totp:2"), Err(CannotOpen));
        assert_ne!(sealed, cipher.seal(b"secret", "totp:1"), "the nonce is random");
        assert_eq!(sealed.key_id(), Some(cipher.key_id()));
    }

    #[test]
    fn another_key_or_an_altered_value_does_not_open() {
        let cipher = Cipher::random();
        let sealed = cipher.seal(b"secret", "totp:1");
        assert_eq!(Cipher::random().open(&sealed, "totp:1"), Err(CannotOpen));
        for at in 0..sealed.as_str().len() {
            let mut text = sealed.as_str().to_owned().into_bytes();
            text[at] = if text[at] == b'A' { b'B' } else { b'A' };
            let altered = Sealed::from_stored(String::from_utf8(text).unwrap());
            assert_eq!(cipher.open(&altered, "totp:1"), Err(CannotOpen), "byte {at}");
        }
        for text in ["", "v1", "v1..", "v1.x.", &format!("v1.{}.AAAA", cipher.key_id())] {
            assert_eq!(cipher.open(&Sealed::from_stored(text.to_owned()), "totp:1"), Err(CannotOpen), "{text}");
        }
    }

    #[test]
    fn the_key_file_is_private_and_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data/postern.key");
        assert!(Cipher::load(&path).unwrap().is_none());
        let sealed = Cipher::create(&path).unwrap().seal(b"secret", "x");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let again = Cipher::create(&path).unwrap();
        assert_eq!(again.open(&sealed, "x").unwrap().as_slice(), b"secret");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused_with_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("postern.key");
        Cipher::create(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(Cipher::load(&path).unwrap_err().to_string().contains("chmod 600"));
    }

    #[test]
    fn a_damaged_key_file_is_refused_and_its_text_is_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("postern.key");
        write_new(&path, b"postern-key-1 abc SECRETSECRET").unwrap();
        let error = format!("{:#}", Cipher::load(&path).unwrap_err());
        assert!(error.contains("damaged") && !error.contains("SECRETSECRET"), "{error}");
    }
}
