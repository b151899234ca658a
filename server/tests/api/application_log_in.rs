//! The log-in to an application: from the application to the portal and back.

use axum::http::Method;
use futures::future::join_all;
use postern::http::cookies::{APPLICATION_COOKIE, BEGIN_COOKIE};
use postern_testkit::{ACCOUNT, ADA, Answer, Browser, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use postern_types::route;

use crate::behind_proxy::{NEWS, PORTAL, PROXIES, Visitor, WIKI, add_application, behind_proxy};

/// A portal behind a proxy with one application, and a browser that is logged in to the portal.
async fn logged_in(portal: &Portal) -> (Portal, Browser) {
    portal.add_user(ACCOUNT, ADA).await;
    let portal = behind_proxy(portal).await;
    add_application(&portal, WIKI, "").await;
    let mut browser = portal.browser();
    browser.sign_in(ADA).await.expect(200);
    (portal, browser)
}

/// The address of the callback to which `/open` sends the browser.
async fn code_for(visitor: &mut Visitor, at_portal: &mut Browser, target: &str) -> String {
    let start = visitor.page("caddy", target).await.expect(302).header("location").to_owned();
    let opening = visitor.own(Method::GET, &start[visitor.origin.len()..]).await.expect(302);
    let opening = opening.header("location").strip_prefix(PORTAL).unwrap().to_owned();
    let callback = at_portal.send(Method::GET, &opening, "").await.expect(302).header("location").to_owned();
    callback.strip_prefix(visitor.origin).unwrap().to_owned()
}

fn is_refused_page(answer: &Answer) -> bool {
    answer.status == 400
        && answer.header("content-type").starts_with("text/html")
        && answer.header("location").is_empty()
}

on_both_databases! {
    async fn a_deep_link_is_reached_through_a_log_in_with_a_second_factor(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let portal = behind_proxy(portal).await;
        add_application(&portal, WIKI, "").await;
        let mut at_portal = portal.browser();
        let mut visitor = Visitor::new(&portal, WIKI);
        let deep = "/wiki/Gr%C3%B6%C3%9Fe?a=1&b=%2F%26#".trim_end_matches('#');
        let log_in = visitor.open(&mut at_portal, deep).await.expect(302);
        let page = log_in.header("location").to_owned();
        assert!(page.starts_with("/#return=/open?"), "{page}");
        assert!(matches!(at_portal.page("/").await.status.as_u16(), 200 | 503), "the log-in page is shown");
        at_portal.sign_in(ADA).await.expect(200);
        let again = at_portal.send(Method::GET, &return_path(&page), "").await;
        assert_eq!(again.header("location"), page, "the password alone opens nothing");
        at_portal.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        let answer = at_portal.send(Method::GET, &return_path(&page), "").await;
        let arrived = visitor.follow(&mut at_portal, answer).await.expect(303);
        assert_eq!(arrived.header("location"), format!("{WIKI}{deep}"));
        for proxy in PROXIES {
            let passed = visitor.page(proxy, deep).await.expect(200);
            assert_eq!((passed.body.len(), passed.header("remote-user")), (0, ADA), "{proxy}");
        }
    }

    async fn three_tabs_that_are_opened_at_once_all_arrive(portal) {
        let (portal, at_portal) = logged_in(portal).await;
        let visitor = Visitor::new(&portal, WIKI);
        let mut starts = Vec::new();
        for target in ["/1", "/2", "/3"] {
            let start = visitor.clone().page("caddy", target).await.expect(302).header("location").to_owned();
            // Each tab is checked before another one has its cookie.
            let mut tab = visitor.clone();
            starts.push((target, tab.own(Method::GET, &start[WIKI.len()..]).await.expect(302), tab.browser));
        }
        // The browser keeps the cookie that was set last.
        let mut browser = starts[2].2.clone();
        for (target, answer, _) in starts {
            let mut tab = Visitor { origin: WIKI, browser };
            let arrived = tab.follow(&mut at_portal.clone(), answer).await.expect(303);
            assert_eq!(arrived.header("location"), format!("{WIKI}{target}"));
            browser = tab.browser;
        }
        let mut tab = Visitor { origin: WIKI, browser };
        tab.script("caddy", "/").await.expect(200);
    }

    async fn a_browser_keeps_the_cookie_with_which_it_began(portal) {
        let (portal, mut at_portal) = logged_in(portal).await;
        let mut visitor = Visitor::new(&portal, WIKI);
        code_for(&mut visitor, &mut at_portal, "/").await;
        let begun = visitor.browser.cookies[BEGIN_COOKIE].clone();
        visitor.open(&mut at_portal, "/").await.expect(303);
        assert_eq!(visitor.browser.cookies[BEGIN_COOKIE], begun);
    }

    async fn of_20_tries_at_once_with_one_code_exactly_one_begins_a_session(portal) {
        let (portal, mut at_portal) = logged_in(portal).await;
        let mut visitor = Visitor::new(&portal, WIKI);
        let callback = code_for(&mut visitor, &mut at_portal, "/").await;
        let tries = (0..20).map(|_| {
            let (mut visitor, callback) = (visitor.clone(), callback.clone());
            async move { visitor.own(Method::GET, &callback).await.status.as_u16() }
        });
        let arrived = join_all(tries).await.into_iter().filter(|status| *status == 303).count();
        assert_eq!((arrived, portal.database.count("select count(*) from application_sessions").await), (1, 1));
    }

    async fn a_code_works_for_60_seconds(portal) {
        let (portal, mut at_portal) = logged_in(portal).await;
        for (age, status) in [(59, 303), (60, 302)] {
            let mut visitor = Visitor::new(&portal, WIKI);
            let callback = code_for(&mut visitor, &mut at_portal, "/").await;
            portal.advance(age);
            visitor.own(Method::GET, &callback).await.expect(status);
        }
    }

    async fn a_code_is_worth_nothing_in_another_browser_and_is_used_up_there(portal) {
        let (portal, mut at_portal) = logged_in(portal).await;
        let mut visitor = Visitor::new(&portal, WIKI);
        let callback = code_for(&mut visitor, &mut at_portal, "/deep?x=1").await;
        let mut thief = Visitor::new(&portal, WIKI);
        thief.page("caddy", "/").await;
        thief.own(Method::GET, "/.postern/start").await.expect(302);
        let restart = thief.own(Method::GET, &callback).await.expect(302);
        assert_eq!(restart.header("location"), format!("{WIKI}/.postern/start?to=/deep%3Fx%3D1&again"));
        assert!(!thief.browser.cookies.contains_key(APPLICATION_COOKIE));
        visitor.own(Method::GET, &callback).await.expect(302);
        assert_eq!(portal.database.count("select count(*) from application_sessions").await, 0);
    }

    async fn a_code_that_is_shown_without_a_cookie_is_used_up(portal) {
        let (portal, mut at_portal) = logged_in(portal).await;
        let mut visitor = Visitor::new(&portal, WIKI);
        let callback = code_for(&mut visitor, &mut at_portal, "/").await;
        assert!(is_refused_page(&Visitor::new(&portal, WIKI).own(Method::GET, &callback).await));
        visitor.own(Method::GET, &callback).await.expect(302);
        assert!(!visitor.browser.cookies.contains_key(APPLICATION_COOKIE));
    }

    async fn a_browser_starts_again_once_and_then_sees_a_page(portal) {
        let (portal, mut at_portal) = logged_in(portal).await;
        let mut visitor = Visitor::new(&portal, WIKI);
        let callback = code_for(&mut visitor, &mut at_portal, "/").await;
        let mut other = Visitor::new(&portal, WIKI);
        other.own(Method::GET, "/.postern/start").await.expect(302);
        assert!(is_refused_page(&other.own(Method::GET, &format!("{callback}&again")).await));
        let unknown = "/.postern/callback?code=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        other.own(Method::GET, unknown).await.expect(302);
        assert!(is_refused_page(&other.own(Method::GET, &format!("{unknown}&again")).await));
    }

    async fn a_code_of_one_application_is_worth_nothing_at_another(portal) {
        let (portal, mut at_portal) = logged_in(portal).await;
        add_application(&portal, NEWS, "").await;
        let mut visitor = Visitor::new(&portal, WIKI);
        let callback = code_for(&mut visitor, &mut at_portal, "/").await;
        let mut elsewhere = Visitor { origin: NEWS, browser: visitor.browser.clone() };
        elsewhere.own(Method::GET, &callback).await.expect(302);
        assert!(!elsewhere.browser.cookies.contains_key(APPLICATION_COOKIE));
        visitor.own(Method::GET, &callback).await.expect(303);
    }

    async fn a_code_dies_with_the_session_for_which_it_was_issued(portal) {
        let (portal, mut at_portal) = logged_in(portal).await;
        let mut visitor = Visitor::new(&portal, WIKI);
        let callback = code_for(&mut visitor, &mut at_portal, "/").await;
        at_portal.sign_out().await.expect(200);
        visitor.own(Method::GET, &callback).await.expect(302);
        assert_eq!(portal.database.count("select count(*) from application_codes").await, 0);
    }

    async fn whoever_is_logged_in_arrives_without_a_log_in(portal) {
        let (portal, mut at_portal) = logged_in(portal).await;
        let mut visitor = Visitor::new(&portal, WIKI);
        let arrived = visitor.open(&mut at_portal, "/a?b=c").await.expect(303);
        assert_eq!(arrived.header("location"), format!("{WIKI}/a?b=c"));
    }

    async fn a_session_with_an_application_keeps_that_of_the_portal_alive(portal) {
        let (portal, mut at_portal) = logged_in(portal).await;
        let mut visitor = Visitor::new(&portal, WIKI);
        visitor.open(&mut at_portal, "/").await.expect(303);
        for _ in 0..3 {
            portal.advance(3_000);
            visitor.script("caddy", "/").await.expect(200);
        }
        assert_eq!(at_portal.step().await, "signed_in");
    }

    async fn a_link_leads_back_to_the_own_origin_alone(portal) {
        let (portal, mut at_portal) = logged_in(portal).await;
        let mut visitor = Visitor::new(&portal, WIKI);
        for to in ["//evil.example", "/%5Cevil.example", "https://evil.example", "/%252f%252fevil.example", "/%09/evil.example",
            "/%0d%0aLocation:%20https://evil.example", "%40evil.example", ".evil.example", ":x@evil.example/", ""] {
            assert!(is_refused_page(&visitor.own(Method::GET, &format!("/.postern/start?to={to}")).await), "{to}");
        }
        for bad in ["to=/&to=/", "to=/&x=1", "x"] {
            assert!(is_refused_page(&visitor.own(Method::GET, &format!("/.postern/start?{bad}")).await), "{bad}");
            assert!(is_refused_page(&at_portal.page(&format!("/open?{bad}")).await), "{bad}");
        }
    }

    async fn a_link_of_up_to_2000_bytes_is_kept_and_heads_stay_below_4_kib(portal) {
        portal.add_user(ACCOUNT, ADA).await;
        let portal = behind_proxy(portal).await;
        add_application(&portal, WIKI, "").await;
        let long = "/?".to_owned() + &"&a".repeat(499);
        for (target, kept) in [(long.clone(), long.as_str()), (long.clone() + "b", "/")] {
            let (mut visitor, mut at_portal) = (Visitor::new(&portal, WIKI), portal.browser());
            let mut answer = visitor.page("nginx-answer", &target).await.expect(302);
            while !answer.header("location").starts_with("/#return=") {
                let head: usize = answer.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
                assert!(head < 4_000, "{head}");
                let location = answer.header("location").to_owned();
                answer = match location.strip_prefix(WIKI) {
                    Some(path) => visitor.own(Method::GET, path).await,
                    None => at_portal.send(Method::GET, location.strip_prefix(PORTAL).unwrap(), "").await,
                };
            }
            let head: usize = answer.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
            assert!(head < 4_000, "{head}");
            at_portal.sign_in(ADA).await.expect(200);
            let path = return_path(answer.header("location"));
            let answer = at_portal.send(Method::GET, &path, "").await;
            let arrived = visitor.follow(&mut at_portal, answer).await.expect(303);
            assert_eq!(arrived.header("location"), format!("{WIKI}{kept}"));
        }
    }

    async fn the_paths_of_a_log_in_are_served_on_the_hosts_of_applications_alone(portal) {
        let (portal, _) = logged_in(portal).await;
        for origin in ["https://other.example.com", "http://wiki.example.com", "https://WIKI.example.com", "https://wiki.example.com.",
            "https://wiki.example.com:8443", "http://localhost:8080"] {
            let mut elsewhere = Visitor { origin, ..Visitor::new(&portal, WIKI) };
            for (method, path) in [(Method::GET, "/.postern/start"), (Method::POST, "/.postern/sign-out")] {
                assert!(is_refused_page(&elsewhere.own(method, path).await), "{origin}{path}");
            }
            assert!(elsewhere.browser.cookies.is_empty());
        }
        let mut stranger = Visitor::new(&portal, WIKI);
        stranger.browser = stranger.browser.at("198.51.100.7");
        assert!(is_refused_page(&stranger.own(Method::GET, "/.postern/start").await), "no proxy has passed it on");
    }

    /// The kind of oauth2-proxy GHSA-f24x-5g9q-753f.
    async fn a_log_out_at_an_application_ends_all(portal) {
        let (portal, mut at_portal) = logged_in(portal).await;
        add_application(&portal, NEWS, "").await;
        let (mut wiki, mut news) = (Visitor::new(&portal, WIKI), Visitor::new(&portal, NEWS));
        for visitor in [&mut wiki, &mut news] {
            visitor.open(&mut at_portal, "/").await.expect(303);
        }
        let mut forged = wiki.clone();
        forged.browser = forged.browser.with_header("sec-fetch-site", "cross-site");
        forged.own(Method::POST, "/.postern/sign-out").await.expect(403);
        news.script("caddy", "/").await.expect(200);
        let page = wiki.own(Method::POST, "/.postern/sign-out").await.expect(200);
        assert!(page.text().contains("You are logged out") && page.header("location").is_empty());
        assert!(!wiki.browser.cookies.contains_key(APPLICATION_COOKIE));
        for visitor in [&mut wiki, &mut news] {
            visitor.script("caddy", "/").await.expect(401);
        }
        assert_eq!(at_portal.step().await, "credentials");
        wiki.own(Method::POST, "/.postern/sign-out").await.expect(200);
    }

    async fn the_cookies_of_an_application_are_guarded_like_those_of_the_portal(portal) {
        let (portal, mut at_portal) = logged_in(portal).await;
        let mut visitor = Visitor::new(&portal, WIKI);
        let began = visitor.own(Method::GET, "/.postern/start").await.expect(302);
        let arrived = visitor.open(&mut at_portal, "/").await.expect(303);
        let gone = visitor.own(Method::POST, "/.postern/sign-out").await.expect(200);
        for (answer, name) in [(began, BEGIN_COOKIE), (arrived, APPLICATION_COOKIE), (gone, APPLICATION_COOKIE)] {
            let cookie = answer.header("set-cookie");
            let flags = ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/"];
            assert!(cookie.starts_with(name) && flags.iter().all(|flag| cookie.contains(flag)), "{cookie}");
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
    }

    async fn the_portals_own_cookie_opens_no_application_and_an_applications_cookie_no_portal(portal) {
        let (portal, mut at_portal) = logged_in(portal).await;
        let mut visitor = Visitor::new(&portal, WIKI);
        visitor.open(&mut at_portal, "/").await.expect(303);
        let token = visitor.browser.cookies[APPLICATION_COOKIE].clone();
        assert_eq!(portal.browser().with_session(&token).step().await, "credentials");
        let mut other = Visitor::new(&portal, WIKI);
        other.browser.cookies.insert(APPLICATION_COOKIE.to_owned(), at_portal.session().unwrap());
        other.script("caddy", "/").await.expect(401);
        other.browser.cookies.insert("__Host-postern".to_owned(), at_portal.session().unwrap());
        other.script("caddy", "/").await.expect(401);
    }

    async fn a_session_of_the_portal_has_ten_sessions_with_an_application_at_most(portal) {
        let (portal, mut at_portal) = logged_in(portal).await;
        for _ in 0..12 {
            Visitor::new(&portal, WIKI).open(&mut at_portal, "/").await.expect(303);
        }
        assert_eq!(portal.database.count("select count(*) from application_sessions").await, 10);
    }

    async fn codes_that_nobody_used_are_removed(portal) {
        let (portal, mut at_portal) = logged_in(portal).await;
        code_for(&mut Visitor::new(&portal, WIKI), &mut at_portal, "/").await;
        portal.advance(60);
        postern::housekeeping::clean_up(&portal.state).await.unwrap();
        assert_eq!(portal.database.count("select count(*) from application_codes").await, 0);
    }

    async fn a_new_password_is_asked_for_before_an_application_opens(portal) {
        let (portal, mut at_portal) = logged_in(portal).await;
        portal.database.execute("update sessions set new_password_since = 1").await;
        assert_eq!(at_portal.get(route::FLOW).await.step(), "new_password");
        let answer = Visitor::new(&portal, WIKI).open(&mut at_portal, "/").await.expect(302);
        assert!(answer.header("location").starts_with("/#return="));
    }
}

/// The path to which the log-in page returns.
fn return_path(page: &str) -> String {
    page.strip_prefix("/#return=").unwrap().to_owned()
}
