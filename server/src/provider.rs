//! What the handlers of OpenID Connect share: keys, tokens, the rights behind a token, and the log-outs that clients want to know about.

pub mod complaints;
pub mod keys;
pub mod log_outs;
pub mod rights;
pub mod sender;
pub mod tokens;
