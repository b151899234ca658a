//! What a sealed value is for: the associated data of its encryption (RFC 5116, section 2.1). A value opens in its own place alone.

use std::fmt;

use crate::ids::{ChainId, KeyId, MailId, SessionId, UserId};

/// The place of a sealed value. Its text must never change, because it is a part of every value in the database.
#[derive(Clone, Copy, Debug)]
pub enum AssociatedData<'a> {
    /// The known text that shows which key the database belongs to.
    KeyCheck,
    /// A TOTP secret of a user: active, pending or previous.
    TotpSecret(&'a UserId),
    /// The recovery codes that a session shows.
    RecoveryCodes(&'a SessionId),
    /// A mail in the outbox.
    Mail(&'a MailId),
    /// The private half of a key that signs tokens.
    SigningKey(&'a KeyId),
    /// The beginning and end of a chain of the audit log.
    AuditChain(&'a ChainId),
    /// What is known about all chains of the audit log.
    AuditState,
    /// An anchor of the audit log, with this text. The value seals nothing else, and is kept outside the database.
    AuditAnchor(&'a str),
    /// The time since when a log-in counts, for a request with these parameters. It is in a URL, never in the database.
    LogInSince(&'a str),
    /// The time of a probe of `postern doctor`. It is in a header, never in the database.
    Probe,
}

impl fmt::Display for AssociatedData<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyCheck => f.write_str("meta:key_check"),
            Self::TotpSecret(user_id) => write!(f, "totp:{user_id}"),
            Self::RecoveryCodes(session_id) => write!(f, "recovery-codes:{session_id}"),
            Self::Mail(id) => write!(f, "outbox:{id}"),
            Self::SigningKey(id) => write!(f, "oidc_key:{id}"),
            Self::AuditChain(id) => write!(f, "audit-chain:{id}"),
            Self::AuditState => f.write_str("audit-state"),
            Self::AuditAnchor(text) => write!(f, "audit-anchor:{text}"),
            Self::Probe => f.write_str("probe"),
            Self::LogInSince(parameters) => write!(f, "log-in for:{parameters}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_are_those_of_the_values_in_existing_databases() {
        let id = || "1".to_owned();
        for (data, text) in [
            (AssociatedData::KeyCheck, "meta:key_check"),
            (AssociatedData::TotpSecret(&UserId::named(id())), "totp:1"),
            (AssociatedData::RecoveryCodes(&SessionId::named(id())), "recovery-codes:1"),
            (AssociatedData::Mail(&MailId::named(id())), "outbox:1"),
            (AssociatedData::SigningKey(&KeyId::named(id())), "oidc_key:1"),
            (AssociatedData::AuditChain(&ChainId::named(id())), "audit-chain:1"),
            (AssociatedData::AuditState, "audit-state"),
            (AssociatedData::AuditAnchor("1"), "audit-anchor:1"),
            (AssociatedData::LogInSince("a=1"), "log-in for:a=1"),
            (AssociatedData::Probe, "probe"),
        ] {
            assert_eq!(data.to_string(), text);
        }
    }
}
