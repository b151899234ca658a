//! The pages for users whose request to an application is refused.

use axum::http::Method;
use postern_testkit::{ADA, on_both_databases};

use crate::behind_proxy::{NEWS, Visitor, WIKI, add_application_for, is_page, visiting};

/// Names and values.
type Headers = &'static [(&'static str, &'static str)];

on_both_databases! {
    async fn without_a_session_only_somebody_who_opens_a_page_is_sent_to_the_log_in(portal) {
        let (portal, _, _) = visiting(portal, "").await;
        let cases: [(&str, Headers, u16); 9] = [
            ("GET", &[("accept", "text/html"), ("sec-fetch-mode", "navigate")], 302),
            ("HEAD", &[("accept", "text/html")], 302),
            ("GET", &[("accept", "text/html")], 302),
            ("GET", &[("accept", "text/html"), ("sec-fetch-mode", "cors")], 401),
            ("GET", &[("accept", "text/html"), ("x-requested-with", "XMLHttpRequest")], 401),
            ("GET", &[("accept", "text/html"), ("sec-websocket-key", "x"), ("upgrade", "websocket")], 401),
            ("GET", &[("accept", "application/json")], 401),
            ("GET", &[], 401),
            ("OPTIONS", &[("sec-fetch-mode", "cors")], 401),
        ];
        for (method, headers, status) in cases {
            for proxy in ["caddy", "traefik", "envoy", "nginx-answer"] {
                let answer = Visitor::new(&portal, WIKI).ask(proxy, method, "/a?b", headers).await.expect(status);
                let location = if status == 302 { "https://wiki.example.com/.postern/start?to=/a%3Fb" } else { "" };
                assert_eq!((answer.header("location"), answer.body.len()), (location, 0), "{proxy} {method} {headers:?}");
            }
        }
    }

    async fn a_form_that_meets_a_dead_session_is_refused_with_a_page_and_never_sent_again(portal) {
        let (portal, mut at_portal, mut visitor) = visiting(portal, "").await;
        at_portal.sign_out().await.expect(200);
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            for proxy in ["caddy", "traefik", "envoy", "nginx-answer"] {
                let page = visitor.ask(proxy, method, "/save?x=1", &[("accept", "text/html"), ("sec-fetch-mode", "navigate")]).await;
                assert!(page.status == 401 && is_page(&page) && page.header("location").is_empty(), "{proxy} {method} {page:?}");
                assert!(page.text().contains("/.postern/start?to=/save%3Fx%3D1"), "the log-in is one click away");
                let script = visitor.ask(proxy, method, "/save", &[("sec-fetch-mode", "cors")]).await.expect(401);
                assert!(script.body.is_empty());
            }
        }
        assert_eq!(portal.database.count("select count(*) from application_codes").await, 0);
    }

    async fn every_page_forbids_scripts_and_shows_what_it_was_given_as_text(portal) {
        let (portal, _, mut visitor) = visiting(portal, "").await;
        portal.database.execute("update applications set name = '<script>x</script>\"&', rules = 'none: refused /*'").await;
        let page = visitor.page("caddy", "/").await.expect(403);
        assert!(page.text().contains("&lt;script&gt;x&lt;/script&gt;&quot;&amp;") && !page.text().contains("<script"), "{page:?}");
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && policy.contains("frame-ancestors 'none'"), "{policy}");
    }

    async fn whoever_may_not_use_an_application_is_told_whom_to_ask(portal) {
        let (portal, mut at_portal, mut visitor) = visiting(portal, "").await;
        portal.database.execute("update application_accounts set everyone_since = null").await;
        let not_chosen = visitor.page("caddy", "/").await.expect(403).text();
        assert!(not_chosen.contains("The administrators of your account choose"), "{not_chosen}");
        portal.add_user("Bolt", "cy@example.com").await;
        add_application_for(&portal, NEWS, "", "Bolt").await;
        let not_given = Visitor::new(&portal, NEWS).open(&mut at_portal, "/").await.expect(403).text();
        assert!(not_given.contains("Ask the operator of the portal"), "{not_given}");
        for page in [not_chosen, not_given] {
            assert!(page.contains(ADA) && page.contains("Log out</button>"), "{page}");
        }
    }

    async fn whoever_may_not_use_an_application_can_log_in_to_it_as_somebody_else(portal) {
        let (portal, mut at_portal, visitor) = visiting(portal, "").await;
        portal.add_user("Bolt", "cy@example.com").await;
        add_application_for(&portal, NEWS, "", "Bolt").await;
        let page = Visitor::new(&portal, NEWS).open(&mut at_portal, "/deep").await.expect(403);
        assert!(page.header("content-security-policy").contains("form-action 'self'"), "{page:?}");
        let page = page.text();
        let (_, form) = page.split_once("action=\"").unwrap();
        let action = form.split('"').next().unwrap().replace("&amp;", "&");
        let log_out = at_portal.clone().with_header("content-type", "application/x-www-form-urlencoded");
        for site in ["cross-site", "same-site", "none"] {
            log_out.clone().with_header("sec-fetch-site", site).send(Method::POST, &action, "").await.expect(403);
        }
        log_out.clone().send(Method::POST, "/open?application=x", "").await.expect(400);
        assert_eq!(at_portal.step().await, "signed_in");
        let mut leaving = log_out;
        let answer = leaving.send(Method::POST, &action, "").await.expect(303);
        assert_eq!(answer.header("location"), format!("/#return={action}"));
        assert!(leaving.cookies.keys().all(|name| !name.ends_with("postern")), "{:?}", leaving.cookies);
        assert_eq!(at_portal.step().await, "credentials");
        visitor.clone().script("caddy", "/").await.expect(401);
    }

    async fn a_page_at_the_application_has_its_log_out_there(portal) {
        let (portal, mut at_portal, mut visitor) = visiting(portal, "").await;
        portal.database.execute("update application_accounts set everyone_since = null").await;
        let page = visitor.page("caddy", "/").await.expect(403).text();
        assert!(page.contains("action=\"/.postern/sign-out\""), "{page}");
        visitor.own(Method::POST, "/.postern/sign-out").await.expect(200);
        assert_eq!(at_portal.step().await, "credentials");
    }

    async fn the_page_of_a_refused_request_says_what_was_refused(portal) {
        let rules = "shut: refused /shut\nread: members GET,HEAD /*";
        let (_, _, mut visitor) = visiting(portal, rules).await;
        let refused = |answer: postern_testkit::Answer| answer.expect(403).text();
        assert!(refused(visitor.page("caddy", "/shut").await).contains("Nobody may open this page of"));
        for target in ["/shut", "/"] {
            let page = refused(visitor.form("caddy", target).await);
            assert!(page.contains("What you sent did not reach") && !page.contains("Nobody may open"), "{page}");
        }
    }
}
