//! Anchors: the ends of all chains at one moment, kept where nobody who can write to the database can change them.

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};

use super::heads::Heads;
use super::sealed::{Head, Link, State};
use crate::auth::associated_data::AssociatedData;
use crate::auth::cipher::{Cipher, Sealed};
use crate::clock::{UnixTime, rfc3339};
use crate::ids::ChainId;
use crate::store::{self, Db};

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
    /// [`State::chained_to`]: no later entry is for a row that is more than [`super::LATEST_S`] older. `None` if the state cannot be opened.
    pub chained_to: Option<UnixTime>,
    /// Shows that a server made it: an empty value that is sealed for this text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    seal: String,
}

impl Anchor {
    /// The ends of all chains now, and the chains whose head cannot be opened.
    pub async fn all(db: &Db, cipher: &Cipher, now: UnixTime) -> store::Result<(Vec<Self>, Vec<ChainId>)> {
        let mut snapshot = db.snapshot().await?;
        let sealed = snapshot.audit_state().await?;
        let state = sealed.and_then(|sealed| State::open(cipher, &sealed).ok());
        let Heads { opened, damaged } = Heads::read(&mut snapshot, cipher).await?;
        let anchor = |(chain, head): (ChainId, Head)| {
            let chained_to = state.as_ref().map(|state| state.chained_to);
            let (at, seal) = (rfc3339(now).0, String::new());
            Self { version: VERSION, at, chain, last: head.last, chained_to, seal }.sealed(cipher)
        };
        Ok((opened.into_iter().map(anchor).collect(), damaged))
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

    /// Whether a holder of one of the master keys made it.
    #[must_use]
    pub fn is_authentic(&self, cipher: &Cipher) -> bool {
        let seal = Sealed::from_stored(self.seal.clone());
        cipher.open(&seal, AssociatedData::AuditAnchor(&self.unsealed().line())).is_ok()
    }

    fn sealed(self, cipher: &Cipher) -> Self {
        let seal = cipher.seal(&[], AssociatedData::AuditAnchor(&self.unsealed().line()));
        Self { seal: seal.as_str().to_owned(), ..self }
    }

    fn unsealed(&self) -> Self {
        Self { seal: String::new(), ..self.clone() }
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
        let (at, chain, seal) = (rfc3339(0).0, ChainId::named("a".to_owned()), String::new());
        Anchor { version: VERSION, at, chain, last, chained_to: Some(5), seal }
    }

    #[test]
    fn a_line_has_the_documented_form() {
        let line = r#"{"postern_anchor":1,"at":"1970-01-01T00:00:00Z","chain":"a","seq":7,"hash":"ab","chained_to":5,"seal":"v1.k.x"}"#;
        assert_eq!(Anchor { seal: "v1.k.x".to_owned(), ..anchor() }.line(), line);
    }

    #[test]
    fn an_anchor_is_authentic_with_the_key_that_made_it_and_as_it_was_made() {
        let cipher = Cipher::random();
        let made = anchor().sealed(&cipher);
        let read = Anchor::find(&made.line()).unwrap().unwrap();
        assert!(read.is_authentic(&cipher) && !read.is_authentic(&Cipher::random()));
        let altered = [
            anchor(),
            Anchor { at: rfc3339(1).0, ..made.clone() },
            Anchor { chain: ChainId::named("b".to_owned()), ..made.clone() },
            Anchor { last: Link { seq: 8, ..made.last.clone() }, ..made.clone() },
            Anchor { last: Link { hash: "ac".to_owned(), ..made.last.clone() }, ..made.clone() },
            Anchor { chained_to: None, ..made },
        ];
        assert!(altered.iter().all(|it| !it.is_authentic(&cipher)));
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
