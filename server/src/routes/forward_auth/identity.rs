//! The headers that name the user to an application.

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::addresses::ClientAddress;
use crate::clock::UnixTime;
use crate::store::application_sessions::ApplicationSession;

const REMOTE_USER: HeaderName = HeaderName::from_static("remote-user");
const REMOTE_EMAIL: HeaderName = HeaderName::from_static("remote-email");
const REMOTE_NAME: HeaderName = HeaderName::from_static("remote-name");
const REMOTE_GROUPS: HeaderName = HeaderName::from_static("remote-groups");
/// No user, at an open path. If a header were missing, a proxy could pass on the client's.
const NOBODY: HeaderValue = HeaderValue::from_static("-");
/// Room for all headers of a response, with those that every response has: the map need not grow.
const HEADERS: usize = 16;
/// ASCII characters that are percent-encoded in a value. Everything beyond ASCII is.
const IN_VALUE: &AsciiSet = &CONTROLS.add(b'%');
/// ASCII characters that are percent-encoded in a group.
const IN_GROUP: &AsciiSet = &IN_VALUE.add(b',').add(b':');
/// Maximum length of the list of groups in bytes. Groups that do not fit are left out: some proxies limit a head to 4 KiB.
const MAX_GROUPS: usize = 2_000;

/// The headers for an open path.
pub(super) fn nobody() -> HeaderMap {
    headers(NOBODY, NOBODY, NOBODY)
}

/// The headers for a user: user name, display name (or the user name if there is none), and groups. Each account through which
/// the user may use the application from this address is a group `Account`, with `Account:admin` for its administrators.
pub(super) fn of(session: &ApplicationSession, address: ClientAddress, at: UnixTime) -> HeaderMap {
    let email = value(&session.email);
    let name = if session.name.is_empty() { email.clone() } else { value(&session.name) };
    headers(email, name, groups(session, address, at))
}

fn headers(email: HeaderValue, name: HeaderValue, groups: HeaderValue) -> HeaderMap {
    let user = email.clone();
    let mut headers = HeaderMap::with_capacity(HEADERS);
    headers.extend([(REMOTE_USER, user), (REMOTE_EMAIL, email), (REMOTE_NAME, name), (REMOTE_GROUPS, groups)]);
    headers
}

fn groups(session: &ApplicationSession, address: ClientAddress, at: UnixTime) -> HeaderValue {
    let mut groups = String::new();
    for (grant, account) in session.visitor.grants.iter().zip(&session.accounts) {
        let lacks_factor = grant.needs_factor && session.visitor.factor_shown_at.is_none();
        if lacks_factor || !grant.is_chosen || !grant.allows(address, at) {
            continue;
        }
        let account_name = Cow::from(utf8_percent_encode(&account.account_name, IN_GROUP));
        for role in std::iter::once("").chain(account.admin_since.map(|_| ":admin")) {
            if groups.len() + account_name.len() + role.len() < MAX_GROUPS {
                groups.extend((!groups.is_empty()).then_some(','));
                groups.extend([&account_name, role]);
            }
        }
    }
    HeaderValue::try_from(groups).ok().filter(|groups| !groups.is_empty()).unwrap_or(NOBODY)
}

/// A header value in ASCII. Everything else is percent-encoded UTF-8.
fn value(text: &str) -> HeaderValue {
    let encoded = Cow::from(utf8_percent_encode(text, IN_VALUE));
    HeaderValue::from_str(&encoded).ok().filter(|value| !value.is_empty()).unwrap_or(NOBODY)
}
