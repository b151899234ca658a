//! The database. `<table>.rs` has the statements of a table; `transactions/<what>.rs` has the units of work over several
//! tables, each a function that reads from top to bottom. `sql.rs` alone knows that there are two databases.
//!
//! Must never contain a decision that is not one conditional statement: what matters for security is decided by
//! `rows_affected` or `returning`, never by reading, checking and writing. Every function fails where the database fails.

pub mod account_security;
pub mod accounts;
pub mod attempts;
pub mod events;
pub mod factors;
mod invitations;
pub mod known_browsers;
pub mod links;
mod listing;
pub mod login_history;
pub mod login_report;
pub mod members;
pub mod memberships;
pub mod meta;
pub mod outbox;
mod session;
pub mod sessions;
mod sql;
pub mod transactions;
pub mod users;

pub use listing::Listing;
pub use session::Session;
pub use sql::{Db, Error, Result, Tx, is_unavailable};
