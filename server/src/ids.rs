//! Opaque ids, one type for each kind, so that they cannot be mixed up. 128 random bits in hexadecimal.

use std::fmt;

use serde::Serialize;

use crate::auth::token::random_id;

/// Declares an id type. The macro contains nothing else.
macro_rules! identifier {
    ($(#[doc = $meaning:literal])+ $name:ident) => {
        $(#[doc = $meaning])+
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(String);

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
