//! The paths of the HTTP API. The server's router and the browser's client both use these constants, so that they cannot
//! differ.

/// `GET`: the current step of this browser.
pub const FLOW: &str = "/api/flow";
/// `POST`: e-mail and password.
pub const SIGN_IN: &str = "/api/sign-in";
/// `POST`: the one-time code of a later log-in.
pub const SIGN_IN_CODE: &str = "/api/sign-in/code";
/// `POST`: a recovery code, in place of the one-time code.
pub const SIGN_IN_RECOVERY: &str = "/api/sign-in/recovery";
/// `POST`: options for using a passkey: one of the user's own after the password, or any passkey for a log-in by passkey alone.
pub const SIGN_IN_PASSKEY_OPTIONS: &str = "/api/sign-in/passkey/options";
/// `POST`: a passkey, as the second factor or alone.
pub const SIGN_IN_PASSKEY: &str = "/api/sign-in/passkey";
/// `POST`: cancel a log-in.
pub const SIGN_IN_CANCEL: &str = "/api/sign-in/cancel";
/// `POST`: the first code of a new authenticator app.
pub const SET_UP_CONFIRM: &str = "/api/set-up/confirm";
/// `POST`: options for a new passkey in place of an authenticator app.
pub const SET_UP_PASSKEY_OPTIONS: &str = "/api/set-up/passkey/options";
/// `POST`: the new passkey, which completes the log-in.
pub const SET_UP_PASSKEY: &str = "/api/set-up/passkey";
/// `POST`: the user has saved the recovery codes that are shown.
pub const RECOVERY_CODES_SAVED: &str = "/api/set-up/recovery-codes/saved";
/// `POST`: the user wants no recovery codes. Those that are shown stop working.
pub const RECOVERY_CODES_DECLINE: &str = "/api/set-up/recovery-codes/decline";
/// `POST`: end the session.
pub const SIGN_OUT: &str = "/api/sign-out";
/// `POST`: replace a temporary or expired password, to complete a log-in.
pub const SIGN_IN_NEW_PASSWORD: &str = "/api/sign-in/new-password";
/// `POST`: create the first account and its administrator, with the token of the first-run link.
pub const FIRST_RUN: &str = "/api/first-run";
/// `POST`: what a one-time link is for.
pub const LINK: &str = "/api/link";
/// `POST`: request an e-mail with a link for a new password.
pub const PASSWORD_RESET: &str = "/api/password-reset";
/// `POST`: set a new password, with the token of a link.
pub const PASSWORD_RESET_CONFIRM: &str = "/api/password-reset/confirm";
/// `POST`: accept an invitation to a further account.
pub const INVITATION_ACCEPT: &str = "/api/invitation/accept";
/// `POST`: a one-time code that allows sensitive actions for a while.
pub const STEP_UP: &str = "/api/step-up";
/// `POST`: options for using a passkey that allows sensitive actions for a while.
pub const STEP_UP_PASSKEY_OPTIONS: &str = "/api/step-up/passkey/options";
/// `POST`: that passkey.
pub const STEP_UP_PASSKEY: &str = "/api/step-up/passkey";
/// `POST`: change one's own password.
pub const MY_PASSWORD: &str = "/api/me/password";
/// `GET`: one's own sessions. `DELETE`: end all except this one.
pub const MY_SESSIONS: &str = "/api/me/sessions";
/// `DELETE`: end one of one's own sessions.
pub const MY_SESSION: &str = "/api/me/sessions/{session}";
/// `GET`: which clients of OpenID Connect may learn who one is.
pub const MY_CONSENTS: &str = "/api/me/consents";
/// `DELETE`: take such a consent back.
pub const MY_CONSENT: &str = "/api/me/consents/{client}";
/// `GET`: whether one has an authenticator app. `POST`: begin to set up or replace it.
pub const MY_AUTHENTICATOR: &str = "/api/me/authenticator";
/// `POST`: the first code of the new app.
pub const MY_AUTHENTICATOR_CONFIRM: &str = "/api/me/authenticator/confirm";
/// `GET`: the user's own passkeys. `POST`: add one.
pub const MY_PASSKEYS: &str = "/api/me/passkeys";
/// `POST`: options for a new passkey.
pub const MY_PASSKEYS_OPTIONS: &str = "/api/me/passkeys/options";
/// `PATCH`: rename one of the user's own passkeys. `DELETE`: remove it.
pub const MY_PASSKEY: &str = "/api/me/passkeys/{passkey}";
/// `GET`: how many recovery codes one has left. `POST`: create a new set.
pub const MY_RECOVERY_CODES: &str = "/api/me/recovery-codes";
/// `POST`: dismiss the alarm that this session shows.
pub const MY_ALARM_DISMISS: &str = "/api/me/alarm/dismiss";
/// `POST`: lock down one's own user account.
pub const MY_LOCKDOWN: &str = "/api/me/lockdown";
/// `POST`: leave an account.
pub const MY_ACCOUNT_LEAVE: &str = "/api/me/accounts/{account}/leave";
/// `GET`: the applications that the user may open.
pub const MY_APPLICATIONS: &str = "/api/me/applications";
/// `GET`, `PUT`: the account's security settings.
pub const ACCOUNT_SECURITY: &str = "/api/accounts/{account}/security";
/// `GET`: how many users the security settings affect.
pub const ACCOUNT_SECURITY_EFFECT: &str = "/api/accounts/{account}/security/effect";
/// `POST`: confirm a changed list of addresses, from an allowed address.
pub const ACCOUNT_ADDRESSES_CONFIRM: &str = "/api/accounts/{account}/security/confirm-addresses";
/// `GET`: a page of the account's users. `POST`: add one.
pub const ACCOUNT_USERS: &str = "/api/accounts/{account}/users";
/// `GET`, `PATCH`, `DELETE`: one user of the account.
pub const ACCOUNT_USER: &str = "/api/accounts/{account}/users/{user}";
/// `POST`: send the link to join, or to the first password, again.
pub const ACCOUNT_USER_INVITE: &str = "/api/accounts/{account}/users/{user}/invite";
/// `POST`: reset a user's two-factor authentication.
pub const ACCOUNT_USER_RESET: &str = "/api/accounts/{account}/users/{user}/reset-2fa";
/// `POST`: make a set-up code for a user without a second factor.
pub const ACCOUNT_USER_SET_UP_CODE: &str = "/api/accounts/{account}/users/{user}/set-up-code";
/// `GET`: the open requests to reset a second factor that concern the account.
pub const ACCOUNT_RESET_REQUESTS: &str = "/api/accounts/{account}/reset-requests";
/// `POST`: approve such a request, for the account.
pub const ACCOUNT_RESET_APPROVE: &str = "/api/accounts/{account}/reset-requests/{request}/approve";
/// `POST`: refuse such a request, or withdraw one's own.
pub const ACCOUNT_RESET_REFUSE: &str = "/api/accounts/{account}/reset-requests/{request}/refuse";
/// `POST`: cancel a request to reset one's own second factor, with the token of the link in the e-mail.
pub const RESET_CANCEL: &str = "/api/reset-requests/cancel";
/// `POST`: lock down a user's account.
pub const ACCOUNT_USER_LOCKDOWN: &str = "/api/accounts/{account}/users/{user}/lockdown";
/// `GET`: a page of the account's login history.
pub const ACCOUNT_LOGIN_HISTORY: &str = "/api/accounts/{account}/login-history";
/// `GET`: the login history as a file for spreadsheets.
pub const ACCOUNT_LOGIN_HISTORY_CSV: &str = "/api/accounts/{account}/login-history.csv";
/// `GET`: a page of the record of administration.
pub const ACCOUNT_EVENTS: &str = "/api/accounts/{account}/events";
/// `GET`: the account's applications.
pub const ACCOUNT_APPLICATIONS: &str = "/api/accounts/{account}/applications";
/// `PUT`: which users of the account may use an application.
pub const ACCOUNT_APPLICATION_MEMBERS: &str = "/api/accounts/{account}/applications/{application}/members";
/// `POST`: whether a user's request to an application is allowed.
pub const ACCOUNT_APPLICATIONS_CHECK: &str = "/api/accounts/{account}/applications/check";

/// Replaces the placeholders `{…}` of a path by values, in order. The values must be ids: nothing is escaped.
#[must_use]
pub fn fill(path: &str, values: &[&str]) -> String {
    let mut filled = String::with_capacity(path.len());
    let mut values = values.iter();
    for part in path.split_inclusive(['{', '}']) {
        match part.strip_suffix('}') {
            Some(_) => filled.push_str(values.next().copied().unwrap_or_default()),
            None => filled.push_str(part.trim_end_matches('{')),
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_filled_in_order() {
        assert_eq!(fill(FLOW, &[]), FLOW);
        assert_eq!(fill(ACCOUNT_USER_RESET, &["a1", "u2"]), "/api/accounts/a1/users/u2/reset-2fa");
    }
}
