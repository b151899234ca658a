//! Traces for OpenTelemetry.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use postern_testkit::authenticator::code;
use postern_testkit::{ADA, Installation, PASSWORD, eventually};
use tokio::net::TcpListener;

/// A receiver of OTLP over HTTP; returns its address, and what it receives.
async fn receiver() -> (String, Arc<Mutex<Vec<u8>>>) {
    let received = Arc::<Mutex<Vec<u8>>>::default();
    let kept = Arc::clone(&received);
    let keep = async move |body: Bytes| kept.lock().unwrap().extend_from_slice(&body);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let router = Router::new().route(
        "/v1/traces",
        post(move |body| {
            let keep = keep.clone();
            async move { keep(body).await }
        }),
    );
    tokio::spawn(async move { axum::serve(listener, router).await });
    (endpoint, received)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_spans_of_a_log_in_are_sent_at_the_end_at_the_latest_and_hold_nothing_secret_and_no_name() {
    let (endpoint, received) = receiver().await;
    let portal = Installation::on_sqlite().with_ada();
    let mut server = portal.start_with(&[("POSTERN_TRACES__ENDPOINT", &endpoint)]).await;
    let (_, key) = server.set_up(ADA).await;
    let mut browser = server.browser().at("198.51.100.9");
    browser.sign_in(ADA).await.expect(200);
    let shown = code(&key);
    browser.code(&shown).await;
    browser.get("/api/flow?search=SECRET").await;
    server.signal("TERM");
    server.wait(Duration::from_secs(15));
    eventually("spans arrive", async || !received.lock().unwrap().is_empty()).await;
    let spans = received.lock().unwrap().clone();
    let holds = |text: &str| spans.windows(text.len()).any(|part| part == text.as_bytes());
    for name in ["postern", "POST /api/sign-in", "GET /api/flow", "transaction", "hash", "http.response.status_code"] {
        assert!(holds(name), "{name}: {}", server.log());
    }
    let token = browser.cookies.values().next().cloned().unwrap_or_default();
    for secret in [ADA, PASSWORD, &key, &shown, "SECRET", "198.51.100.9", &token] {
        assert!(secret.is_empty() || !holds(secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_away_holds_nothing_up() {
    let portal = Installation::on_sqlite().with_ada();
    let mut server = portal.start_with(&[("POSTERN_TRACES__ENDPOINT", "http://127.0.0.1:9/v1/traces")]).await;
    server.set_up(ADA).await;
    server.signal("TERM");
    server.wait(Duration::from_secs(15));
}
