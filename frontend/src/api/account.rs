//! Administration of an account.

use postern_types::{
    AccountApplication, AccountApplications, AccountSecurity, AddMember, ApplicationCheck, ApplicationMembers,
    Approval, ChangeMember, CheckApplication, EmptyRequest, EventEntry, Lockdown, Member, Page, ResetAnswer,
    ResetRequest, SecurityEffect, SetUpCode, SignInEntry, route,
};

use super::{Request, delete, get, json, patch, post, put};

/// Get the security settings, with their version.
pub(crate) fn security(account: &str) -> Request<AccountSecurity> {
    get(&route::fill(route::ACCOUNT_SECURITY, &[account]), json::format())
}

/// Change the security settings, if they still have this version.
pub(crate) fn change_security(account: &str, version: &str, body: &AccountSecurity) -> Request<AccountSecurity> {
    put(&route::fill(route::ACCOUNT_SECURITY, &[account]), version, json::write(body), json::format())
}

/// Get how many users the security settings affect.
pub(crate) fn effect(account: &str) -> Request<SecurityEffect> {
    get(&route::fill(route::ACCOUNT_SECURITY_EFFECT, &[account]), json::format())
}

/// Confirm a changed list of addresses.
pub(crate) fn confirm_addresses(account: &str) -> Request<AccountSecurity> {
    post(&route::fill(route::ACCOUNT_ADDRESSES_CONFIRM, &[account]), json::write(&EmptyRequest {}), json::format())
}

/// Get a page of the users.
pub(crate) fn users(account: &str, query: &str) -> Request<Page<Member>> {
    get(&(route::fill(route::ACCOUNT_USERS, &[account]) + query), json::format())
}

/// Add a user.
pub(crate) fn add_user(account: &str, body: &AddMember) -> Request<Member> {
    post(&route::fill(route::ACCOUNT_USERS, &[account]), json::write(body), json::format())
}

/// Change a user.
pub(crate) fn change_user(account: &str, user: &str, body: &ChangeMember) -> Request<Member> {
    patch(&route::fill(route::ACCOUNT_USER, &[account, user]), json::write(body), json::format())
}

/// Remove a user.
pub(crate) fn remove_user(account: &str, user: &str) -> Request<()> {
    delete(&route::fill(route::ACCOUNT_USER, &[account, user]), json::NOTHING)
}

/// Send a new link to join, or to choose the first password.
pub(crate) fn invite_user(account: &str, user: &str) -> Request<Member> {
    post(&route::fill(route::ACCOUNT_USER_INVITE, &[account, user]), json::write(&EmptyRequest {}), json::format())
}

/// Reset a user's two-factor authentication.
pub(crate) fn reset_user(account: &str, user: &str) -> Request<ResetAnswer> {
    post(&route::fill(route::ACCOUNT_USER_RESET, &[account, user]), json::write(&EmptyRequest {}), json::format())
}

/// Make a set-up code for a user without a second factor.
pub(crate) fn make_set_up_code(account: &str, user: &str) -> Request<SetUpCode> {
    post(&route::fill(route::ACCOUNT_USER_SET_UP_CODE, &[account, user]), json::write(&EmptyRequest {}), json::format())
}

/// Get the open requests to reset a second factor.
pub(crate) fn reset_requests(account: &str) -> Request<Vec<ResetRequest>> {
    get(&route::fill(route::ACCOUNT_RESET_REQUESTS, &[account]), json::format())
}

/// Approve such a request.
pub(crate) fn approve_reset(account: &str, request: &str) -> Request<Approval> {
    post(&route::fill(route::ACCOUNT_RESET_APPROVE, &[account, request]), json::write(&EmptyRequest {}), json::format())
}

/// Refuse such a request, or withdraw one's own.
pub(crate) fn refuse_reset(account: &str, request: &str) -> Request<()> {
    post(&route::fill(route::ACCOUNT_RESET_REFUSE, &[account, request]), json::write(&EmptyRequest {}), json::NOTHING)
}

/// Lock down a user's account.
pub(crate) fn lock_down_user(account: &str, user: &str, body: &Lockdown) -> Request<()> {
    post(&route::fill(route::ACCOUNT_USER_LOCKDOWN, &[account, user]), json::write(body), json::NOTHING)
}

/// Get a page of the login history.
pub(crate) fn login_history(account: &str, query: &str) -> Request<Page<SignInEntry>> {
    get(&(route::fill(route::ACCOUNT_LOGIN_HISTORY, &[account]) + query), json::format())
}

/// The address of the login history as a file.
pub(crate) fn login_history_file(account: &str, query: &str) -> String {
    route::fill(route::ACCOUNT_LOGIN_HISTORY_CSV, &[account]) + query
}

/// Get a page of the record of administration.
pub(crate) fn events(account: &str, query: &str) -> Request<Page<EventEntry>> {
    get(&(route::fill(route::ACCOUNT_EVENTS, &[account]) + query), json::format())
}

/// Get the applications of the account.
pub(crate) fn applications(account: &str) -> Request<AccountApplications> {
    get(&route::fill(route::ACCOUNT_APPLICATIONS, &[account]), json::format())
}

/// Change which users may use an application, if it still has this version.
pub(crate) fn choose_members(
    account: &str,
    application: &AccountApplication,
    body: &ApplicationMembers,
) -> Request<AccountApplication> {
    let path = route::fill(route::ACCOUNT_APPLICATION_MEMBERS, &[account, &application.id]);
    put(&path, &format!("\"{}\"", application.version), json::write(body), json::format())
}

/// Get whether a user's request to an application is allowed.
pub(crate) fn check_application(account: &str, body: &CheckApplication) -> Request<ApplicationCheck> {
    post(&route::fill(route::ACCOUNT_APPLICATIONS_CHECK, &[account]), json::write(body), json::format())
}
