//! Shared by the tests of applications: applications behind a reverse proxy at 127.0.0.1, and a browser that visits them.

use axum::http::Method;
use postern_testkit::{ACCOUNT, ADA, Answer, Browser, Portal};

/// The application of most tests.
pub(crate) const WIKI: &str = "https://wiki.example.com";
/// An application on another domain.
pub(crate) const NEWS: &str = "https://news.example.org";
/// The portal.
pub(crate) const PORTAL: &str = "http://localhost:8080";
/// The addresses of the proxy and of the client.
pub(crate) const PROXY: &str = "127.0.0.1";
pub(crate) const CLIENT: &str = "198.51.100.7";

/// The proxies, by the last part of the path of their checks.
pub(crate) const PROXIES: [&str; 4] = ["nginx", "caddy", "traefik", "envoy"];

/// The portal with a trusted proxy.
pub(crate) async fn behind_proxy(portal: &Portal) -> Portal {
    portal.node_with(|config| config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()]).await
}

/// Adds an application that everyone in an account may use.
pub(crate) async fn add_application(portal: &Portal, origin: &str, rules: &str) {
    add_application_for(portal, origin, rules, ACCOUNT).await;
}

/// The same, for another account.
pub(crate) async fn add_application_for(portal: &Portal, origin: &str, rules: &str, account: &str) {
    let rules: Vec<&str> = rules.lines().collect();
    portal.add_application(&portal.application(account, origin, origin, &rules)).await;
}

/// A portal behind a proxy, an administrator who is logged in with a second factor, and their browser, which has a session with
/// the wiki.
pub(crate) async fn visiting(portal: &Portal, rules: &str) -> (Portal, Browser, Visitor) {
    let admin = portal.admin(ACCOUNT, ADA).await;
    let portal = behind_proxy(portal).await;
    add_application(&portal, WIKI, rules).await;
    let mut at_portal = admin.browser.moved_to(&portal);
    let mut visitor = Visitor::new(&portal, WIKI);
    visitor.open(&mut at_portal, "/").await.expect(303);
    visitor.script("caddy", "/").await.expect(200);
    (portal, at_portal, visitor)
}

/// Whether it is a page for people.
pub(crate) fn is_page(answer: &Answer) -> bool {
    answer.header("content-type") == "text/html; charset=utf-8" && answer.text().starts_with("<!doctype html>")
}

/// A browser on the host of an application.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    pub(crate) origin: &'static str,
    pub(crate) browser: Browser,
}

/// What a browser sends when somebody opens a page.
const PAGE: [(&str, &str); 2] = [("accept", "text/html,*/*;q=0.8"), ("sec-fetch-mode", "navigate")];
/// What a browser sends when a script makes a request.
const SCRIPT: [(&str, &str); 2] = [("accept", "*/*"), ("sec-fetch-mode", "cors")];

impl Visitor {
    pub(crate) fn new(portal: &Portal, origin: &'static str) -> Self {
        Self { origin, browser: portal.browser().at(PROXY).with_header("x-forwarded-for", CLIENT) }
    }

    /// Sends this proxy's check for opening a page.
    pub(crate) async fn page(&mut self, proxy: &str, target: &str) -> Answer {
        self.ask(proxy, "GET", target, &PAGE).await
    }

    /// Sends this proxy's check for a request of a script.
    pub(crate) async fn script(&mut self, proxy: &str, target: &str) -> Answer {
        self.ask(proxy, "GET", target, &SCRIPT).await
    }

    /// Sends this proxy's check for a form.
    pub(crate) async fn form(&mut self, proxy: &str, target: &str) -> Answer {
        self.ask(proxy, "POST", target, &PAGE).await
    }

    /// Sends this proxy's check for a request with these headers.
    pub(crate) async fn ask(
        &mut self,
        proxy: &str,
        method: &'static str,
        target: &str,
        headers: &[(&'static str, &'static str)],
    ) -> Answer {
        let (path, method, mut described) = description(proxy, self.origin, method, target);
        described.extend(headers.iter().map(|(name, value)| (*name, (*value).to_owned())));
        self.send(method, &path, described).await
    }

    /// Opens an address on the application's host that the proxy forwards to the portal.
    pub(crate) async fn own(&mut self, method: Method, path: &str) -> Answer {
        let (scheme, host) = self.origin.split_once("://").unwrap();
        let headers = vec![("x-forwarded-proto", scheme.to_owned()), ("host", host.to_owned())];
        self.send(method, path, headers).await
    }

    async fn send(&mut self, method: Method, path: &str, headers: Vec<(&'static str, String)>) -> Answer {
        let usual = self.browser.headers.len();
        self.browser.headers.extend(headers);
        let answer = self.browser.send(method, path, "").await;
        self.browser.headers.truncate(usual);
        answer
    }

    /// Follows all redirects that begin with the check of a page. The other browser visits the portal.
    pub(crate) async fn open(&mut self, at_portal: &mut Browser, target: &str) -> Answer {
        let answer = self.page("caddy", target).await;
        self.follow(at_portal, answer).await
    }

    /// Follows redirects to the end, to the log-in page or to the application.
    pub(crate) async fn follow(&mut self, at_portal: &mut Browser, mut answer: Answer) -> Answer {
        for _ in 0..12 {
            let location = answer.header("location").to_owned();
            answer = if let Some(path) = location.strip_prefix(self.origin) {
                if !path.starts_with("/.postern/") {
                    return answer;
                }
                self.own(Method::GET, path).await
            } else if let Some(path) = location.strip_prefix(PORTAL) {
                at_portal.send(Method::GET, path, "").await
            } else {
                return answer;
            };
        }
        panic!("a loop of redirects");
    }
}

/// The check that a proxy sends for a request: its path, method and headers.
pub(crate) fn description(
    proxy: &str,
    origin: &str,
    method: &'static str,
    target: &str,
) -> (String, Method, Vec<(&'static str, String)>) {
    let (scheme, host) = origin.split_once("://").unwrap_or(("", origin));
    let path = format!("/api/forward-auth/{proxy}");
    let method_of = |text: &str| Method::from_bytes(text.as_bytes()).unwrap_or(Method::GET);
    match proxy {
        "nginx" | "nginx-answer" => {
            let headers =
                vec![("x-original-url", format!("{origin}{target}")), ("x-original-method", method.to_owned())];
            (path, Method::GET, headers)
        }
        "envoy" => {
            let headers = vec![("x-forwarded-proto", scheme.to_owned()), ("host", host.to_owned())];
            (path + target, method_of(method), headers)
        }
        _ => {
            let headers = vec![
                ("x-forwarded-proto", scheme.to_owned()),
                ("x-forwarded-host", host.to_owned()),
                ("x-forwarded-uri", target.to_owned()),
                ("x-forwarded-method", method.to_owned()),
            ];
            (path, Method::GET, headers)
        }
    }
}
