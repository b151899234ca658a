//! The paths of OpenID Connect.

pub(super) const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
pub(super) const AUTHORIZATION_SERVER: &str = "/.well-known/oauth-authorization-server";
pub(super) const AUTHORIZE: &str = "/oidc/authorize";
/// Of the form on the page that asks for consent.
pub(super) const CONSENT: &str = "/oidc/consent";
/// Of the form on a notice that logs out, and continues with another user.
pub(super) const ANOTHER_USER: &str = "/oidc/another-user";
pub(super) const TOKEN: &str = "/oidc/token";
pub(super) const USERINFO: &str = "/oidc/userinfo";
pub(super) const KEYS: &str = "/oidc/keys";
pub(super) const SIGN_OUT: &str = "/oidc/sign-out";
pub(super) const REVOKE: &str = "/oidc/revoke";
pub(super) const INTROSPECT: &str = "/oidc/introspect";
