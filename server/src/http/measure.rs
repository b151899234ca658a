//! How long requests take.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use crate::clock::instant;
use crate::state::AppState;
use crate::traces;

/// Counts the request and its duration, by the template of its route. Nothing of its path is kept. Also makes a span of it.
pub(crate) async fn measure(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let template = route.as_ref().map(MatchedPath::as_str);
    let span = traces::request(request.method(), template.unwrap_or_default());
    let begun = instant();
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    traces::answered(&span, status);
    app.metrics.request(template, status, begun.elapsed());
    response
}
