//! The portal as a browser sees it: the real router over real databases, with a clock that the test moves.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod account_security;
mod address_lists;
mod addresses;
mod app;
mod authorisation;
mod browser;
mod code;
mod code_counter;
mod cookies;
mod fail_closed;
mod headers;
mod history;
mod housekeeping;
mod links;
mod load;
mod mail;
mod members;
mod my_authenticator;
mod my_sessions;
mod new_passwords;
mod origin;
mod password_throttle;
mod replay;
mod reports;
mod routes;
mod secrets;
mod session_ends;
mod sessions;
mod set_up;
mod set_up_rules;
mod sign_in;
mod smtp;
mod step_up;
mod web;
mod wrong_codes;

/// Declares tests that run once on SQLite and once on PostgreSQL.
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $(#[$meta])*
            async fn story($app: &crate::app::TestApp) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                story(&crate::app::TestApp::on_sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                story(&crate::app::TestApp::on_postgres().await).await;
            }
        }
    )+};
}
pub(crate) use on_both_databases;
