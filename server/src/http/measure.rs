//! How long requests take.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::clock::instant;
use crate::state::AppState;

/// Counts the request and its duration, by the template of its route. Of its path, nothing is kept.
pub(crate) async fn measure(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let begun = instant();
    let response = next.run(request).await;
    app.metrics.request(route.as_ref().map(MatchedPath::as_str), response.status().as_u16(), begun.elapsed());
    response
}
