//! Opaque ids, one type for each kind, so that they cannot be mixed up. 128 random bits in hexadecimal.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::auth::token::random_id;

/// Ids are texts in JSON, and half as long in memory.
mod compact {
    use data_encoding::HEXLOWER;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    enum Id<'a> {
        Random([u8; 16]),
        Named(&'a str),
    }

    pub(super) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.serialize_str(text);
        }
        let mut bytes = [0; 16];
        let is_random = text.len() == 32 && HEXLOWER.decode_mut(text.as_bytes(), &mut bytes).is_ok();
        if is_random { Id::Random(bytes) } else { Id::Named(text) }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        if deserializer.is_human_readable() {
            return String::deserialize(deserializer);
        }
        Ok(match Id::deserialize(deserializer)? {
            Id::Random(bytes) => HEXLOWER.encode(&bytes),
            Id::Named(text) => text.to_owned(),
        })
    }
}

/// Declares an id type. The macro contains nothing else.
macro_rules! identifier {
    ($(#[doc = $meaning:literal])+ $name:ident) => {
        $(#[doc = $meaning])+
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(#[serde(with = "compact")] String);

        impl $name {
            /// A new id.
            #[must_use]
            pub fn random() -> Self {
                Self(random_id())
            }

            /// An id that a client named, for example in a path. Only the database knows whether it exists.
            #[must_use]
            pub const fn named(text: String) -> Self {
                Self(text)
            }

            /// The text, for responses, logs and the keys of counters.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier! {
    /// A customer account.
    AccountId
}
identifier! {
    /// A person.
    UserId
}
identifier! {
    /// A member of an account: the id of the user, or of the invitation of somebody who has not joined yet.
    MemberId
}
identifier! {
    /// A mail in the outbox. Also its `Message-ID`, so that a receiver can detect a duplicate.
    MailId
}
identifier! {
    /// A session. The id stays the same when the session's token changes.
    SessionId
}
identifier! {
    /// An open request to reset a second factor.
    ResetId
}
identifier! {
    /// An application behind the portal.
    ApplicationId
}
identifier! {
    /// A passkey.
    PasskeyId
}
identifier! {
    /// An OpenID Connect client: the `client_id`.
    ClientId
}
identifier! {
    /// A key that signs tokens: the `kid`.
    KeyId
}
identifier! {
    /// What a user has allowed a client to do, in one session.
    GrantId
}
identifier! {
    /// A session whose end a client wants to know.
    LogInId
}
identifier! {
    /// A chain of the audit log: the id of an account, or `portal` for what belongs to none.
    ChainId
}
