//! The database. `<table>.rs` has the statements of a table; `transactions/<what>.rs` has the units of work over several
//! tables, each a function that reads from top to bottom. `sql.rs` alone knows that there are two databases.
//!
//! Must never contain a decision that is not one conditional statement: what matters for security is decided by
//! `rows_affected` or `returning`, never by reading, checking and writing. Every function fails where the database fails.
//!
//! What may stand in a statement is a type: identifiers, names, hashes and sealed values.
//!
//! ```
//! fn stands_in_a_statement<T: for<'q> sqlx::Encode<'q, sqlx::Any> + sqlx::Type<sqlx::Any>>() {}
//! stands_in_a_statement::<postern::ids::UserId>();
//! stands_in_a_statement::<postern::auth::token::TokenHash>();
//! stands_in_a_statement::<postern::auth::password::PasswordHash>();
//! stands_in_a_statement::<postern::auth::cipher::Sealed>();
//! stands_in_a_statement::<postern::display_name::DisplayName>();
//! stands_in_a_statement::<postern_types::Email>();
//! ```
//!
//! A secret in the clear cannot:
//!
//! ```compile_fail
//! fn stands_in_a_statement<T: for<'q> sqlx::Encode<'q, sqlx::Any> + sqlx::Type<sqlx::Any>>() {}
//! stands_in_a_statement::<postern::auth::token::Token>();
//! ```
//!
//! ```compile_fail
//! fn stands_in_a_statement<T: for<'q> sqlx::Encode<'q, sqlx::Any> + sqlx::Type<sqlx::Any>>() {}
//! stands_in_a_statement::<postern_types::Password>();
//! ```
//!
//! ```compile_fail
//! fn stands_in_a_statement<T: for<'q> sqlx::Encode<'q, sqlx::Any> + sqlx::Type<sqlx::Any>>() {}
//! stands_in_a_statement::<postern::auth::totp::TotpSecret>();
//! ```

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
