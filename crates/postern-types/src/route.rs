//! The paths of the HTTP API. The server's router and the browser's client both take them from here, so that neither
//! can name a path that the other does not know.

/// `GET`: where this browser stands.
pub const FLOW: &str = "/api/flow";
/// `POST`: e-mail and password.
pub const SIGN_IN: &str = "/api/sign-in";
/// `POST`: the one-time code of a later log-in.
pub const SIGN_IN_CODE: &str = "/api/sign-in/code";
/// `POST`: leave a log-in that was begun.
pub const SIGN_IN_CANCEL: &str = "/api/sign-in/cancel";
/// `POST`: the first code of a new authenticator app.
pub const SET_UP_CONFIRM: &str = "/api/set-up/confirm";
/// `POST`: end the session.
pub const SIGN_OUT: &str = "/api/sign-out";
