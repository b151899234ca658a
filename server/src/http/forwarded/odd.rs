//! Why a proxy's description of a request is refused.

use crate::applications::OddPath;

/// Why a proxy's description of a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Odd {
    /// The peer is not a trusted proxy.
    #[error("the peer is not in server.trusted_proxies")]
    UntrustedPeer,
    /// A header is missing.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// A header that must occur exactly once occurs several times.
    #[error("the header {0} occurs more than once")]
    Repeated(&'static str),
    /// A header contains control characters, or bytes beyond ASCII.
    #[error("the header {0} is not printable ASCII")]
    NotAscii(&'static str),
    /// A name that some programs treat as another: `X_Forwarded_Host`, `Remote.User`.
    #[error("a header has a name that can be mistaken for another")]
    Alias,
    /// `Connection` tells proxies to remove a header on which the decision or the identity depends.
    #[error("the header Connection names a header that must not be removed")]
    Removal,
    /// The URL has no scheme, a scheme other than http and https, a user name, a host that is not in canonical form, or an
    /// origin that no application can have.
    #[error("the address is not the canonical address of an application")]
    Origin,
    /// A method that no rule can have.
    #[error("the method is not supported")]
    Method,
    /// A path that different programs could read differently.
    #[error("the path {0}")]
    Path(#[from] OddPath),
    /// Characters other than printable ASCII, or a fragment.
    #[error("the path or the query is not printable ASCII, or has a fragment")]
    Target,
    /// A path that belongs to the portal.
    #[error("the proxy does not forward /.postern/ to the portal")]
    OwnPath,
    /// The request target is not a path. Requests from proxies always have one.
    #[error("the request target is not a path")]
    Form,
}
