//! One's own password, sessions and authenticator app, and one-time links.

use postern_types::{
    ChangePassword, CodeRequest, ConfirmPasswordReset, ConfirmSetUp, EmptyRequest, FirstRun, Link, LinkToken,
    MyAuthenticator, MyConsents, MyLockdown, MyRecoveryCodes, MySession, NewAuthenticator, NewPassword, PasswordReset,
    RecoveryCodes, SetUp, Step, SteppedUp, route,
};

use super::{Request, delete, get, json, post};

/// Replace a temporary or expired password.
pub(crate) fn new_password(body: &NewPassword) -> Request<Step> {
    post(route::SIGN_IN_NEW_PASSWORD, json::write(body), json::step_format())
}

/// Create the first account and its administrator.
pub(crate) fn first_run(body: &FirstRun) -> Request<Step> {
    post(route::FIRST_RUN, json::write(body), json::step_format())
}

/// Get what a one-time link is for.
pub(crate) fn link(body: &LinkToken) -> Request<Link> {
    post(route::LINK, json::write(body), json::format())
}

/// Request a mail with a link for a new password.
pub(crate) fn password_reset(body: &PasswordReset) -> Request<EmptyRequest> {
    post(route::PASSWORD_RESET, json::write(body), json::format())
}

/// Set a new password, with the token of a link.
pub(crate) fn confirm_password_reset(body: &ConfirmPasswordReset) -> Request<Step> {
    post(route::PASSWORD_RESET_CONFIRM, json::write(body), json::step_format())
}

/// Accept an invitation to a further account.
pub(crate) fn accept_invitation(body: &LinkToken) -> Request<Step> {
    post(route::INVITATION_ACCEPT, json::write(body), json::step_format())
}

/// Cancel a request to reset one's own second factor.
pub(crate) fn cancel_reset(body: &LinkToken) -> Request<EmptyRequest> {
    post(route::RESET_CANCEL, json::write(body), json::format())
}

/// Send a one-time code that allows sensitive actions for a while.
pub(crate) fn step_up(body: &CodeRequest) -> Request<SteppedUp> {
    post(route::STEP_UP, json::write(body), json::format())
}

/// Change one's own password.
pub(crate) fn change_password(body: &ChangePassword) -> Request<Step> {
    post(route::MY_PASSWORD, json::write(body), json::step_format())
}

/// Get one's own sessions.
pub(crate) fn sessions() -> Request<Vec<MySession>> {
    get(route::MY_SESSIONS, json::format())
}

/// End one of them.
pub(crate) fn end_session(id: &str) -> Request<()> {
    delete(&route::fill(route::MY_SESSION, &[id]), json::NOTHING)
}

/// Get which applications have one's own permission to learn who one is.
pub(crate) fn consents() -> Request<MyConsents> {
    get(route::MY_CONSENTS, json::format())
}

/// Take back one of these permissions.
pub(crate) fn take_back(client_id: &str) -> Request<()> {
    delete(&route::fill(route::MY_CONSENT, &[client_id]), json::NOTHING)
}

/// Lock down one's own user account.
pub(crate) fn lock_down(body: &MyLockdown) -> Request<Step> {
    post(route::MY_LOCKDOWN, json::write(body), json::step_format())
}

/// Leave an account.
pub(crate) fn leave_account(id: &str) -> Request<Step> {
    post(&route::fill(route::MY_ACCOUNT_LEAVE, &[id]), json::write(&EmptyRequest {}), json::step_format())
}

/// Get whether one has an authenticator app.
pub(crate) fn authenticator() -> Request<MyAuthenticator> {
    get(route::MY_AUTHENTICATOR, json::format())
}

/// Begin to set up or replace an authenticator app.
pub(crate) fn new_authenticator(body: &NewAuthenticator) -> Request<SetUp> {
    post(route::MY_AUTHENTICATOR, json::write(body), json::format())
}

/// Get how many recovery codes are left.
pub(crate) fn recovery_codes() -> Request<MyRecoveryCodes> {
    get(route::MY_RECOVERY_CODES, json::format())
}

/// Create a new set of recovery codes.
pub(crate) fn make_recovery_codes() -> Request<RecoveryCodes> {
    post(route::MY_RECOVERY_CODES, json::write(&EmptyRequest {}), json::format())
}

/// Send the first code of the new app.
pub(crate) fn confirm_authenticator(body: &ConfirmSetUp) -> Request<Step> {
    post(route::MY_AUTHENTICATOR_CONFIRM, json::write(body), json::step_format())
}
