//! The real program as an operator meets it: started, killed, filled up, cut off from its database, asked from the shell.
//!
//! Every test starts `postern` itself, in a data directory of its own, on SQLite or in a schema of its own on the
//! PostgreSQL server that `POSTERN_TEST_POSTGRES_URL` names.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper of a test fails by panicking, like the test")]

mod applications;
mod audit;
mod audit_kill;
mod backup;
mod client_check;
mod clients;
mod command_line;
mod connections;
mod database_away;
mod database_held;
mod doctor;
mod hang_up;
mod help;
mod init;
mod keys;
mod keys_source;
mod kill;
mod kill_reset;
mod limits;
mod load;
mod logs;
mod mail;
mod metrics;
mod moving;
mod operator;
mod ordeal;
mod pooler;
mod scheduled_backups;
mod secrets;
mod shell;
mod slow_bodies;
mod slow_clients;
mod socket;
mod start;
mod start_refused;
mod stop;
mod traces;
mod two_processes;
mod upgrade;
