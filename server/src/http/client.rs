//! Where a request came from.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header;
use axum::http::request::Parts;

use super::client_address::{client_address, looks_proxied};
use super::error::AppError;
use crate::addresses::ClientAddress;
use crate::mail::Origin;
use crate::state::AppState;

/// Maximum length of the `User-Agent` that is kept, in characters.
const MAX_USER_AGENT: usize = 256;

/// The client of a request.
#[derive(Clone, Debug)]
pub struct Client {
    address: ClientAddress,
    peer: IpAddr,
    user_agent: String,
}

impl Client {
    /// The client's address, seen through trusted proxies.
    #[must_use]
    pub const fn address(&self) -> ClientAddress {
        self.address
    }

    /// The address whose limits count: the client's, or that of the proxy behind which it is unknown.
    #[must_use]
    pub const fn counted_as(&self) -> IpAddr {
        match self.address {
            ClientAddress::Known(address) => address,
            ClientAddress::Unknown => self.peer,
        }
    }

    /// Where the request came from, for a person to read.
    pub(crate) fn origin(&self) -> Origin {
        Origin::new(self.address.to_string(), &self.user_agent)
    }

    /// The `User-Agent` header, shortened to 256 characters.
    #[must_use]
    pub fn user_agent(&self) -> &str {
        &self.user_agent
    }
}

impl FromRequestParts<AppState> for Client {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        let ConnectInfo(peer) = ConnectInfo::<SocketAddr>::from_request_parts(parts, app)
            .await
            .map_err(|_| anyhow::anyhow!("the peer's address is unknown"))?;
        let trusted = &app.config.server.trusted_proxies;
        if looks_proxied(peer.ip(), &parts.headers, trusted) && !app.proxy_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                peer = %peer.ip(),
                "requests carry forwarding headers, but this peer is not in server.trusted_proxies: all users share its address, \
                 and with it one limit for wrong passwords"
            );
        }
        let agent = parts.headers.get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()));
        Ok(Self {
            address: client_address(peer.ip(), &parts.headers, trusted),
            peer: peer.ip(),
            user_agent: agent.unwrap_or_default().chars().take(MAX_USER_AGENT).collect(),
        })
    }
}
