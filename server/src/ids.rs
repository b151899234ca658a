//! Opaque identifiers, a type for each kind, so that one is never taken for another. 128 random bits in hexadecimal.

use std::fmt;

use serde::Serialize;

use crate::auth::token::random_id;

/// An identifier of its own type. The macro declares types and nothing else.
macro_rules! identifier {
    ($(#[doc = $meaning:literal])+ $name:ident) => {
        $(#[doc = $meaning])+
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(String);

        impl $name {
            /// A fresh identifier.
            #[must_use]
            pub fn random() -> Self {
                Self(random_id())
            }

            /// The identifier that a client named, in a path for example; whether it exists is the database's to say.
            #[must_use]
            pub const fn named(text: String) -> Self {
                Self(text)
            }

            /// The text, for answers, logs and the names of counters.
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
    /// A user as one account names them: the id of the person, or of the invitation of somebody who has not joined yet.
    MemberId
}
identifier! {
    /// A mail in the outbox, and the message itself: a receiver that gets it twice can tell.
    MailId
}
identifier! {
    /// A session. It stays while the session's token changes.
    SessionId
}
