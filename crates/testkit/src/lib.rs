//! The test harness of Postern. A new test takes ten lines:
//!
//! ```no_run
//! # async fn test() {
//! use postern_testkit::{ADA, Portal, RFC_6238_KEY};
//!
//! let portal = Portal::on_sqlite().await;
//! let mut admin = portal.admin("Acme", ADA).await;
//! portal.advance(900);
//! assert_eq!(admin.browser.step().await, "signed_in");
//! assert_eq!(portal.database.count("select count(*) from sessions").await, 1);
//! # }
//! ```
//!
//! - [`Portal`] is a portal inside the test's process, with a clock that the test moves; [`Portal::node`] adds a second node
//!   on the same database.
//! - [`Installation`] is a data directory and a database for the program itself; [`Installation::start`] gives a running
//!   [`Server`]. [`program`] is the command line.
//! - [`sealed`] reads sealed values without the product's code. [`parsers`] are what reads input from outside, with their properties.
//! - [`Browser`] talks to either, [`authenticator`] computes codes, [`passkeys`] shows passkeys, [`MailServer`] receives mails, and [`Database`] reads rows
//!   without the product's code.
//!
//! Helpers check what they do and panic where it fails, as a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper of a test fails by panicking, like the test")]
#![allow(clippy::must_use_candidate, clippy::return_self_not_must_use, reason = "`expect` is an assertion of its own")]

pub mod authenticator;
pub mod parsers;
pub mod passkeys;
pub mod program;
pub mod sealed;

mod answer;
mod applications;
mod browser;
mod contract;
mod database;
mod installation;
mod mail_server;
mod opened_backup;
mod people;
mod place;
mod portal;
mod server;
mod wait;

pub use answer::Answer;
pub use applications::ICON;
pub use browser::{Browser, credentials};
pub use database::{Database, postgres_server};
pub use installation::Installation;
pub use mail_server::{END_OF_MAIL, HOLD, MailServer};
pub use opened_backup::rows_of_backup;
pub use people::Admin;
pub use place::Place;
pub use portal::{Portal, T0};
pub use server::Server;
pub use wait::{eventually, within};

/// The password of every user that a helper adds.
pub const PASSWORD: &str = "correct horse battery staple";
/// The name of the account in most tests.
pub const ACCOUNT: &str = "Acme";
/// The user name in most tests.
pub const ADA: &str = "ada@example.com";
/// The SHA-1 secret of RFC 6238, appendix B.
pub const RFC_6238_SECRET: &[u8] = b"12345678901234567890";
/// The same secret in base32, as people type it (RFC 4648).
pub const RFC_6238_KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// Declares tests that run once on SQLite and once on PostgreSQL:
///
/// ```no_run
/// # fn main() {} // A test file: the rest is outside of every function.
/// use postern_testkit::{ADA, on_both_databases};
///
/// on_both_databases! {
///     async fn a_user_without_a_factor_is_signed_in_by_the_password(portal) {
///         portal.add_user("Acme", ADA).await;
///         assert_eq!(portal.browser().sign_in(ADA).await.expect(200).step(), "signed_in");
///     }
/// }
/// ```
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($portal:ident) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports, reason = "a test may use nothing of its file")]
            use super::*;

            $(#[$meta])*
            async fn story($portal: &$crate::Portal) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                story(&$crate::Portal::on_sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                story(&$crate::Portal::on_postgres().await).await;
            }
        }
    )+};
}
