//! What the doctor finds at the public address of the portal: what a browser sees of it, through the reverse proxy.

use anyhow::Context;
use cookie::{Cookie, SameSite};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, DATE, HeaderMap, SET_COOKIE, STRICT_TRANSPORT_SECURITY};
use hyper::{Request, Response};
use postern_types::route;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::standards::CLOCKS;
use crate::cli::checks::{Check, Finding};
use crate::clock::{Clock, SKEW_S};
use crate::provider::sender::Sender;

/// The header that every response of the portal has.
const OF_PORTAL: &str = "x-request-id";
const ADDRESS: &str = "ASVS 5.0, 12.2.1; NIST SP 800-63B-4, 3.1.1.2";
const HSTS: &str = "ASVS 5.0, 3.4.1; NIST SP 800-63B-4, 5.1";
const COOKIES: &str = "ASVS 5.0, 3.3.1 to 3.3.4; NIST SP 800-63B-4, 5.1.1";
/// The least time for which browsers must remember to use https, in seconds: a year.
const HSTS_S: u64 = 365 * 86_400;

/// Looks at the portal as a browser does. Logs out a browser that is not logged in, which changes nothing and shows a cookie. Also says
/// whether it is the portal that answers.
pub(super) async fn look(origin: &str) -> (bool, Vec<Check>) {
    let answer = match ask(origin).await {
        Ok(answer) => answer,
        Err(error) => {
            let found = format!("{origin} does not answer this machine: {error:#}");
            let cure = "If the portal is running, check its name, its certificate and the reverse proxy";
            return (false, vec![Check::new("address", Finding::note(found, cure))]);
        }
    };
    if answer.status() != 200 || !answer.headers().contains_key(OF_PORTAL) {
        let found = format!("{origin} answers {}, which is not the portal's answer", answer.status());
        let cure = "Check the reverse proxy and server.public_url";
        return (false, vec![Check::new("address", Finding::error(found, cure)).asked_by(ADDRESS)]);
    }
    let head = answer.headers();
    let mut checks = vec![
        Check::new("address", Finding::ok(format!("the portal answers at {origin}"))).asked_by(ADDRESS),
        Check::new("cookies", cookies(head)).asked_by(COOKIES),
        Check::new("date", date(head, Clock::system().now())).asked_by(CLOCKS),
    ];
    if origin.starts_with("https:") {
        checks.push(Check::new("hsts", hsts(head)).asked_by(HSTS));
    }
    (true, checks)
}

async fn ask(origin: &str) -> anyhow::Result<Response<Bytes>> {
    let request = Request::post(format!("{origin}{}", route::SIGN_OUT)).header(CONTENT_TYPE, "application/json");
    Sender::new()?.send(request.body(Full::from("{}")).context("the address cannot be used")?).await
}

/// Whether a browser keeps the cookies, and gives them to nobody else.
fn cookies(head: &HeaderMap) -> Finding {
    let lines = head.get_all(SET_COOKIE).iter();
    let cookies: Vec<Cookie<'_>> =
        lines.filter_map(|line| Cookie::parse(line.to_str().ok()?.to_owned()).ok()).collect();
    let is_safe = |cookie: &Cookie<'_>| {
        cookie.name().starts_with("__Host-")
            && cookie.secure() == Some(true)
            && cookie.http_only() == Some(true)
            && matches!(cookie.same_site(), Some(SameSite::Lax | SameSite::Strict))
            && cookie.path() == Some("/")
            && cookie.domain().is_none()
    };
    let cure = "Let the reverse proxy pass Set-Cookie on unchanged";
    match cookies.iter().find(|cookie| !is_safe(cookie)) {
        _ if cookies.is_empty() => Finding::error("the portal's cookies do not reach browsers", cure),
        Some(cookie) => Finding::error(format!("the cookie {} has lost attributes on the way", cookie.name()), cure),
        None => Finding::ok("they arrive with Secure, HttpOnly, SameSite and the prefix __Host-"),
    }
}

/// Whether the clock of whoever answers agrees with that of this machine.
fn date(head: &HeaderMap, now: i64) -> Finding {
    let shown = head.get(DATE).and_then(|date| OffsetDateTime::parse(date.to_str().ok()?, &Rfc2822).ok());
    let Some(shown) = shown else {
        return Finding::note("the answer has no date", "Nothing needs to be done");
    };
    let ahead_s = shown.unix_timestamp() - now;
    if ahead_s.abs() > SKEW_S {
        let found = format!("the date of the answer differs from the clock of this machine by {ahead_s} s");
        return Finding::warning(found, "Check the clocks of this machine and of the reverse proxy");
    }
    Finding::ok("the date of the answer agrees with the clock of this machine")
}

/// Whether browsers are told to use https only, for at least a year (RFC 6797, 6.1.1).
fn hsts(head: &HeaderMap) -> Finding {
    let policy = head.get(STRICT_TRANSPORT_SECURITY).and_then(|policy| policy.to_str().ok());
    let age = policy.and_then(|policy| {
        let mut ages = policy.split(';').filter_map(|part| part.trim().strip_prefix("max-age="));
        ages.find_map(|age| age.trim_matches('"').parse::<u64>().ok())
    });
    if age.is_some_and(|age| age >= HSTS_S) {
        return Finding::ok("browsers are told to use https only");
    }
    let cure = "Let the reverse proxy pass Strict-Transport-Security on unchanged";
    Finding::warning("browsers are not told to use https only, for at least a year", cure)
}

#[cfg(test)]
mod tests {
    use super::super::super::checks::Severity;
    use super::*;

    fn head(name: hyper::header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn a_cookie_that_has_lost_an_attribute_is_found() {
        let good = "__Host-postern=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0";
        assert_eq!(cookies(&head(SET_COOKIE, good)).severity, Severity::Ok);
        for (from, to) in [
            ("; Secure", ""),
            ("; HttpOnly", ""),
            ("Lax", "None"),
            ("__Host-", ""),
            ("Path=/", "Path=/; Domain=example.com"),
        ] {
            assert_eq!(cookies(&head(SET_COOKIE, &good.replace(from, to))).severity, Severity::Error, "{from}");
        }
        assert_eq!(cookies(&HeaderMap::new()).severity, Severity::Error);
    }

    #[test]
    fn a_date_that_is_far_from_the_clock_is_found() {
        let head = head(DATE, "Tue, 14 Nov 2023 22:13:20 GMT");
        assert_eq!(date(&head, 1_700_000_001).severity, Severity::Ok);
        assert_eq!(date(&head, 1_700_003_600).severity, Severity::Warning);
    }

    #[test]
    fn an_answer_that_does_not_bind_browsers_to_https_is_found() {
        assert_eq!(hsts(&head(STRICT_TRANSPORT_SECURITY, "max-age=31536000")).severity, Severity::Ok);
        assert_eq!(hsts(&HeaderMap::new()).severity, Severity::Warning);
        assert_eq!(hsts(&head(STRICT_TRANSPORT_SECURITY, "max-age=3600")).severity, Severity::Warning);
    }
}
