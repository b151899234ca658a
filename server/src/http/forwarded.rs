//! The request that a reverse proxy asks about, as the proxy describes it. Ambiguous descriptions are refused, because the
//! proxy, the portal and the application could each read them differently.

mod headers;
mod odd;
mod purpose;
mod target;

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use ipnet::IpNet;
use postern_types::RequestMethod;

use super::client_address::is_trusted;
use crate::applications::Origin;
use headers::{no_alias, one};

pub use odd::Odd;
pub use purpose::Purpose;
pub use target::Target;

/// What Envoy puts in front of the path of the request.
pub const ENVOY_PREFIX: &str = "/api/forward-auth/envoy";

/// The paths on an application's host that a proxy passes on to the portal.
pub const OWN_PATHS: &str = "/.postern/";

/// Which headers describe the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Description {
    /// `X-Original-URL` and `X-Original-Method`: nginx.
    OriginalUrl,
    /// `X-Forwarded-Proto`, `-Host`, `-Uri` and `-Method`: Caddy and Traefik.
    Forwarded,
    /// `X-Forwarded-Proto`, and the host, method and path (after [`ENVOY_PREFIX`]) of the check itself: Envoy.
    Itself,
}

/// An origin as a proxy has written it, without the default port. It is not normalised: it is the origin of an
/// application if the texts are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenOrigin(String);

/// A request to an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardedRequest {
    /// The origin.
    pub origin: WrittenOrigin,
    /// Path and query.
    pub target: Target,
    /// Method.
    pub method: RequestMethod,
}

impl ForwardedRequest {
    /// Reads the proxy's description of a request.
    ///
    /// # Errors
    /// [`Odd`] says what is wrong.
    pub fn read(description: Description, head: &Parts, peer: IpAddr, trusted: &[IpNet]) -> Result<Self, Odd> {
        believe(&head.headers, peer, trusted)?;
        let headers = &head.headers;
        let (origin, target, method) = match description {
            Description::OriginalUrl => {
                let (origin, target) = split(one(headers, "x-original-url")?)?;
                (origin, target, one(headers, "x-original-method")?)
            }
            Description::Forwarded => {
                let origin = WrittenOrigin::new(one(headers, "x-forwarded-proto")?, one(headers, "x-forwarded-host")?)?;
                (origin, one(headers, "x-forwarded-uri")?, one(headers, "x-forwarded-method")?)
            }
            Description::Itself => {
                let origin = own_origin(headers)?;
                let target = own_target(head)?.strip_prefix(ENVOY_PREFIX).ok_or(Odd::Form)?;
                (origin, target, head.method.as_str())
            }
        };
        let target = Target::parse(target)?;
        if target.path().as_str().starts_with(OWN_PATHS) {
            return Err(Odd::OwnPath);
        }
        Ok(Self { origin, target, method: method.parse().map_err(|_| Odd::Method)? })
    }
}

/// The origin of a request that a proxy forwards to the portal: `X-Forwarded-Proto` and `Host`.
///
/// # Errors
/// [`Odd`] says what is wrong.
pub fn origin_of(head: &Parts, peer: IpAddr, trusted: &[IpNet]) -> Result<WrittenOrigin, Odd> {
    believe(&head.headers, peer, trusted)?;
    own_target(head)?;
    own_origin(&head.headers)
}

fn believe(headers: &HeaderMap, peer: IpAddr, trusted: &[IpNet]) -> Result<(), Odd> {
    if !is_trusted(peer.to_canonical(), trusted) {
        return Err(Odd::UntrustedPeer);
    }
    no_alias(headers)
}

fn own_origin(headers: &HeaderMap) -> Result<WrittenOrigin, Odd> {
    WrittenOrigin::new(one(headers, "x-forwarded-proto")?, one(headers, "host")?)
}

/// Path and query of the request itself, as they were sent. An absolute URL is refused (RFC 9112, 3.2.2).
fn own_target(head: &Parts) -> Result<&str, Odd> {
    let target = head.uri.path_and_query().filter(|_| head.uri.authority().is_none() && head.uri.scheme().is_none());
    target.map(PathAndQuery::as_str).ok_or(Odd::Form)
}

/// Splits `scheme://host[:port]/path?query`. A URL parser would normalise it.
fn split(url: &str) -> Result<(WrittenOrigin, &str), Odd> {
    let (scheme, rest) = url.split_once("://").ok_or(Odd::Origin)?;
    let end = rest.find(['/', '?', '#', '\\']).ok_or(Odd::Origin)?;
    let (authority, target) = rest.split_at(end);
    Ok((WrittenOrigin::new(scheme, authority)?, target))
}

impl WrittenOrigin {
    fn new(scheme: &str, authority: &str) -> Result<Self, Odd> {
        let default_port = match scheme {
            "https" => ":443",
            "http" => ":80",
            _ => return Err(Odd::Origin),
        };
        let authority = authority.strip_suffix(default_port).unwrap_or(authority);
        Ok(Self([scheme, "://", authority].concat()))
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is odd about one that no application has; `None` if an application could have it.
    #[must_use]
    pub fn oddity(&self) -> Option<Odd> {
        let is_canonical = Origin::parse(&self.0).is_ok_and(|origin| origin.as_str() == self.0);
        (!is_canonical).then_some(Odd::Origin)
    }
}
