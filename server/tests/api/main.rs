//! The portal as a browser sees it: the real router over real databases, with a clock that the test moves.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod app;
mod browser;
mod code;
mod set_up;
mod sign_in;

/// Declares tests that run once on SQLite and once on PostgreSQL.
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $(#[$meta])*
            async fn story($app: &crate::app::TestApp) $body

            #[tokio::test]
            async fn sqlite() {
                story(&crate::app::TestApp::on_sqlite().await).await;
            }

            #[tokio::test]
            async fn postgres() {
                story(&crate::app::TestApp::on_postgres().await).await;
            }
        }
    )+};
}
pub(crate) use on_both_databases;
