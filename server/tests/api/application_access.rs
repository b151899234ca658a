//! Who may use an application, and how everybody else's requests are answered.

use axum::http::Method;
use futures::future::join_all;
use postern::http::cookies::APPLICATION_COOKIE;
use postern_testkit::{ACCOUNT, ADA, RFC_6238_KEY, on_both_databases};
use postern_types::route;
use serde_json::json;

use crate::behind_proxy::{
    CLIENT, NEWS, PROXIES, Visitor, WIKI, add_application, add_application_for, behind_proxy, is_page, visiting,
};

on_both_databases! {
    async fn a_lost_session_is_noticed_at_the_next_request(portal) {
        let (portal, at_portal, visitor) = visiting(portal, "").await;
        for end in ["log out", "lock", "lock in the account", "reset", "remove", "password"] {
            let mut at_portal = at_portal.clone();
            let mut visitor = visitor.clone();
            if end != "log out" {
                portal.advance(30);
                at_portal = portal.ticket(ADA).await;
                at_portal.code(&portal.code(RFC_6238_KEY)).await.expect(200);
                visitor.open(&mut at_portal, "/").await.expect(303);
            }
            visitor.script("caddy", "/").await.expect(200);
            match end {
                "log out" => drop(at_portal.sign_out().await.expect(200)),
                "lock" => portal.lock(ADA).await,
                "lock in the account" => portal.database.execute("update memberships set locked_at = 1").await,
                "reset" => portal.reset(ADA).await,
                "password" => portal.database.execute("delete from sessions").await,
                _ => portal.database.execute("delete from memberships").await,
            }
            visitor.script("caddy", "/").await.expect(401);
            visitor.page("caddy", "/").await.expect(302);
            match end {
                "lock" => portal.unlock(ADA).await,
                "lock in the account" => portal.database.execute("update memberships set locked_at = null").await,
                "reset" => {
                    let id = portal.database.texts("select id from users").await.remove(0);
                    portal.give_factor(&id, postern_testkit::RFC_6238_SECRET).await;
                }
                _ => {}
            }
            if end == "remove" {
                return;
            }
        }
    }

    async fn a_session_that_is_idle_or_too_old_is_noticed_at_the_next_request(portal) {
        let (portal, _, mut visitor) = visiting(portal, "").await;
        portal.advance(3_600);
        visitor.script("caddy", "/").await.expect(401);
    }

    async fn a_right_that_was_taken_is_noticed_at_the_next_request(portal) {
        let (portal, mut at_portal, mut visitor) = visiting(portal, "").await;
        for (take, give) in [
            ("update application_accounts set everyone_since = null", "update application_accounts set everyone_since = 1"),
            ("update accounts set allowed_addresses = '192.0.2.0/24'", "update accounts set allowed_addresses = ''"),
            ("update memberships set allowed_addresses = '192.0.2.0/24'", "update memberships set allowed_addresses = ''"),
            ("update applications set excluded_networks = '198.51.100.0/24'", "update applications set excluded_networks = ''"),
            ("update applications set rules = 'none: refused /*'", "update applications set rules = 'all: members /*'"),
        ] {
            portal.database.execute(take).await;
            for proxy in PROXIES {
                assert!(visitor.script(proxy, "/").await.expect(403).body.is_empty(), "{take}");
            }
            assert!(is_page(&visitor.page("caddy", "/").await.expect(403)), "{take}");
            let denied = Visitor::new(&portal, WIKI).open(&mut at_portal, "/").await;
            assert!(denied.status == 403 && is_page(&denied), "{take}: {denied:?}");
            portal.database.execute(give).await;
            visitor.script("caddy", "/").await.expect(200);
        }
        portal.database.execute("delete from applications").await;
        visitor.script("caddy", "/").await.expect(400);
        assert_eq!(portal.database.count("select count(*) from application_sessions").await, 0);
    }

    async fn the_chosen_users_of_an_account_may_use_its_application_and_no_others(portal) {
        let (portal, mut at_portal, mut visitor) = visiting(portal, "").await;
        portal.database.execute("update application_accounts set everyone_since = null").await;
        visitor.script("caddy", "/").await.expect(403);
        let choose = "insert into application_members (application_id, account_id, user_id)
            select application_id, account_id, (select id from users) from application_accounts";
        portal.database.execute(choose).await;
        visitor.script("caddy", "/").await.expect(200);
        portal.add_user("Bolt", "cy@example.com").await;
        add_application_for(&portal, NEWS, "", "Bolt").await;
        let refused = Visitor::new(&portal, NEWS).open(&mut at_portal, "/").await.expect(403);
        let page = refused.text();
        assert!(page.contains(ADA) && page.contains("http://localhost:8080/"), "{page}");
    }

    async fn a_cookie_of_one_application_is_worthless_at_another(portal) {
        let (portal, _, visitor) = visiting(portal, "").await;
        add_application(&portal, NEWS, "").await;
        let mut elsewhere = Visitor { origin: NEWS, ..visitor };
        for proxy in PROXIES {
            elsewhere.script(proxy, "/").await.expect(401);
        }
    }

    async fn a_cookie_that_is_no_token_or_stands_there_twice_is_none(portal) {
        let (portal, _, visitor) = visiting(portal, "").await;
        let token = visitor.browser.cookies[APPLICATION_COOKIE].clone();
        let twice = format!("{APPLICATION_COOKIE}={token}; {APPLICATION_COOKIE}={token}");
        let cases = ["x", "", "%00", "\"", &token[1..], &format!("{token}A"), &"A".repeat(43), &"A".repeat(8_000)]
            .map(|value| format!("{APPLICATION_COOKIE}={value}"));
        for cookie in cases.iter().chain([&twice, &format!("postern-app={token}"), &token]) {
            let mut other = Visitor::new(&portal, WIKI);
            other.browser = other.browser.with_header("cookie", cookie);
            for proxy in PROXIES {
                let answer = other.script(proxy, "/").await.expect(401);
                assert!(answer.header("remote-user").is_empty() && answer.header("set-cookie").is_empty(), "{cookie}");
            }
        }
    }

    async fn of_many_requests_at_once_with_one_session_all_pass_at_a_node_that_has_just_started(portal) {
        let (portal, _, visitor) = visiting(portal, "").await;
        let node = behind_proxy(&portal.node().await).await;
        for is_following in [false, true] {
            if is_following {
                portal.database.follow().await;
            }
            let asked = (0..40).map(|_| {
                let mut visitor = Visitor { browser: visitor.browser.clone().moved_to(&node), ..visitor.clone() };
                async move { visitor.script("caddy", "/").await.status.as_u16() }
            });
            assert!(join_all(asked).await.iter().all(|status| *status == 200));
        }
    }

    async fn a_request_that_passes_says_who_it_is_and_nothing_else(portal) {
        let (portal, _, mut visitor) = visiting(portal, "").await;
        portal.database.execute("update users set name = 'Ada Lövelace, 100%'").await;
        portal.database.execute("update accounts set name = 'Käse: A, B'").await;
        for proxy in PROXIES {
            let answer = visitor.page(proxy, "/").await.expect(200);
            assert!(answer.body.is_empty() && answer.header("location").is_empty() && answer.header("set-cookie").is_empty());
            assert_eq!(answer.header("cache-control"), "no-store");
            let identity = ["remote-user", "remote-email", "remote-name", "remote-groups"].map(|name| answer.header(name));
            let groups = "K%C3%A4se%3A A%2C B,K%C3%A4se%3A A%2C B:admin";
            assert_eq!(identity, [ADA, ADA, "Ada L%C3%B6velace, 100%25", groups], "{proxy}");
        }
        portal.database.execute("update users set name = ''").await;
        assert_eq!(visitor.page("caddy", "/").await.header("remote-name"), ADA);
    }

    async fn a_group_is_an_account_through_which_the_application_may_be_used_from_this_address(portal) {
        let (portal, _, mut visitor) = visiting(portal, "").await;
        let id = portal.database.texts("select id from users").await.remove(0);
        portal.join("Bolt", &id).await;
        assert_eq!(visitor.page("caddy", "/").await.header("remote-groups"), "Acme,Acme:admin", "Bolt has no application");
        let give = "insert into application_accounts (application_id, account_id, everyone_since)
            select (select id from applications), id, 1 from accounts where name = 'Bolt'";
        portal.database.execute(give).await;
        assert_eq!(visitor.page("caddy", "/").await.header("remote-groups"), "Acme,Acme:admin,Bolt");
        portal.database.execute("update accounts set allowed_addresses = '192.0.2.1/32' where name = 'Acme'").await;
        assert_eq!(visitor.page("caddy", "/").await.header("remote-groups"), "Bolt");
        for number in 0..60 {
            portal.join(&format!("Zulu {number:02} {}", "z".repeat(80)), &id).await;
        }
        portal.database.execute("delete from application_accounts").await;
        let give = "insert into application_accounts (application_id, account_id, everyone_since)
            select (select id from applications), id, 1 from accounts";
        portal.database.execute(give).await;
        let groups = visitor.page("caddy", "/").await.expect(200).header("remote-groups").to_owned();
        assert!(groups.len() < 2_000 && groups.starts_with("Bolt,Zulu 00 ") && groups.ends_with('z'), "{groups}");
    }

    async fn an_open_path_passes_for_everybody_as_nobody(portal) {
        let (portal, _, mut visitor) = visiting(portal, "health: open GET /healthz\nrest: members /*").await;
        for visitor in [&mut visitor, &mut Visitor::new(&portal, WIKI)] {
            for proxy in PROXIES {
                let answer = visitor.script(proxy, "/healthz").await.expect(200);
                let identity = ["remote-user", "remote-email", "remote-name", "remote-groups"].map(|name| answer.header(name));
                assert_eq!(identity, ["-"; 4], "{proxy}");
            }
        }
        Visitor::new(&portal, WIKI).form("caddy", "/healthz").await.expect(401);
    }

    async fn nginx_gets_200_401_or_403_without_a_body_and_its_answer_comes_from_elsewhere(portal) {
        let (portal, _, mut visitor) = visiting(portal, "shut: refused /shut\nrest: members /*").await;
        let mut stranger = Visitor::new(&portal, WIKI);
        for (is_known, target, status, instead) in
            [(true, "/", 200, 302), (true, "/shut", 403, 403), (true, "/../x", 403, 400), (false, "/", 401, 302)]
        {
            let visitor = if is_known { &mut visitor } else { &mut stranger };
            let answer = visitor.page("nginx", target).await.expect(status);
            assert!(answer.body.is_empty() && answer.header("location").is_empty(), "{target}");
            visitor.page("nginx-answer", target).await.expect(instead);
        }
        visitor.ask("nginx", "TRACE", "/", &[]).await.expect(403);
        visitor.browser.page("/api/forward-auth/nginx").await.expect(403);
    }

    async fn a_path_that_needs_a_fresh_factor_asks_for_it(portal) {
        let (portal, mut at_portal, mut visitor) = visiting(portal, "admin: fresh /admin/*\nrest: members /*").await;
        visitor.page("caddy", "/admin").await.expect(200);
        portal.advance(900);
        visitor.script("caddy", "/").await.expect(200);
        visitor.script("caddy", "/admin/users").await.expect(401);
        let asked = visitor.open(&mut at_portal, "/admin/users").await.expect(302);
        let location = asked.header("location").to_owned();
        assert!(location.starts_with("/console/step-up#return=/open?"), "{location}");
        at_portal.post(route::STEP_UP, json!({"code": portal.code(RFC_6238_KEY)})).await.expect(200);
        visitor.open(&mut at_portal, "/admin/users").await.expect(200);
    }

    async fn a_user_name_that_nobody_has_confirmed_is_told_to_no_application_that_another_account_has(portal) {
        let (portal, _, mut visitor) = visiting(portal, "").await;
        portal.database.execute("update users set email_unconfirmed_since = 1").await;
        visitor.script("caddy", "/").await.expect(200);
        portal.add_user("Elsewhere", "bo@example.com").await;
        portal.database.execute("insert into application_accounts (application_id, account_id, everyone_since)
            select p.id, a.id, 1 from applications p, accounts a where a.name = 'Elsewhere'").await;
        visitor.script("caddy", "/").await.expect(403);
        portal.database.execute("update users set email_unconfirmed_since = null").await;
        visitor.script("caddy", "/").await.expect(200);
    }

    async fn an_account_that_requires_a_second_factor_gives_its_applications_to_nobody_without_one(portal) {
        portal.add_user(ACCOUNT, ADA).await;
        let portal = behind_proxy(portal).await;
        add_application(&portal, WIKI, "").await;
        let mut at_portal = portal.browser();
        at_portal.sign_in(ADA).await.expect(200);
        let mut visitor = Visitor::new(&portal, WIKI);
        visitor.open(&mut at_portal, "/").await.expect(303);
        visitor.script("caddy", "/").await.expect(200);
        portal.database.execute("update accounts set two_factor_required_at = 1").await;
        visitor.script("caddy", "/").await.expect(403);
    }

    async fn whoever_ends_the_other_sessions_ends_what_was_given_to_applications_too(portal) {
        let (portal, mut at_portal, mut visitor) = visiting(portal, "").await;
        at_portal.delete(route::MY_SESSIONS).await.expect(204);
        visitor.script("caddy", "/").await.expect(401);
        visitor.open(&mut at_portal, "/").await.expect(303);
        visitor.script("caddy", "/").await.expect(200);
        drop(portal);
    }

    async fn an_application_that_wants_a_second_factor_or_a_recent_log_in_gets_it(portal) {
        portal.add_user(ACCOUNT, ADA).await;
        let portal = behind_proxy(portal).await;
        add_application(&portal, WIKI, "").await;
        let mut at_portal = portal.browser();
        at_portal.sign_in(ADA).await.expect(200);
        let mut visitor = Visitor::new(&portal, WIKI);
        visitor.open(&mut at_portal, "/").await.expect(303);
        portal.database.execute("update applications set max_age_s = 300").await;
        visitor.script("caddy", "/").await.expect(200);
        portal.advance(300);
        visitor.script("caddy", "/").await.expect(401);
        let asked = visitor.open(&mut at_portal, "/").await.expect(302);
        assert!(asked.header("location").starts_with("/console/step-up?because=log_in#return=/open?"), "{asked:?}");
        at_portal.sign_in(ADA).await.expect(200);
        visitor.open(&mut at_portal, "/").await.expect(303);
        portal.database.execute("update applications set two_factor_required_at = 1").await;
        visitor.script("caddy", "/").await.expect(403);
        let refused = visitor.page("caddy", "/").await.expect(403).text();
        assert!(refused.contains("requires a second factor") && refused.contains("/.postern/start?to=/"), "{refused}");
    }

    async fn the_addresses_of_clients_are_those_that_proxies_name(portal) {
        let (portal, _, mut visitor) = visiting(portal, "").await;
        portal.database.execute(&format!("update accounts set allowed_addresses = '{CLIENT}/32'")).await;
        for proxy in PROXIES {
            visitor.script(proxy, "/").await.expect(200);
        }
        let mut away = visitor.clone();
        away.browser = away.browser.with_header("x-forwarded-for", "203.0.113.9");
        away.script("caddy", "/").await.expect(403);
    }

    async fn a_peer_that_is_no_trusted_proxy_learns_nothing(portal) {
        let (portal, _, visitor) = visiting(portal, "health: open /healthz\nrest: members /*").await;
        for (peer, node) in [("198.51.100.7", &portal), ("127.0.0.1", &portal.node_with(|it| it.server.trusted_proxies.clear()).await)] {
            let mut direct = Visitor { origin: WIKI, browser: visitor.browser.moved_to(node).at(peer) };
            for target in ["/", "/healthz"] {
                for proxy in ["caddy", "traefik", "envoy", "nginx-answer"] {
                    direct.script(proxy, target).await.expect(400);
                }
                direct.script("nginx", target).await.expect(403);
            }
        }
    }

    async fn no_check_sets_a_cookie_or_changes_a_row(portal) {
        let (portal, _, mut visitor) = visiting(portal, "").await;
        let rows = "select count(*) from application_sessions union all select count(*) from application_codes";
        let before = portal.database.texts(&rows.replace("count(*)", "'' || count(*)")).await;
        for proxy in PROXIES.into_iter().chain(["nginx-answer"]) {
            for visitor in [&mut visitor, &mut Visitor::new(&portal, WIKI)] {
                assert_eq!(visitor.page(proxy, "/").await.header("set-cookie"), "");
            }
        }
        assert_eq!(portal.database.texts(&rows.replace("count(*)", "'' || count(*)")).await, before);
    }

    async fn a_body_is_ignored_however_long_it_is_said_to_be(portal) {
        let (_, _, visitor) = visiting(portal, "").await;
        let mut browser = visitor.browser.clone();
        for (name, value) in [("x-forwarded-proto", "https"), ("x-forwarded-host", "wiki.example.com"), ("x-forwarded-uri", "/"),
            ("x-forwarded-method", "POST")] {
            browser = browser.with_header(name, value);
        }
        let without = browser.send(Method::POST, "/api/forward-auth/caddy", "").await.expect(200);
        assert_eq!(without.header("connection"), "");
        let with = browser.send(Method::POST, "/api/forward-auth/caddy", "x".repeat(100_000)).await.expect(200);
        assert_eq!(with.header("connection"), "close", "what was not read ends the connection");
        browser.with_header("content-length", "5000").send(Method::POST, "/api/forward-auth/caddy", "").await.expect(200);
    }
}
