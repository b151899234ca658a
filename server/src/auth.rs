//! Passwords, one-time codes, tokens, encryption and throttling as pure functions: the time is an argument. No HTTP, no SQL.

pub mod associated_data;
pub mod cipher;
mod common_passwords;
pub mod diagnosis;
pub mod factors;
pub mod freshness;
pub mod jwt;
pub mod key_ring;
pub mod lane;
pub mod look_up_secret;
pub mod passkey;
pub mod password;
pub mod password_policy;
pub mod qr;
pub mod queue;
pub mod signing_key;
pub mod throttle;
pub mod token;
pub mod totp;
