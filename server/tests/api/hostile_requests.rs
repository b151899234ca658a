//! Requests to applications with which an attacker tries to make the proxy, the portal and the application read different
//! things. They cover the kinds of attacks in published advisories about other portals and proxies.

use axum::http::{Method, Uri};
use postern::http::cookies::APPLICATION_COOKIE;
use postern_testkit::{ACCOUNT, ADA, Browser, Portal, on_both_databases};

use crate::behind_proxy::{PROXIES, Visitor, WIKI, add_application, behind_proxy, description};

const RULES: &str =
    "health: open GET,HEAD /healthz\npublic: open /public/*\nshut: refused /forbidden/*\nrest: members /*";

/// Origins that are not the application's, or are not in the canonical form that browsers use.
const ORIGINS: [(&str, &str); 42] = [
    ("another scheme", "http://wiki.example.com"),
    ("scheme in upper case", "HTTPS://wiki.example.com"),
    ("scheme of files", "ftp://wiki.example.com"),
    ("scheme of WebSockets", "wss://wiki.example.com"),
    ("two schemes", "https,http://wiki.example.com"),
    ("blank before the scheme", " https://wiki.example.com"),
    ("host in upper case: Authelia GHSA-j748-h363-wqj8, tinyauth GHSA-328g-jx67-v94g", "https://WIKI.example.com"),
    ("one letter in upper case: Authelia GHSA-j748-h363-wqj8", "https://wiki.Example.com"),
    ("dot at the end", "https://wiki.example.com."),
    ("dot at the beginning", "https://.wiki.example.com"),
    ("empty label", "https://wiki..example.com"),
    ("another port", "https://wiki.example.com:8443"),
    ("the port of http", "https://wiki.example.com:80"),
    ("port with a zero", "https://wiki.example.com:0443"),
    ("empty port", "https://wiki.example.com:"),
    ("port out of range", "https://wiki.example.com:65979"),
    ("two ports", "https://wiki.example.com:443:443"),
    ("user name", "https://ada@wiki.example.com"),
    ("user name and password", "https://ada:pw@wiki.example.com"),
    ("empty user name", "https://@wiki.example.com"),
    ("the application as a user name", "https://wiki.example.com@evil.example"),
    ("another host", "https://evil.example"),
    ("host below", "https://sub.wiki.example.com"),
    ("host that continues", "https://wiki.example.com.evil.example"),
    ("host that is the beginning", "https://wiki.example.co"),
    ("underscore for a dot", "https://wiki_example.com"),
    ("encoded dot", "https://wiki%2eexample.com"),
    ("encoded letter", "https://%77iki.example.com"),
    ("encoded NUL", "https://wiki.example.com%00"),
    ("encoded slash", "https://wiki.example.com%2f"),
    ("letters beyond ASCII", "https://wïki.example.com"),
    ("full-width letters", "https://ｗiki.example.com"),
    ("ideographic full stop", "https://wiki。example.com"),
    ("soft hyphen", "https://wi\u{ad}ki.example.com"),
    ("two hosts", "https://wiki.example.com,evil.example"),
    ("two hosts with a blank", "https://wiki.example.com, wiki.example.com"),
    ("tab in the host", "https://wiki.exa\tmple.com"),
    ("semicolon", "https://wiki.example.com;evil.example"),
    ("address", "https://127.0.0.1"),
    ("the portal itself", "http://localhost:8080"),
    ("no host", "https://"),
    ("no scheme", "wiki.example.com"),
];

/// Paths and queries that different programs could read differently.
const TARGETS: [(&str, &str); 62] = [
    ("parent segment", "/public/../forbidden"),
    ("parent segment at the beginning", "/../forbidden"),
    ("parent segment at the end", "/public/.."),
    ("this segment", "/./forbidden"),
    ("this segment within", "/public/./x"),
    ("encoded parent segment: Traefik's StripPrefix", "/public/%2e%2e/forbidden"),
    ("half encoded parent segment", "/public/.%2e/forbidden"),
    ("half encoded parent segment, upper case", "/public/%2E./forbidden"),
    ("encoded dot", "/healthz%2ejson"),
    ("parent segment with a parameter", "/public/..;/forbidden"),
    ("parent segment with a parameter and a value", "/public/..;a=b/forbidden"),
    ("this segment with a parameter", "/.;/forbidden"),
    ("parent segment twice encoded", "/public/%252e%252e/forbidden"),
    ("empty segment at the beginning", "//forbidden"),
    ("three slashes", "///forbidden"),
    ("empty segment within", "/public//forbidden"),
    ("empty segment at the end", "/forbidden//"),
    ("empty segment with a parameter", "/;/forbidden"),
    ("encoded slash", "/public%2fforbidden"),
    ("encoded slash, upper case", "/public%2Fforbidden"),
    ("encoded slash at the beginning", "/%2fforbidden"),
    ("slash twice encoded", "/public%252fforbidden"),
    ("slash encoded three times", "/public%25252fforbidden"),
    ("backslash", "/public\\forbidden"),
    ("backslash at the beginning", "/\\forbidden"),
    ("parent segment with a backslash", "/public\\..\\forbidden"),
    ("encoded backslash", "/public%5cforbidden"),
    ("encoded backslash, upper case", "/public%5Cforbidden"),
    ("backslash twice encoded", "/public%255cforbidden"),
    ("letter twice encoded", "/%2566orbidden"),
    ("letter twice encoded, all of it", "/%25%36%36orbidden"),
    ("percent sign alone", "/%"),
    ("percent sign and one digit", "/%6"),
    ("percent sign and no digits", "/%zzforbidden"),
    ("percent sign within digits", "/%6%66"),
    ("Unicode escape", "/%u0066orbidden"),
    ("overlong slash", "/public%c0%afforbidden"),
    ("overlong dot", "/public/%c0%ae%c0%ae/forbidden"),
    ("overlong letter", "/%c1%a6orbidden"),
    ("half a character", "/%c3"),
    ("byte that is no UTF-8", "/%ff"),
    ("surrogate", "/%ed%a0%80"),
    ("encoded NUL", "/healthz%00"),
    ("encoded NUL before a suffix", "/forbidden%00.png"),
    ("encoded line end", "/healthz%0a"),
    ("encoded line end and header", "/%0d%0aRemote-User:%20admin"),
    ("encoded tab", "/%09forbidden"),
    ("encoded escape", "/%1b"),
    ("encoded delete", "/%7f"),
    ("encoded next line", "/a%c2%85b"),
    ("fragment: oauth2-proxy GHSA-pxq7-h93f-9jrg", "/forbidden#/healthz"),
    ("fragment after a public path: oauth2-proxy GHSA-pxq7-h93f-9jrg", "/public/x#/../forbidden"),
    ("fragment in the query", "/a?b#c"),
    ("absolute URL", "https://wiki.example.com/healthz"),
    ("absolute URL of another scheme", "http://wiki.example.com/healthz"),
    ("no slash", "healthz"),
    ("asterisk", "*"),
    ("query alone", "?x"),
    ("blank", "/a b"),
    ("blank in the query", "/a?b c"),
    ("letters beyond ASCII", "/größe"),
    ("letters beyond ASCII in the query", "/a?b=ö"),
];

/// Requests that are not ambiguous, and the answers to a user who is logged in.
const PLAIN: [(&str, &str, u16); 24] = [
    ("the root", "/", 200),
    ("query with anything", "/a?b=/../c&d=%2f%2e%00&e=https://evil.example//", 200),
    ("encoded blank", "/a%20b", 200),
    ("encoded percent sign", "/100%25", 200),
    ("encoded letters beyond ASCII", "/Gr%C3%B6%C3%9Fe", 200),
    ("dots in names", "/a..b/...x/.well-known/x", 200),
    ("parameter", "/a;v=1/b", 200),
    ("number sign in a name", "/C%23/x", 200),
    ("closed path", "/forbidden", 403),
    ("path below a closed one", "/forbidden/x", 403),
    ("slash at the end", "/forbidden/", 403),
    ("closed path with a query", "/forbidden?healthz", 403),
    ("encoded letter of a closed path", "/%66orbidden", 403),
    ("encoded letters of a closed path", "/%66%6F%72%62idden/x", 403),
    ("closed path in upper case", "/FORBIDDEN", 403),
    ("closed path in mixed case, encoded", "/%46orbidden/x", 403),
    ("closed path with a parameter", "/forbidden;x=1", 403),
    ("closed path with a parameter within", "/forbidden;x/healthz", 403),
    ("closed path with an encoded parameter", "/forbidden%3Bx", 403),
    ("encoded number sign: oauth2-proxy GHSA-pxq7-h93f-9jrg", "/forbidden%23/healthz", 403),
    ("encoded question mark", "/forbidden%3Fx", 403),
    ("public path", "/public/x", 200),
    ("health check", "/healthz", 200),
    ("path that begins like a closed one", "/forbiddenx", 200),
];

/// Methods that no rule can have.
const METHODS: [&str; 12] =
    ["TRACE", "CONNECT", "get", "Post", "PROPFIND", "BREW", "GET,POST", "GET GET", "", " GET", "G\tET", "GÉT"];

/// Headers with which a client tries to influence the decision, or to claim an identity.
const REFUSED_HEADERS: [(&str, &str, &str); 18] = [
    ("alias with underscores: oauth2-proxy GHSA-vjrc-mh2v-45x6", "remote_user", "admin"),
    ("alias with underscores: oauth2-proxy GHSA-vjrc-mh2v-45x6", "x_forwarded_user", "admin"),
    ("alias with underscores", "remote_groups", "admin"),
    ("alias with one underscore", "x-forwarded_host", "wiki.example.com"),
    ("alias of the path", "x_forwarded_uri", "/healthz"),
    ("alias of the scheme: Traefik GHSA-5m6w-wvh7-57vm", "x_forwarded_proto", "https"),
    ("alias of the URL", "x_original_url", "https://wiki.example.com/healthz"),
    ("alias of the method", "x_original-method", "GET"),
    ("alias with dots", "remote.user", "admin"),
    ("alias of the host with dots", "x.forwarded.host", "wiki.example.com"),
    ("alias of the address", "x_forwarded_for", "192.0.2.1"),
    ("removal of the host: Traefik GHSA-62c8-mh53-4cqv", "connection", "X-Forwarded-Host"),
    ("removal of the path: Traefik GHSA-62c8-mh53-4cqv", "connection", "close, x-forwarded-uri"),
    ("removal of the address", "connection", "keep-alive,X-Forwarded-For"),
    ("removal of the user", "connection", "Remote-User"),
    ("removal of the cookie", "connection", "cookie"),
    ("removal of the URL", "connection", "X-Original-URL, close"),
    ("removal of the method", "connection", "x-original-method"),
];

/// Headers that have no effect: a stranger gains nothing by them.
const IGNORED_HEADERS: [(&str, &str, &str); 20] = [
    ("the identity itself: Caddy GHSA-7r4p-vjf4-gxv4", "remote-user", "ada@example.com"),
    ("the groups: Caddy GHSA-7r4p-vjf4-gxv4", "remote-groups", "Acme:admin"),
    ("user agent of a health check: oauth2-proxy GHSA-5hvv-m4w4-gf6v", "user-agent", "GoogleHC/1.0"),
    ("user agent of a health check: oauth2-proxy GHSA-5hvv-m4w4-gf6v", "user-agent", "kube-probe/1.30"),
    ("prefix of the path: Traefik GHSA-6384-m2mw-rf54", "x-forwarded-prefix", "/public"),
    ("path of another proxy's: oauth2-proxy GHSA-7x63-xv5r-3p2x", "x-rewrite-url", "/healthz"),
    ("port: Traefik GHSA-3q9r-p662-5j8m", "x-forwarded-port", "443"),
    ("server", "x-forwarded-server", "evil.example"),
    ("user of another portal", "x-forwarded-user", "ada@example.com"),
    ("user of another portal", "x-authentik-username", "ada"),
    ("standard of forwarding", "forwarded", "for=127.0.0.1;host=wiki.example.com;proto=https"),
    ("basic authentication", "authorization", "Basic YWRhOmFkYQ=="),
    ("token", "authorization", "Bearer x"),
    ("tunnel", "upgrade", "h2c"),
    ("tunnel settings", "http2-settings", "AAMAAABkAARAAAAAAAIAAAAA"),
    ("method override", "x-http-method-override", "GET"),
    ("trailers", "te", "trailers"),
    (
        "the portal's cookie: authentik GHSA-fj56-5763-j8pp",
        "cookie",
        "__Host-postern=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ),
    (
        "malformed cookie: authentik GHSA-fj56-5763-j8pp",
        "cookie",
        "__Host-postern-app=\"; __Host-postern-app=%ff; ;;=;",
    ),
    ("address inside", "x-real-ip", "127.0.0.1"),
];

/// A portal behind a proxy, and a browser that has a session with the wiki.
async fn visiting(portal: &Portal) -> (Portal, Visitor) {
    portal.add_user(ACCOUNT, ADA).await;
    let portal = behind_proxy(portal).await;
    add_application(&portal, WIKI, RULES).await;
    let mut at_portal = portal.browser();
    at_portal.sign_in(ADA).await.expect(200);
    let mut visitor = Visitor::new(&portal, WIKI);
    visitor.open(&mut at_portal, "/").await.expect(303);
    (portal, visitor)
}

/// The answer to this proxy's check of a request; `None` if no such request can reach the portal.
async fn status(browser: &Browser, proxy: &str, origin: &str, method: &'static str, target: &str) -> Option<u16> {
    let (path, sent, described) = description(proxy, origin, method, target);
    let is_sent_as_described =
        proxy != "envoy" || (sent.as_str() == method && target.starts_with('/') && is_path(&path));
    let is_header = described.iter().all(|(_, value)| value.bytes().all(|byte| byte == b'\t' || byte >= b' '));
    if !is_sent_as_described || !is_header {
        return None;
    }
    let mut browser = browser.clone();
    browser.headers.extend(described);
    let answer = browser.send(sent, &path, "").await;
    let may_pass = answer.status == 200;
    assert_eq!(may_pass, !answer.header("remote-user").is_empty(), "the identity comes with 200 and only with it");
    Some(answer.status.as_u16())
}

/// Whether this can be the path of a request without any encoding.
fn is_path(path: &str) -> bool {
    path.parse::<Uri>().is_ok_and(|uri| uri.path_and_query().is_some_and(|it| it.as_str() == path))
}

/// nginx accepts three answers.
fn as_seen_by(proxy: &str, status: u16) -> u16 {
    if proxy == "nginx" && status == 400 { 403 } else { status }
}

on_both_databases! {
    async fn a_hostile_request_is_refused_whoever_asks_for_it(portal) {
        let (portal, visitor) = visiting(portal).await;
        let stranger = Visitor::new(&portal, WIKI);
        let origins = ORIGINS.map(|(why, origin)| (why, origin, "GET", "/"));
        let targets = TARGETS.map(|(why, target)| (why, WIKI, "GET", target));
        let methods = METHODS.map(|method| ("method", WIKI, method, "/"));
        let rows: Vec<_> = origins.into_iter().chain(targets).chain(methods).collect();
        assert!(rows.len() >= 100, "{}", rows.len());
        for (why, origin, method, target) in rows {
            let mut asked = 0;
            for proxy in PROXIES {
                for browser in [&visitor.browser, &stranger.browser] {
                    let Some(status) = status(browser, proxy, origin, method, target).await else { continue };
                    assert_eq!(status, as_seen_by(proxy, 400), "{why}: {proxy} {method} {origin}{target}");
                    asked += 1;
                }
            }
            assert!(asked >= 4, "{why}");
        }
    }

    async fn a_request_that_is_not_odd_is_decided_by_the_rules(portal) {
        let (_, visitor) = visiting(portal).await;
        for (why, target, expected) in PLAIN {
            for proxy in PROXIES {
                let status = status(&visitor.browser, proxy, WIKI, "GET", target).await;
                assert_eq!(status, Some(expected), "{why}: {proxy} {target}");
            }
        }
        for origin in ["https://wiki.example.com:443", WIKI] {
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
                for proxy in PROXIES {
                    assert_eq!(status(&visitor.browser, proxy, origin, method, "/").await, Some(200), "{proxy} {method} {origin}");
                }
            }
        }
    }

    async fn a_header_that_others_could_take_for_ours_or_that_removes_ours_is_refused(portal) {
        let (_, visitor) = visiting(portal).await;
        for (why, name, value) in REFUSED_HEADERS {
            let browser = visitor.browser.clone().with_header(name, value);
            for proxy in PROXIES {
                let status = status(&browser, proxy, WIKI, "GET", "/").await;
                assert_eq!(status, Some(as_seen_by(proxy, 400)), "{why}: {proxy} {name}");
            }
        }
    }

    async fn a_header_that_means_nothing_lets_nobody_through(portal) {
        let (portal, visitor) = visiting(portal).await;
        for (why, name, value) in IGNORED_HEADERS {
            let stranger = Visitor::new(&portal, WIKI).browser.with_header(name, value);
            let known = visitor.browser.clone().with_header(name, value);
            for proxy in PROXIES {
                assert_eq!(status(&stranger, proxy, WIKI, "GET", "/").await, Some(401), "{why}: {proxy} {name}");
                assert_eq!(status(&stranger, proxy, WIKI, "GET", "/forbidden").await, Some(403), "{why}: {proxy} {name}");
                if name != "cookie" {
                    assert_eq!(status(&known, proxy, WIKI, "GET", "/").await, Some(200), "{why}: {proxy} {name}");
                }
            }
        }
    }

    async fn a_proxy_is_asked_in_its_own_words_alone(portal) {
        let (portal, _) = visiting(portal).await;
        for proxy in PROXIES {
            for other in ["nginx", "caddy", "envoy"] {
                let mut stranger = Visitor::new(&portal, WIKI).browser;
                let own = description(proxy, WIKI, "GET", "/").2;
                let foreign = description(other, WIKI, "GET", "/public/x").2;
                stranger.headers.extend(foreign.into_iter().filter(|(name, _)| !own.iter().any(|(it, _)| it == name)));
                assert_eq!(status(&stranger, proxy, WIKI, "GET", "/").await, Some(401), "{proxy} {other}");
            }
        }
    }

    async fn whatever_a_proxy_describes_stands_there_once_and_is_printable(portal) {
        let (_, visitor) = visiting(portal).await;
        for proxy in PROXIES {
            let (path, method, described) = description(proxy, WIKI, "GET", "/");
            for index in 0..described.len() {
                let (name, value) = described[index].clone();
                for lines in [vec![], vec![value.clone(), value.clone()], vec![String::new()], vec![format!("{value}, {value}")],
                    vec![format!("{value}\u{e9}")], vec![format!("{value}\t")], vec![value.clone(), "evil".to_owned()]] {
                    let mut browser = visitor.browser.clone();
                    browser.headers.extend(described.iter().filter(|(it, _)| *it != name).cloned());
                    browser.headers.extend(lines.iter().map(|line| (name, line.clone())));
                    let answer = browser.send(method.clone(), &path.replace("/envoy", "/envoy/").replace("//", "/"), "").await;
                    assert_eq!(answer.status, as_seen_by(proxy, 400), "{proxy} {name}: {lines:?}");
                }
            }
        }
    }

    async fn an_absolute_url_is_no_path_for_envoy(portal) {
        let (_, visitor) = visiting(portal).await;
        for target in ["http://wiki.example.com/api/forward-auth/envoy/public/x", "https://wiki.example.com/api/forward-auth/envoy/"] {
            let mut browser = visitor.browser.clone();
            browser.headers.extend([("x-forwarded-proto", "https".to_owned()), ("host", "wiki.example.com".to_owned())]);
            browser.page(target).await.expect(400);
        }
        for path in ["/api/forward-auth/envoy", "/api/forward-auth/envoyx/", "/api/forward-auth/Envoy/", "/api/forward-auth//envoy/"] {
            let mut browser = visitor.browser.clone();
            browser.headers.extend([("x-forwarded-proto", "https".to_owned()), ("host", "wiki.example.com".to_owned())]);
            browser.send(Method::GET, path, "").await.expect(404);
        }
    }

    async fn the_paths_of_the_portal_on_an_applications_host_never_reach_the_application(portal) {
        let (_, visitor) = visiting(portal).await;
        for target in ["/.postern/", "/.postern/start?to=/", "/.postern/sign-out", "/%2epostern/start", "/.postern;x/start", "/.POSTERN/x"] {
            for proxy in PROXIES {
                let status = status(&visitor.browser, proxy, WIKI, "GET", target).await;
                assert_ne!(status, Some(302), "{proxy} {target}: a loop of redirects");
                if target.starts_with("/.postern/") {
                    assert_eq!(status, Some(as_seen_by(proxy, 400)), "{proxy} {target}");
                }
            }
        }
    }

    async fn a_session_survives_what_somebody_else_sends(portal) {
        let (_, visitor) = visiting(portal).await;
        let token = &visitor.browser.cookies[APPLICATION_COOKIE];
        let cookie = format!("a=\u{fc}; {APPLICATION_COOKIE}={token}; b=\"; c");
        let mut browser = visitor.browser.clone().with_header("cookie", &cookie);
        browser.cookies.clear();
        assert_eq!(status(&browser, "caddy", WIKI, "GET", "/").await, Some(200));
    }
}
