//! The paths of OpenID Connect.

pub(super) use postern_types::endpoint::{
    AUTHORIZATION_SERVER, AUTHORIZE, INTROSPECT, KEYS, OPENID_CONFIGURATION, REVOKE, SIGN_OUT, TOKEN, USERINFO,
};

/// Of the form on the page that asks for consent.
pub(super) const CONSENT: &str = "/oidc/consent";
/// Of the form on a notice that logs out, and continues with another user.
pub(super) const ANOTHER_USER: &str = "/oidc/another-user";
