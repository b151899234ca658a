//! The paths of OpenID Connect, below the issuer. The server serves them; the console shows them to whoever registers a client.

/// The metadata (OpenID Connect Discovery 1.0, section 4).
pub const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
/// The same metadata (RFC 8414, section 3).
pub const AUTHORIZATION_SERVER: &str = "/.well-known/oauth-authorization-server";
/// The authorization endpoint.
pub const AUTHORIZE: &str = "/oidc/authorize";
/// The token endpoint.
pub const TOKEN: &str = "/oidc/token";
/// The userinfo endpoint.
pub const USERINFO: &str = "/oidc/userinfo";
/// The public keys (`jwks_uri`).
pub const KEYS: &str = "/oidc/keys";
/// The end-session endpoint (RP-Initiated Logout 1.0, section 2).
pub const SIGN_OUT: &str = "/oidc/sign-out";
/// The revocation endpoint (RFC 7009).
pub const REVOKE: &str = "/oidc/revoke";
/// The introspection endpoint (RFC 7662).
pub const INTROSPECT: &str = "/oidc/introspect";
