//! OpenID Connect without HTTP and SQL: clients, what they ask for, tokens, and the keys that sign them. Pure functions, like
//! [`crate::auth`]: the time is an argument.

pub mod claims;
pub mod client;
mod client_kind;
pub mod key;
pub mod lifetimes;
pub mod parameters;
pub mod pkce;
pub mod redirect_uri;
pub mod refresh_token;
pub mod refusal;
pub mod request;
pub mod scope;
