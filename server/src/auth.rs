//! Passwords, one-time codes, tokens, sealing and throttling, as pure functions: the time is an argument.
//!
//! Must never contain HTTP or SQL.

pub mod cipher;
pub mod factors;
pub mod password;
pub mod password_policy;
pub mod qr;
pub mod throttle;
pub mod token;
pub mod totp;
