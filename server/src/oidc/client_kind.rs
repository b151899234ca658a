//! Whether a client can keep a secret.

/// Whether a client can keep a secret (RFC 6749, section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientKind {
    /// It runs on a server, and has a secret.
    Confidential,
    /// It runs in browsers or on users' machines, and has none.
    Public,
}
