//! Anchors: the ends of all chains at one moment, kept where nobody who can write to the database can change them.

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};

use super::sealed::{Head, Link};
use crate::auth::cipher::{CannotOpen, Cipher};
use crate::clock::{UnixTime, rfc3339};
use crate::ids::ChainId;
use crate::store::audit_chains::Chain;

/// The version of the format.
const VERSION: u32 = 1;
/// What an anchor begins with, wherever it is in a line.
const BEGINNING: &str = r#"{"postern_anchor":"#;

/// The end of a chain at one moment: one line of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Anchor {
    #[serde(rename = "postern_anchor")]
    version: u32,
    /// When it was made (RFC 3339).
    pub at: String,
    /// The chain.
    pub chain: ChainId,
    /// The number and hash of its last entry.
    #[serde(flatten)]
    pub last: Link,
}

impl Anchor {
    /// The end of a chain now.
    ///
    /// # Errors
    /// If the head of the chain cannot be opened.
    pub fn of(chain: &Chain, cipher: &Cipher, now: UnixTime) -> Result<Self, CannotOpen> {
        let last = Head::open(cipher, &chain.id, &chain.head_sealed)?.last;
        Ok(Self { version: VERSION, at: rfc3339(now).0, chain: chain.id.clone(), last })
    }

    /// The line.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The last anchor in a line. There may be text before it, as in a system log, and after it. `None` if there is none.
    ///
    /// # Errors
    /// If it cannot be read, or has a newer version.
    #[must_use]
    pub fn find(line: &str) -> Option<anyhow::Result<Self>> {
        let text = &line[line.rfind(BEGINNING)?..];
        Some(Self::read(text))
    }

    fn read(text: &str) -> anyhow::Result<Self> {
        let mut values = serde_json::Deserializer::from_str(text).into_iter();
        let anchor: Self = values.next().context("there is no anchor")?.context("the anchor cannot be read")?;
        ensure!(anchor.version == VERSION, "the anchor was made by a newer Postern");
        Ok(anchor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anchor() -> Anchor {
        let last = Link { seq: 7, hash: "ab".to_owned() };
        Anchor { version: VERSION, at: rfc3339(0).0, chain: ChainId::named("a".to_owned()), last }
    }

    #[test]
    fn a_line_has_the_documented_form() {
        let line = r#"{"postern_anchor":1,"at":"1970-01-01T00:00:00Z","chain":"a","seq":7,"hash":"ab"}"#;
        assert_eq!(anchor().line(), line);
    }

    #[test]
    fn an_anchor_is_found_in_a_line_of_a_system_log_or_a_quoted_mail() {
        for line in [
            anchor().line(),
            format!("Nov 27 15:00:01 host postern[12]: {}", anchor().line()),
            format!("> {} ", anchor().line()),
        ] {
            assert_eq!(Anchor::find(&line).unwrap().unwrap(), anchor());
        }
        assert!(Anchor::find("Nov 27 15:00:01 host sshd[12]: hello {}").is_none());
        for unreadable in [r#"{"postern_anchor":1,"at":"#.to_owned(), anchor().line().replace(":1,", ":2,")] {
            assert!(Anchor::find(&unreadable).unwrap().is_err(), "{unreadable}");
        }
    }
}
