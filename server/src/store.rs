//! The database. `<table>.rs` has the statements of a table, `transactions/<what>.rs` a unit of work over several tables. Only
//! `sql.rs` knows that there are two databases.
//!
//! Every security decision is one conditional statement, decided by `rows_affected` or `returning`, never by reading, checking
//! and then writing. Every function fails if the database fails; its doc comment only names other errors.
//!
//! Types say what can be bound to a statement: ids, names, hashes and sealed values.
//!
//! ```
//! fn stands_in_a_statement<T: for<'q> sqlx::Encode<'q, sqlx::Any> + sqlx::Type<sqlx::Any>>() {}
//! stands_in_a_statement::<postern::ids::UserId>();
//! stands_in_a_statement::<postern::auth::token::TokenHash>();
//! stands_in_a_statement::<postern::auth::password::PasswordHash>();
//! stands_in_a_statement::<postern::auth::cipher::Sealed>();
//! stands_in_a_statement::<postern::auth::passkey::CredentialId>();
//! stands_in_a_statement::<postern::display_name::DisplayName>();
//! stands_in_a_statement::<postern_types::Email>();
//! ```
//!
//! A secret in the clear cannot be bound:
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
pub mod application_codes;
pub mod application_sessions;
pub mod applications;
pub mod attempts;
pub mod audit_chains;
pub mod audit_entries;
pub mod audit_records;
pub mod audit_state;
pub mod authority;
mod batches;
mod cache;
pub mod changes;
pub mod clock_offsets;
pub mod coverage;
pub mod events;
pub mod export;
pub mod factors;
pub mod grants;
mod invitations;
pub mod known_applications;
pub mod known_browsers;
pub mod known_keys;
pub mod links;
mod listing;
pub mod live_sessions;
pub mod login_history;
pub mod login_report;
pub mod members;
pub mod memberships;
pub mod meta;
pub mod nodes;
pub mod oidc_access_tokens;
pub mod oidc_clients;
pub mod oidc_consents;
pub mod oidc_grants;
pub mod oidc_keys;
pub mod oidc_log_ins;
pub mod oidc_secrets;
pub mod open_resets;
pub mod outbox;
pub mod passkey_ceremonies;
pub mod passkey_policy;
pub mod passkeys;
pub mod places;
pub mod previous_factors;
pub mod recovery_codes;
mod replays;
pub mod reset_policy;
pub mod reset_requests;
pub mod roster;
pub mod sealed_values;
mod session;
mod session_uses;
pub mod sessions;
pub mod set_up_codes;
mod sql;
pub mod tables;
pub mod totp_secrets;
pub mod transactions;
pub mod unfinished_log_ins;
pub mod user_names;
pub mod users;

pub use listing::Listing;
pub use session::Session;
pub use sql::{Changes, Db, Error, ReportError, Result, Trouble, Tx, can_be_overheard, is_unavailable, trouble};
