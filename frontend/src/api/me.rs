//! What a person does about their own password, sessions and authenticator app, and with one-time links.

use postern_types::{
    ChangePassword, CodeRequest, ConfirmPasswordReset, EmptyRequest, FirstRun, Link, LinkToken, MyAuthenticator,
    MySession, NewAuthenticator, NewPassword, PasswordReset, SetUp, Step, SteppedUp, route,
};

use super::{Request, delete, get, json, object, post};

/// A new password in place of one that is temporary or too old.
pub(crate) fn new_password(body: &NewPassword) -> Request<Step> {
    post(route::SIGN_IN_NEW_PASSWORD, json::write(body), object::read)
}

/// The first account and its administrator.
pub(crate) fn first_run(body: &FirstRun) -> Request<Step> {
    post(route::FIRST_RUN, json::write(body), object::read)
}

/// What is this one-time link for?
pub(crate) fn link(body: &LinkToken) -> Request<Link> {
    post(route::LINK, json::write(body), json::read)
}

/// Mail me a link for a new password.
pub(crate) fn password_reset(body: &PasswordReset) -> Request<EmptyRequest> {
    post(route::PASSWORD_RESET, json::write(body), json::read)
}

/// A new password, with the token of a link.
pub(crate) fn confirm_password_reset(body: &ConfirmPasswordReset) -> Request<Step> {
    post(route::PASSWORD_RESET_CONFIRM, json::write(body), object::read)
}

/// Become a member of a further account.
pub(crate) fn accept_invitation(body: &LinkToken) -> Request<Step> {
    post(route::INVITATION_ACCEPT, json::write(body), object::read)
}

/// A one-time code that lets sensitive actions pass for a while.
pub(crate) fn step_up(body: &CodeRequest) -> Request<SteppedUp> {
    post(route::STEP_UP, json::write(body), json::read)
}

/// Change one's own password.
pub(crate) fn change_password(body: &ChangePassword) -> Request<Step> {
    post(route::MY_PASSWORD, json::write(body), object::read)
}

/// One's own sessions.
pub(crate) fn sessions() -> Request<Vec<MySession>> {
    get(route::MY_SESSIONS, json::read)
}

/// End all of them but this one.
pub(crate) fn end_other_sessions() -> Request<()> {
    delete(route::MY_SESSIONS)
}

/// End one of them.
pub(crate) fn end_session(id: &str) -> Request<()> {
    delete(&route::fill(route::MY_SESSION, &[id]))
}

/// Whether one has an authenticator app.
pub(crate) fn authenticator() -> Request<MyAuthenticator> {
    get(route::MY_AUTHENTICATOR, json::read)
}

/// Begin to set one up, or to replace it.
pub(crate) fn new_authenticator(body: &NewAuthenticator) -> Request<SetUp> {
    post(route::MY_AUTHENTICATOR, json::write(body), json::read)
}

/// The first code of the new app.
pub(crate) fn confirm_authenticator(body: &CodeRequest) -> Request<Step> {
    post(route::MY_AUTHENTICATOR_CONFIRM, json::write(body), object::read)
}
