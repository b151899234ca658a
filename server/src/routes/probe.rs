//! `/api/probe`: what the server knows about where a request came from, for `postern doctor`.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use postern_types::ApiError;

use crate::http::client::Client;
use crate::http::client_address::is_trusted;
use crate::http::error::AppError;
use crate::http::probe::{self, SeenRequest};
use crate::state::AppState;

/// How this request reached the server. Answers only requests that were made with the master keys, at most a minute ago.
#[utoipa::path(get, path = probe::PATH, responses(
    (status = 200, description = "Where the request came from", body = SeenRequest),
    (status = 404, description = "The request is not the doctor's", body = ApiError),
))]
pub(super) async fn seen(
    State(app): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    client: Client,
    headers: HeaderMap,
) -> Result<Json<SeenRequest>, AppError> {
    if !probe::is_probe(&headers, &app.cipher, app.clock.now()) {
        return Err(ApiError::NotFound.into());
    }
    let peer = peer.ip().to_canonical();
    let forwarded_for = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    Ok(Json(SeenRequest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        address: client.address().to_string(),
        peer: peer.to_string(),
        is_trusted: is_trusted(peer, &app.config.server.trusted_proxies),
        forwarded_for: forwarded_for.map(str::to_owned).collect(),
    }))
}
