//! The browser's pages and files, embedded: pages with the configured product name and address filled in, and hashed files that
//! were compressed at build time. They never contain anything about a user.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Json, Router};
use postern_types::ApiError;
use serde_json::json;

use crate::applications::DecodedPath;
use crate::config::PublicUrl;
use crate::http::cookies::Cookies;
use crate::http::error::AppError;

mod encoding;
mod files;
mod for_operator;
mod forms;
mod index;
mod not_found;
mod notices;
mod person;

use encoding::{Encoding, preferred};
use files::{Files, hashed_file};
use forms::Forms;
use index::Index;
use not_found::NotFound;
use notices::Notices;
use person::is_for_a_person;

pub(crate) use forms::{Form, Sent};
pub(crate) use notices::{Notice, Refused};

const NOT_BUILT: &str = "The browser app was not built into this server. Build it with: cargo xtask build\n";

/// The pages, prepared once at start.
#[derive(Debug)]
pub struct Web {
    index: Option<Index>,
    set_up: Option<Index>,
    launcher: Option<Index>,
    console: Option<Index>,
    not_found: NotFound,
    notices: Notices,
    forms: Forms,
    origin: String,
}

impl Web {
    /// Loads the embedded pages and fills in the product name and the address of the portal.
    ///
    /// # Errors
    /// If an embedded page is not one that the build makes.
    pub fn load(product_name: &str, public_url: &PublicUrl) -> anyhow::Result<Self> {
        let page =
            |name| Files::get(name).map(|page| Index::new(&page.data, product_name, public_url.origin())).transpose();
        Ok(Self {
            index: page("index.html")?,
            set_up: page("set-up.html")?,
            launcher: page("launcher.html")?,
            console: page("console.html")?,
            not_found: NotFound::new(product_name),
            notices: Notices::new(product_name, public_url.origin()),
            forms: Forms::new(product_name),
            origin: public_url.origin().to_owned(),
        })
    }

    /// A page for a user whose request to an application is refused.
    #[must_use]
    pub(crate) fn notice(&self, notice: &Notice) -> Response {
        self.notices.respond(notice)
    }

    /// A page with a form.
    #[must_use]
    pub(crate) fn form(&self, form: &Form<'_>, sent: Sent<'_>) -> Response {
        self.forms.respond(form, sent)
    }
}

/// The paths of the pages and files. Everything else is 404, so that a missing file is never answered with a page.
pub fn router(web: Arc<Web>) -> Router {
    Router::new()
        .route("/", axum::routing::get(log_in_page))
        .route("/set-up", axum::routing::get(set_up_page))
        .route("/recovery", axum::routing::get(set_up_page))
        .route("/passkey", axum::routing::get(set_up_page))
        .route("/applications", axum::routing::get(launcher_page))
        .route("/console", axum::routing::get(console_page))
        .route("/console/{*place}", axum::routing::get(console_page))
        .route("/.well-known/change-password", axum::routing::get(change_password))
        .route("/.well-known/passkey-endpoints", axum::routing::get(passkey_endpoints))
        .route("/robots.txt", axum::routing::get(async || "User-agent: *\nDisallow: /\n"))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(file)
        .with_state(web)
}

async fn log_in_page(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    page(web.index.as_ref(), &headers)
}

async fn set_up_page(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    page(web.set_up.as_ref(), &headers)
}

async fn launcher_page(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    page(web.launcher.as_ref(), &headers)
}

/// The console is a single page, which reads its own address to know what to show. A path that a reverse proxy could read as
/// another one is 404: on the host of an application, a proxy forwards everything that it reads as `/.postern/…`.
async fn console_page(State(web): State<Arc<Web>>, request: Request) -> Response {
    if DecodedPath::parse(request.uri().path()).is_err() {
        return nothing_there(&web, &request);
    }
    page(web.console.as_ref(), request.headers())
}

fn page(page: Option<&Index>, headers: &HeaderMap) -> Response {
    let Some(index) = page else {
        return (StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT).into_response();
    };
    let has_session = Cookies::read(headers).names_session();
    index.respond(&preferred(headers), has_session)
}

/// Where password managers send people (W3C, *A Well-Known URL for Changing Passwords*).
async fn change_password() -> Redirect {
    Redirect::to("/console/password")
}

/// Where password managers send people to add and manage passkeys (W3C, *A Well-Known URL for Relying Party Passkey Endpoints*).
async fn passkey_endpoints(State(web): State<Arc<Web>>) -> Response {
    let place = format!("{}/console/security", web.origin);
    Json(json!({"enroll": place, "manage": place})).into_response()
}

/// A form that is sent without scripts ends here, so that its fields never become part of an address.
async fn method_not_allowed(request: Request) -> Response {
    let allow = [(header::ALLOW, "GET, HEAD")];
    if is_for_a_person(&request) {
        return (StatusCode::METHOD_NOT_ALLOWED, allow, "This page supports only GET.\n").into_response();
    }
    (allow, AppError::from(ApiError::MethodNotAllowed)).into_response()
}

async fn file(State(web): State<Arc<Web>>, request: Request) -> Response {
    let name = request.uri().path().strip_prefix('/').unwrap_or_default();
    let is_url =
        !name.ends_with(".html") && !Encoding::COMPRESSED.iter().any(|encoding| name.ends_with(encoding.suffix()));
    let readable = matches!(*request.method(), Method::GET | Method::HEAD);
    match Files::get(name) {
        Some(plain) if is_url && readable => hashed_file(name, plain, preferred(request.headers())),
        _ => nothing_there(&web, &request),
    }
}

fn nothing_there(web: &Web, request: &Request) -> Response {
    if is_for_a_person(request) {
        return web.not_found.respond();
    }
    AppError::from(ApiError::NotFound).into_response()
}

#[cfg(test)]
#[path = "web_tests.rs"]
mod tests;
