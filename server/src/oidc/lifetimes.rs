//! How long codes and tokens work, in seconds, and how long keys are published.

/// A code (RFC 6749, 4.1.2).
pub const CODE_S: i64 = 60;
/// An id token. Clients check it once, right after they get it.
pub const ID_TOKEN_S: i64 = 3_600;
/// An access token that is checked here whenever it is used.
pub const ACCESS_TOKEN_S: i64 = 3_600;
/// An access token that others can check by themselves, so that nobody can take it back (RFC 9068).
pub const JWT_S: i64 = 600;
/// A log-out token (OpenID Connect Back-Channel Logout 1.0, 2.4).
pub const LOG_OUT_TOKEN_S: i64 = 120;
/// A key is published this long before it signs, and after the last token that it has signed: clients keep what they read.
pub const KEY_NOTICE_S: i64 = 86_400;
/// How long a client may keep the published keys.
pub const KEYS_KEPT_S: i64 = 3_600;
/// The longest life of anything signed.
pub const LONGEST_S: i64 = ID_TOKEN_S;
