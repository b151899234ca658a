//! Tells clients that a session has ended (OpenID Connect Back-Channel Logout 1.0). A log-out waits in the database until the client
//! knows of it.

use std::time::Duration;

use anyhow::{Context, ensure};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::form_urlencoded::Serializer;

use super::keys;
use crate::auth::jwt::{self, TokenType};
use crate::auth::token::random_id;
use crate::clock::UnixTime;
use crate::oidc::claims::{LogOutEvent, LogOutToken};
use crate::oidc::client::Client;
use crate::oidc::lifetimes::LOG_OUT_TOKEN_S;
use crate::state::AppState;
use crate::store::oidc_log_ins::{self, LogOut};
use crate::store::{self, oidc_clients};

/// How often this node looks for sessions that have ended.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Log-outs that this node announces at the same time.
const AT_ONCE: usize = 8;
/// How long a client may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// A node that is killed meanwhile loses its claim after this many seconds.
const CLAIM_S: i64 = 60;
/// Waits after failed attempts: 10 s, 20 s, 40 s, … 1 hour.
const FIRST_WAIT_S: i64 = 10;
const LONGEST_WAIT_S: i64 = 3_600;
/// After this time a log-out is given up. No session lasts longer by default.
const GIVE_UP_AFTER_S: i64 = 86_400;

/// Sends the requests.
type Sender = HttpClient<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Announces log-outs until the server stops. Only the first of several failures in a row is logged.
pub async fn run(app: AppState) {
    let sender = match sender() {
        Ok(sender) => sender,
        Err(error) => return tracing::error!(error = format!("{error:#}"), "clients cannot be told of log-outs"),
    };
    let mut has_failed = false;
    while app.stopping.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_some() {
        let done = announce_with(&app, &sender).await;
        if let Err(error) = &done
            && !has_failed
        {
            tracing::warn!(%error, "log-outs cannot be read; trying again");
        }
        has_failed = done.is_err();
    }
}

/// Announces the log-outs that are due now.
///
/// # Errors
/// If the database fails, or the machine has no certificates.
pub async fn announce_due(app: &AppState) -> anyhow::Result<()> {
    Ok(announce_with(app, &sender()?).await?)
}

async fn announce_with(app: &AppState, sender: &Sender) -> store::Result<()> {
    let mut running = JoinSet::new();
    loop {
        let now = app.clock.now();
        while running.len() < AT_ONCE && !app.stopping.is_cancelled() {
            if !oidc_log_ins::any_due(&app.db, now).await? {
                break;
            }
            let Some(log_out) = oidc_log_ins::claim(&app.db, now, now + CLAIM_S).await? else { break };
            let (app, sender) = (app.clone(), sender.clone());
            running.spawn(async move {
                if let Err(error) = announce(&app, &sender, &log_out, now).await {
                    tracing::warn!(%error, "log-outs cannot be written; it will be tried again");
                }
            });
        }
        if running.join_next().await.is_none() {
            return Ok(());
        }
    }
}

async fn announce(app: &AppState, sender: &Sender, log_out: &LogOut, now: UnixTime) -> store::Result<()> {
    let Some(client) = oidc_clients::find(&app.db, &log_out.client_id).await? else { return Ok(()) };
    let error = match tell(app, sender, &client, log_out, now).await {
        Ok(()) => return oidc_log_ins::remove(&app.db, &log_out.id).await,
        Err(error) => format!("{error:#}"),
    };
    let client = client.name.as_str();
    if now - log_out.tried_at >= GIVE_UP_AFTER_S {
        tracing::error!(client, error, "a client does not learn of a log-out: given up after a day");
        return oidc_log_ins::remove(&app.db, &log_out.id).await;
    }
    let wait_s = wait_s(log_out.attempts);
    tracing::warn!(client, error, wait_s, "a client was not told of a log-out; it will be tried again");
    oidc_log_ins::postpone(&app.db, &log_out.id, now + wait_s).await
}

/// Posts a log-out token. A client that no longer wants one counts as told.
async fn tell(app: &AppState, sender: &Sender, client: &Client, log_out: &LogOut, now: UnixTime) -> anyhow::Result<()> {
    let Some(uri) = &client.back_channel_uri else { return Ok(()) };
    let claims = LogOutToken {
        iss: app.config.server.public_url.origin(),
        sub: log_out.user_id.as_str(),
        aud: client.id.as_str(),
        iat: now,
        exp: now + LOG_OUT_TOKEN_S,
        jti: &random_id(),
        sid: log_out.session_id.as_str(),
        events: LogOutEvent::default(),
    };
    let keys = keys::keys(app).await?;
    let key = keys.current(client.algorithm, now).context("there is no key that signs")?;
    let token = jwt::sign(&key.private, &key.public, TokenType::LogOut, &claims)?;
    let body = Serializer::new(String::new()).append_pair("logout_token", &token).finish();
    let mut request = Request::new(Full::from(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri.as_str().parse().context("the address cannot be used")?;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let response = timeout(PATIENCE, sender.request(request)).await.context("no answer in time")??;
    ensure!(response.status().is_success(), "the answer is {}", response.status());
    Ok(())
}

fn sender() -> anyhow::Result<Sender> {
    let connector = HttpsConnectorBuilder::new().with_native_roots().context("no certificates")?;
    let connector = connector.https_or_http().enable_http1().build();
    Ok(HttpClient::builder(TokioExecutor::new()).build(connector))
}

fn wait_s(attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(10);
    (FIRST_WAIT_S << doublings).min(LONGEST_WAIT_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_one_hour() {
        assert_eq!([1, 2, 3, 4].map(wait_s), [10, 20, 40, 80]);
        assert_eq!(wait_s(1000), 3_600);
    }
}
