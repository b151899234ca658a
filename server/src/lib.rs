//! Postern's server: the JSON API of a sign-in portal with two-factor authentication, and the browser app that it serves.
//!
//! The server decides; the browser draws. A row of the table in [`routes`] leads to a handler, which calls the pure functions
//! of [`auth`] and the statements of [`store`]. [`sign_in::flow`] says what comes next.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::{Router, middleware};

pub mod addresses;
pub mod alarms;
pub mod applications;
pub mod audit;
pub mod auth;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod config;
pub mod display_name;
pub mod folding;
pub mod following;
pub mod housekeeping;
mod html;
pub mod http;
pub mod ids;
pub mod importing;
pub mod keys;
pub mod logging;
pub mod mail;
pub mod metrics;
pub mod oidc;
mod private_file;
pub mod provider;
mod routes;
pub mod sign_in;
mod signals;
pub mod sparing;
pub mod state;
pub mod store;
mod tasks;
pub mod traces;
pub mod web;

use http::guard;
use http::headers::{self, Headers};
use http::measure;
use state::AppState;

pub use routes::api_document;

/// Largest request body in bytes.
const MAX_BODY: usize = 16 * 1024;

/// The whole portal as a service; tests call it without a socket.
pub fn app(state: &AppState) -> Router {
    let api = routes::router(state).with_state(state.clone());
    let portal = api.merge(routes::pages(state)).merge(web::router(Arc::clone(&state.web)));
    let headers = Headers::of(&state.config);
    // The first one is outermost. A tuple in one layer costs less than several layers, each of which is cloned with all those
    // inside it.
    portal
        .layer((
            middleware::from_fn_with_state(headers, headers::add),
            DefaultBodyLimit::max(MAX_BODY),
            middleware::from_fn(guard::begin_when_complete),
            middleware::from_fn_with_state(state.clone(), measure::measure),
        ))
        .merge(routes::forward_auth(state))
}

/// What Prometheus asks, on a listener of its own.
pub fn metrics_app(state: &AppState) -> Router {
    let headers = Headers::of(&state.config);
    routes::metrics(state).layer(middleware::from_fn_with_state(headers, headers::add))
}
