//! `GET /metrics`, on a listener of its own.

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use crate::audit;
use crate::http::error::AppError;
use crate::http::listen;
use crate::metrics::MEDIA_TYPE;
use crate::metrics::moment::{Moment, Outbox};
use crate::state::AppState;
use crate::store::{self, outbox};

/// The route.
pub(super) fn router(app: &AppState) -> Router {
    Router::new().route("/metrics", get(metrics)).layer(listen::limits()).with_state(app.clone())
}

async fn metrics(State(app): State<AppState>) -> Result<impl IntoResponse, AppError> {
    let text = app.metrics.text(&moment(&app).await).map_err(anyhow::Error::from)?;
    Ok(([(header::CONTENT_TYPE, MEDIA_TYPE)], text))
}

/// The server now. A database that does not answer is a figure too.
async fn moment(app: &AppState) -> Moment {
    let outbox = waiting(app).await.inspect_err(|error| tracing::warn!(%error, "the outbox cannot be counted")).ok();
    let audit_age_s = audit_age_s(app).await;
    let audit_age_s = audit_age_s.inspect_err(|error| tracing::warn!("the audit log cannot be read: {error:#}")).ok();
    let (hash_queue, caches, pools) = (app.hasher.queue_now(), app.sessions.caches_now(), app.db.pools_now());
    Moment { hash_queue, caches, pools, outbox, audit_age_s }
}

/// How long the oldest row has waited for its entry in the audit log.
async fn audit_age_s(app: &AppState) -> anyhow::Result<i64> {
    let now = app.clock.now();
    let since = audit::oldest_waiting(&app.db, &app.cipher, now).await?;
    Ok(since.map_or(0, |since| (now - since).max(0)))
}

async fn waiting(app: &AppState) -> store::Result<Outbox> {
    let (waiting, since) = outbox::waiting(&app.db).await?;
    let oldest_age_s = since.map_or(0, |since| (app.clock.now() - since).max(0));
    Ok(Outbox { waiting, oldest_age_s })
}
