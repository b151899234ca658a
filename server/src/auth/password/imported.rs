//! Password hashes of other systems. One is read when it is imported, verified at log-ins by the library of its algorithm, and
//! replaced by our own after the first correct password.
//!
//! Known are: bcrypt (`$2a$`, `$2b$`, `$2y$`), Argon2 and scrypt as PHC strings, PBKDF2 as a PHC string or as passlib writes it
//! (`$pbkdf2-sha256$29000$salt$hash`), and the forms of Django (`pbkdf2_sha256$…`, `argon2$…`, `scrypt$…`, `bcrypt$…`,
//! `bcrypt_sha256$…`).

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bcrypt::HashParts;
use data_encoding::HEXLOWER;
use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The most memory that a hash may take: 128 MiB.
const MAX_MEMORY_KIB: u64 = 128 * 1024;
/// The most memory that Argon2 may fill, all passes together, in KiB. About a second.
const MAX_ARGON2_KIB: u64 = 1024 * 1024;
/// The highest cost of bcrypt, the logarithm of its rounds. About a second.
const MAX_BCRYPT_COST: u32 = 14;
/// The most that scrypt may do: the product of `N`, `r` and `p`. About a second.
const MAX_SCRYPT_WORK: u64 = 1 << 21;
/// The most iterations of PBKDF2, for all blocks of the hash together. About a second.
const MAX_PBKDF2_ROUNDS: u64 = 2_000_000;
/// A shorter hash would let other passwords in by chance, and a longer one would be made of no known algorithm's blocks.
const HASH_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

/// Base64 as these systems write it: with or without padding, and perhaps with bits left over at the end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What to do about a hash that cannot be imported.
const LEAVE_OUT: &str = ". Leave it out, and the user chooses a password with \"Forgotten password?\"";

/// How hashes of other kinds begin.
const UNSUPPORTED: [(&str, &str); 9] = [
    ("$1$", "MD5-crypt"),
    ("$apr1$", "MD5-crypt of Apache"),
    ("$5$", "SHA-256-crypt"),
    ("$6$", "SHA-512-crypt"),
    ("$7$", "scrypt in the form of crypt"),
    ("$y$", "yescrypt"),
    ("$gy$", "gost-yescrypt"),
    ("$P$", "phpass"),
    ("$H$", "phpass"),
];
/// Characters of a hash in hexadecimal: of MD5 or NTLM, SHA-1, SHA-256, and SHA-512.
const HEX_LENGTHS: [usize; 4] = [32, 40, 64, 128];

/// Why a hash cannot be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It has no known form, or is damaged.
    #[error("the password hash has no known form, or is damaged{LEAVE_OUT}")]
    Unknown,
    /// It is of a kind that is known, and not supported.
    #[error("the password hash is {0}, which is not supported{LEAVE_OUT}")]
    Unsupported(&'static str),
    /// It looks like the password itself.
    #[error("the password hash is none, and perhaps the password itself{LEAVE_OUT}")]
    NoHash,
    /// Every log-in would take more than about a second or 128 MiB.
    #[error("the password hash costs too much: more than about a second or 128 MiB{LEAVE_OUT}")]
    TooCostly,
}

/// A hash with its parameters and salt.
pub(super) enum ImportedHash {
    /// The hash as text; and whether the password is hashed with SHA-256 before, as Django does.
    Bcrypt { text: String, cost: u32, prehashed: bool },
    /// Bytes that are derived from the password.
    Derived { by: Derivation, salt: Vec<u8>, expected: Vec<u8> },
}

pub(super) enum Derivation {
    Argon2(Argon2<'static>),
    Scrypt(scrypt::Params),
    Pbkdf2 { prf: Prf, rounds: u32 },
}

#[derive(Clone, Copy)]
pub(super) enum Prf {
    Sha1,
    Sha256,
    Sha512,
}

impl ImportedHash {
    /// Reads a hash.
    ///
    /// # Errors
    /// [`Unusable`] says why it cannot be used.
    pub(super) fn parse(text: &str) -> Result<Self, Unusable> {
        let hash = read(text).ok_or_else(|| kind_of(text))?;
        if hash.is_affordable() { Ok(hash) } else { Err(Unusable::TooCostly) }
    }

    /// Whether this is the password, compared in constant time. It is taken as typed, because the other system did so. Like the other
    /// system, bcrypt ignores what is beyond 72 bytes.
    pub(super) fn verify(&self, password: &[u8]) -> bool {
        match self {
            Self::Bcrypt { text, prehashed: false, .. } => bcrypt::verify(password, text).unwrap_or(false),
            Self::Bcrypt { text, prehashed: true, .. } => {
                let digest = Zeroizing::new(HEXLOWER.encode(&Sha256::digest(password)));
                bcrypt::verify(digest.as_bytes(), text).unwrap_or(false)
            }
            Self::Derived { by, salt, expected } => {
                let mut derived = Zeroizing::new(vec![0; expected.len()]);
                by.derive(password, salt, &mut derived) && derived.ct_eq(expected).into()
            }
        }
    }

    fn is_affordable(&self) -> bool {
        match self {
            Self::Bcrypt { cost, .. } => *cost <= MAX_BCRYPT_COST,
            Self::Derived { by: Derivation::Argon2(argon2), .. } => {
                let (memory, passes) = (u64::from(argon2.params().m_cost()), u64::from(argon2.params().t_cost()));
                memory <= MAX_MEMORY_KIB && memory * passes <= MAX_ARGON2_KIB
            }
            Self::Derived { by: Derivation::Scrypt(params), .. } => {
                let (blocks, p) = (params.n().saturating_mul(params.r().into()), params.p().into());
                blocks / 8 <= MAX_MEMORY_KIB && blocks.saturating_mul(p) <= MAX_SCRYPT_WORK
            }
            Self::Derived { by: Derivation::Pbkdf2 { prf, rounds }, expected, .. } => {
                u64::from(*rounds) * expected.len().div_ceil(prf.output_bytes()) as u64 <= MAX_PBKDF2_ROUNDS
            }
        }
    }
}

impl Derivation {
    /// Fills `out`; `false` if the library refuses its length, or that of the salt.
    fn derive(&self, password: &[u8], salt: &[u8], out: &mut [u8]) -> bool {
        match self {
            Self::Argon2(argon2) => argon2.hash_password_into(password, salt, out).is_ok(),
            Self::Scrypt(params) => scrypt::scrypt(password, salt, params, out).is_ok(),
            Self::Pbkdf2 { prf, rounds } => {
                let derive = match prf {
                    Prf::Sha1 => pbkdf2_hmac::<Sha1>,
                    Prf::Sha256 => pbkdf2_hmac::<Sha256>,
                    Prf::Sha512 => pbkdf2_hmac::<Sha512>,
                };
                derive(password, salt, *rounds, out);
                true
            }
        }
    }
}

impl Prf {
    fn named(name: &str) -> Option<Self> {
        match name {
            "pbkdf2" | "pbkdf2-sha1" | "pbkdf2_sha1" => Some(Self::Sha1),
            "pbkdf2-sha256" | "pbkdf2_sha256" => Some(Self::Sha256),
            "pbkdf2-sha512" | "pbkdf2_sha512" => Some(Self::Sha512),
            _ => None,
        }
    }

    const fn output_bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// What a text is that is no hash of a supported kind.
fn kind_of(text: &str) -> Unusable {
    if let Some((_, kind)) = UNSUPPORTED.iter().find(|(start, _)| text.starts_with(start)) {
        return Unusable::Unsupported(kind);
    }
    match text {
        _ if text.starts_with('{') => Unusable::Unsupported("in the form of LDAP"),
        _ if HEX_LENGTHS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            Unusable::Unsupported("a plain digest, without salt and iterations")
        }
        _ if text.contains('$') => Unusable::Unknown,
        _ => Unusable::NoHash,
    }
}

fn read(text: &str) -> Option<ImportedHash> {
    let (name, rest) = text.split_once('$')?;
    match name {
        "" => read_crypt(text),
        "argon2" => read_argon2(&format!("${rest}")),
        "bcrypt" => read_bcrypt(rest, false),
        "bcrypt_sha256" => read_bcrypt(rest, true),
        "scrypt" => read_django_scrypt(rest),
        _ => read_django_pbkdf2(name, rest),
    }
}

/// What begins with `$` and the name of the algorithm.
fn read_crypt(text: &str) -> Option<ImportedHash> {
    let (name, rest) = text.strip_prefix('$')?.split_once('$')?;
    match name {
        "argon2id" | "argon2i" | "argon2d" => read_argon2(text),
        "scrypt" => read_scrypt(text),
        _ if name.starts_with('2') => read_bcrypt(text, false),
        _ => read_pbkdf2(Prf::named(name)?, rest),
    }
}

/// `$2x$` is left out: it says that the hash was made by a faulty program.
fn read_bcrypt(text: &str, prehashed: bool) -> Option<ImportedHash> {
    let parts: HashParts = text.parse().ok()?;
    let cost = parts.get_cost();
    let is_usable = cost >= 4 && !text.starts_with("$2x");
    is_usable.then(|| ImportedHash::Bcrypt { text: text.to_owned(), cost, prehashed })
}

fn read_argon2(text: &str) -> Option<ImportedHash> {
    let phc = Phc::new(text).ok()?;
    let algorithm = Algorithm::try_from(phc.algorithm.as_str()).ok()?;
    let version = phc.version.map_or(Some(Version::V0x10), |version| Version::try_from(version).ok())?;
    let params = Params::try_from(&phc).ok()?;
    let argon2 = Argon2::new(algorithm, version, params);
    derived(Derivation::Argon2(argon2), phc.salt?.as_ref().to_vec(), phc.hash?.as_bytes().to_vec())
}

fn read_scrypt(text: &str) -> Option<ImportedHash> {
    let phc = Phc::new(text).ok()?;
    let number = |name: &str| phc.params.get_decimal(name);
    let params = scrypt_params(number("ln")?, number("r")?, number("p")?)?;
    derived(Derivation::Scrypt(params), phc.salt?.as_ref().to_vec(), phc.hash?.as_bytes().to_vec())
}

/// `16384$salt$8$5$hash`: the salt as it is.
fn read_django_scrypt(rest: &str) -> Option<ImportedHash> {
    let [n, salt, r, p, expected] = fields(rest)?;
    let n: u32 = n.parse().ok().filter(|n: &u32| n.is_power_of_two())?;
    let params = scrypt_params(n.ilog2(), r.parse().ok()?, p.parse().ok()?)?;
    derived(Derivation::Scrypt(params), salt.as_bytes().to_vec(), decode(expected)?)
}

/// Checks what the library multiplies.
fn scrypt_params(log_n: u32, r: u32, p: u32) -> Option<scrypt::Params> {
    r.checked_mul(p)?;
    scrypt::Params::new(u8::try_from(log_n).ok()?, r, p).ok()
}

/// `i=600000,l=32$salt$hash`, or as passlib writes it: `29000$salt$hash`.
fn read_pbkdf2(prf: Prf, rest: &str) -> Option<ImportedHash> {
    let [params, salt, expected] = fields(rest)?;
    let rounds = params.split(',').find_map(|param| param.strip_prefix("i=")).unwrap_or(params);
    pbkdf2(prf, rounds, decode(salt)?, decode(expected)?)
}

/// `pbkdf2_sha256$600000$salt$hash`: the salt as it is.
fn read_django_pbkdf2(name: &str, rest: &str) -> Option<ImportedHash> {
    let [rounds, salt, expected] = fields(rest)?;
    pbkdf2(Prf::named(name)?, rounds, salt.as_bytes().to_vec(), decode(expected)?)
}

fn pbkdf2(prf: Prf, rounds: &str, salt: Vec<u8>, expected: Vec<u8>) -> Option<ImportedHash> {
    let rounds = rounds.parse().ok().filter(|rounds| *rounds > 0)?;
    derived(Derivation::Pbkdf2 { prf, rounds }, salt, expected)
}

fn derived(by: Derivation, salt: Vec<u8>, expected: Vec<u8>) -> Option<ImportedHash> {
    let is_complete = !salt.is_empty() && HASH_BYTES.contains(&expected.len());
    is_complete.then_some(ImportedHash::Derived { by, salt, expected })
}

/// The fields between `$`, exactly so many.
fn fields<const N: usize>(text: &str) -> Option<[&str; N]> {
    text.split('$').collect::<Vec<_>>().try_into().ok()
}

/// passlib writes `.` instead of `+`.
fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.replace('.', "+")).ok()
}

#[cfg(test)]
#[path = "imported_tests.rs"]
mod tests;
