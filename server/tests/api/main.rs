//! The portal as a browser sees it: the real router over real databases, with a clock that the test moves.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod account_security;
mod address_lists;
mod addresses;
mod authorisation;
mod chosen_passwords;
mod code;
mod code_counter;
mod compression;
mod cookies;
mod earlier_app;
mod earlier_database;
mod fail_closed;
mod headers;
mod history;
mod housekeeping;
mod invitations;
mod leaving;
mod links;
mod load;
mod mail;
mod mail_limits;
mod members;
mod my_authenticator;
mod my_sessions;
mod new_passwords;
mod origin;
mod password_throttle;
mod replay;
mod reports;
mod roster;
mod routes;
mod secrets;
mod session_ends;
mod sessions;
mod set_up;
mod set_up_rules;
mod shared_people;
mod sign_in;
mod step_up;
mod text;
mod web;
mod wrong_codes;
