//! HTTP around the handlers: where a request came from, whose it is, what it may do, and the form of responses.

pub mod admins;
pub mod bind;
pub mod body;
pub mod client;
pub mod client_address;
pub mod compression;
pub mod connections;
pub mod cookies;
pub mod entity_tag;
pub mod error;
pub mod forwarded;
pub mod guard;
pub mod header_list;
pub mod headers;
mod json;
pub mod list_query;
pub mod listen;
pub(crate) mod measure;
pub mod path;
pub mod probe;
pub mod redirects;
pub(crate) mod refusals;
pub mod sessions;
mod stream;
pub mod text;
