//! The setting `keys.source`: where the master keys come from.

use std::fmt;
use std::path::PathBuf;

use anyhow::{Context, bail, ensure};

/// Where the key ring is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// A file, which Postern creates, and to which it adds keys.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
    /// A credential that systemd passes on, in the directory `$CREDENTIALS_DIRECTORY`.
    Credential(String),
    /// The standard output of a program.
    Command {
        /// The program.
        program: String,
        /// Its arguments.
        arguments: Vec<String>,
    },
}

impl KeySource {
    /// Reads `file:PATH`, `environment:NAME`, `credential:NAME` or `command:PROGRAM ARGUMENT…`.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let form = "must be file:PATH, environment:NAME, credential:NAME, or command:PROGRAM with its arguments";
        let (kind, rest) = text.split_once(':').context(form)?;
        ensure!(!rest.trim().is_empty(), form);
        match kind {
            "file" => Ok(Self::File(rest.into())),
            "environment" => {
                ensure!(!rest.starts_with("POSTERN_"), "must name a variable that does not begin with POSTERN_");
                Ok(Self::Environment(rest.to_owned()))
            }
            "credential" => {
                ensure!(!rest.contains('/'), "must name a credential, which is no path");
                Ok(Self::Credential(rest.to_owned()))
            }
            "command" => {
                let mut words = rest.split_whitespace().map(str::to_owned);
                let program = words.next().context(form)?;
                Ok(Self::Command { program, arguments: words.collect() })
            }
            _ => bail!(form),
        }
    }
}

/// For messages. The arguments of a command may hold a secret.
impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the key file {}", path.display()),
            Self::Environment(name) => write!(f, "the environment variable {name}"),
            Self::Credential(name) => write!(f, "the systemd credential {name}"),
            Self::Command { program, .. } => write!(f, "the output of {program}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_read() {
        for (text, shown) in [
            ("file:a b/postern.key", "the key file a b/postern.key"),
            ("environment:KEY_RING", "the environment variable KEY_RING"),
            ("credential:postern.key", "the systemd credential postern.key"),
            ("command:vault read --token=hunter2", "the output of vault"),
        ] {
            assert_eq!(KeySource::parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn anything_else_is_refused_and_not_repeated() {
        let key = "postern-key-1 ab hunter2";
        for text in ["", "file:", "command: ", "credential:../x", "environment:POSTERN_KEY", "vault:x", key] {
            let error = KeySource::parse(text).unwrap_err();
            assert!(error.to_string().starts_with("must ") && !format!("{error:?}").contains("hunter2"), "{text}");
        }
    }
}
