//! Sessions: how they begin, what their cookies are, and how they end.

use postern_types::route;
use serde_json::json;

use crate::app::ADA;
use crate::browser::Browser;
use crate::on_both_databases;

on_both_databases! {
    async fn r23_c71_the_token_is_new_at_every_step_and_the_old_one_is_dead(app) {
        let key = app.add_user_with_factor(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await.expect(200);
        let mut with_password = browser.clone();
        browser.code(&app.code(&key)).await.expect(200);
        assert_ne!(browser.session(), with_password.session());
        assert_eq!(with_password.step().await, "credentials");
        assert_eq!(browser.step().await, "signed_in");
    }

    async fn r23_only_the_hash_of_a_token_is_stored(app) {
        app.add_user("Acme", ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await.expect(200);
        let stored = app.texts("select token_hash from sessions").await;
        assert_eq!(stored.len(), 1);
        assert_eq!(stored[0].len(), 64);
        assert_ne!(Some(&stored[0]), browser.session().as_ref());
    }

    async fn c71_a_planted_cookie_is_never_adopted(app) {
        app.add_user("Acme", ADA).await;
        let mut browser = app.browser();
        let planted = "A".repeat(43);
        browser.cookies.insert(postern::extract::SESSION_COOKIE.to_owned(), planted.clone());
        browser.sign_in(ADA).await.expect(200);
        assert_ne!(browser.session(), Some(planted));
    }

    async fn r24_the_cookie_is_host_only_secure_and_hidden_from_scripts(app) {
        app.add_user("Acme", ADA).await;
        let answer = app.browser().sign_in(ADA).await.expect(200);
        let cookies: Vec<&str> = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
        assert_eq!(cookies.len(), 2, "the session and the known browser");
        for cookie in cookies {
            assert!(cookie.starts_with("__Host-postern"), "{cookie}");
            for attribute in ["; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/"] {
                assert!(cookie.contains(attribute), "{cookie}");
            }
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
    }

    async fn r26_a_session_ends_when_it_is_idle_for_an_hour(app) {
        app.add_user("Acme", ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await.expect(200);
        for _ in 0..3 {
            app.advance(3500);
            assert_eq!(browser.step().await, "signed_in");
        }
        app.advance(3600);
        assert_eq!(browser.step().await, "credentials");
        assert_eq!(browser.session(), None, "the dead cookie is removed");
    }

    async fn r26_a_session_ends_after_24_hours_however_much_it_is_used(app) {
        app.add_user("Acme", ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await.expect(200);
        for _ in 0..47 {
            app.advance(1800);
            assert_eq!(browser.step().await, "signed_in");
        }
        app.advance(1800);
        assert_eq!(browser.step().await, "credentials");
    }

    async fn r14_the_password_alone_lasts_ten_minutes(app) {
        let key = app.add_user_with_factor(ADA).await;
        let mut browser = app.browser();
        let step = browser.sign_in(ADA).await.expect(200).json();
        assert_eq!(step["expires_at"], "2023-11-14T22:24:00Z");
        app.advance(599);
        assert_eq!(browser.step().await, "code");
        app.advance(1);
        browser.code(&app.code(&key)).await.expect_error(401, "session_expired");
        assert_eq!(browser.step().await, "credentials");
    }

    async fn r27_a_locked_user_is_out_at_once(app) {
        app.add_user("Acme", ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await.expect(200);
        let email = postern_types::Email::parse(ADA).unwrap();
        assert!(postern::store::users::lock(&app.state.db, &email, app.now()).await.unwrap());
        assert_eq!(browser.step().await, "credentials");
        assert_eq!(app.count("select count(*) from sessions").await, 0);
    }

    async fn c66_a_reset_ends_everything_and_the_next_log_in_sets_up_again(app) {
        let key = app.add_user_with_factor(ADA).await;
        let (mut full, mut pending) = (app.browser(), app.browser());
        full.sign_in(ADA).await.expect(200);
        full.code(&app.code(&key)).await.expect(200);
        pending.sign_in(ADA).await.expect(200);
        let email = postern_types::Email::parse(ADA).unwrap();
        assert!(postern::store::users::reset_two_factor(&app.state.db, &email).await.unwrap());
        app.advance(30);
        assert_eq!(full.step().await, "credentials");
        pending.code(&app.code(&key)).await.expect_error(401, "session_expired");
        let step = app.browser().sign_in(ADA).await.expect(200).json();
        assert_eq!(step["step"], "set_up");
        assert_ne!(step["security_key"], key.as_str());
    }

    async fn c55_after_the_password_no_other_route_says_who_is_there(app) {
        app.add_user_with_factor(ADA).await;
        let mut ticket = app.browser();
        assert_eq!(ticket.sign_in(ADA).await.expect(200).step(), "code");
        let document = app.browser().get("/api/openapi.json").await.expect(200).json();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                if [route::SIGN_OUT, route::SIGN_IN_CANCEL, route::SIGN_IN].contains(&path.as_str()) {
                    continue;
                }
                let answer = if method == "get" { ticket.get(path).await } else { ticket.post(path, json!({})).await };
                assert!(!String::from_utf8_lossy(&answer.body).contains("signed_in"), "{path}");
            }
        }
        assert_eq!(ticket.step().await, "code");
    }

    async fn c55_a_token_is_taken_from_the_cookie_alone(app) {
        app.add_user("Acme", ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await.expect(200);
        let token = browser.session().unwrap();
        for header in ["authorization", "x-auth-token"] {
            let mut other = app.browser().with_header(header, &format!("Bearer {token}"));
            assert_eq!(other.step().await, "credentials");
        }
        let query = format!("{}?token={token}", route::FLOW);
        assert_eq!(app.browser().get(&query).await.expect(200).step(), "credentials");
    }

    async fn c81_an_odd_cookie_is_nobody(app) {
        app.add_user("Acme", ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await.expect(200);
        let name = postern::extract::SESSION_COOKIE;
        let own = browser.session().unwrap();
        let odd = [String::new(), "x".into(), "A".repeat(8000), "%00".into(), format!("{own}A"), own.to_lowercase()];
        for value in odd {
            let mut odd = app.browser().with_header("cookie", &format!("{name}={value}"));
            assert_eq!(odd.step().await, "credentials", "{value}");
        }
        let twice = format!("{name}={own}; {name}={own}");
        assert_eq!(app.browser().with_header("cookie", &twice).step().await, "credentials");
    }

    async fn a_full_session_is_out_of_step_at_the_code(app) {
        app.add_user("Acme", ADA).await;
        let mut browser: Browser = app.browser();
        browser.sign_in(ADA).await.expect(200);
        browser.code("123456").await.expect_error(409, "out_of_step");
        browser.confirm("123456").await.expect_error(409, "out_of_step");
        browser.post(route::SIGN_IN_CANCEL, json!({})).await.expect_error(409, "out_of_step");
        assert_eq!(browser.step().await, "signed_in");
    }
}
