//! Reports: login history and the record of administration.

use postern_testkit::{ADA, Admin, RFC_6238_KEY, on_both_databases};
use postern_types::route;
use serde_json::Value;

async fn history(admin: &mut Admin, query: &str) -> Value {
    let path = format!("{}?{query}", admin.path(route::ACCOUNT_LOGIN_HISTORY));
    admin.browser.get(&path).await.expect(200).json()
}

fn column(page: &Value, name: &str) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|row| row[name].as_str().unwrap().to_owned()).collect()
}

on_both_databases! {
    async fn the_login_history_shows_the_accounts_users_and_nobody_else(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        portal.add_user("Acme", "bo@example.com").await;
        portal.add_user("Bolt", "cy@example.com").await;
        portal.browser().at("192.0.2.9").sign_in_with("bo@example.com", "wrong").await.expect(401);
        portal.browser().sign_in("cy@example.com").await.expect(200);
        portal.browser().sign_in_with("nobody@example.com", "wrong").await.expect(401);
        let page = history(&mut admin, "").await;
        assert_eq!(page["total"], 3);
        let latest = &page["items"][0];
        assert_eq!(
            (latest["email"].as_str(), latest["address"].as_str(), latest["factor"].as_str(), latest["result"].as_str()),
            (Some("bo@example.com"), Some("192.0.2.9"), Some("password"), Some("wrong_password"))
        );
    }

    async fn the_history_of_a_user_who_was_removed_stays_for_its_time(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", "bo@example.com").await;
        portal.browser().sign_in("bo@example.com").await.expect(200);
        let path = admin.user_path(route::ACCOUNT_USER, &bo);
        admin.browser.delete(&path).await.expect(204);
        assert_eq!(column(&history(&mut admin, "search=bo@").await, "result"), ["signed_in"]);
    }

    async fn a_log_in_shows_in_the_history_of_each_of_the_users_accounts(portal) {
        let (mut acme, mut bolt) = (portal.admin("Acme", ADA).await, portal.admin("Bolt", "eve@example.com").await);
        let bo = portal.add_user("Acme", "bo@example.com").await;
        portal.join("Bolt", &bo).await;
        portal.browser().sign_in("bo@example.com").await.expect(200);
        for admin in [&mut acme, &mut bolt] {
            assert_eq!(history(admin, "search=bo@").await["total"], 1);
        }
    }

    async fn the_login_history_is_searched_and_sorted(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        portal.add_user("Acme", "bo@example.com").await;
        for address in ["192.0.2.1", "192.0.2.3", "192.0.2.2"] {
            portal.advance(1);
            portal.browser().at(address).sign_in("bo@example.com").await.expect(200);
        }
        assert_eq!(column(&history(&mut admin, "search=BO@").await, "address"), ["192.0.2.2", "192.0.2.3", "192.0.2.1"]);
        assert_eq!(column(&history(&mut admin, "search=bo&sort=address").await, "address"), ["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
        assert_eq!(column(&history(&mut admin, "search=192.0.2.3").await, "email"), ["bo@example.com"]);
        assert_eq!(history(&mut admin, "search=next_factor").await["total"], 0, "a word of the contract is on no page");
        assert_eq!(history(&mut admin, "search=Password+correct&search_results=next_factor").await["total"], 1);
    }

    async fn a_user_name_or_address_that_is_typed_in_full_finds_its_rows_alone(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        for (user, address) in [("bo@example.com", "192.0.2.1"), ("bo@example.comx", "192.0.2.10")] {
            portal.add_user("Acme", user).await;
            portal.browser().at(address).sign_in(user).await.expect(200);
        }
        assert_eq!(column(&history(&mut admin, "search=BO@example.com").await, "email"), ["bo@example.com"]);
        assert_eq!(column(&history(&mut admin, "search=192.0.2.1").await, "email"), ["bo@example.com"]);
        assert_eq!(history(&mut admin, "search=bo@example.co").await["total"], 2, "a part of both");
    }

    async fn the_pages_of_each_order_are_one_list_from_either_end(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        for n in 0..6 {
            let user = format!("user{}@example.com", n % 3);
            if n < 3 {
                portal.add_user("Acme", &user).await;
            }
            for m in 0..6 {
                portal.browser().at(&format!("192.0.{n}.{m}")).sign_in(&user).await.expect(200);
            }
        }
        for sort in ["at", "email", "address", "result"] {
            let whole = history(&mut admin, &format!("sort={sort}&per_page=50")).await;
            let rows = whole["items"].as_array().unwrap();
            assert!(rows.len() > 36, "{sort}");
            let mut paged = Vec::new();
            for page in 1..=4 {
                paged.extend(history(&mut admin, &format!("sort={sort}&per_page=10&page={page}")).await["items"].as_array().unwrap().clone());
            }
            assert_eq!(*rows, paged, "{sort}");
            let reversed = history(&mut admin, &format!("sort=-{sort}&per_page=50")).await;
            let mut reversed = reversed["items"].as_array().unwrap().clone();
            reversed.reverse();
            assert_eq!(*rows, reversed, "{sort}");
        }
    }

    async fn the_login_history_is_narrowed_to_results_and_factors(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        portal.add_user("Acme", "bo@example.com").await;
        portal.browser().sign_in("bo@example.com").await.expect(200);
        portal.browser().sign_in_with("bo@example.com", "wrong").await.expect(401);
        assert_eq!(history(&mut admin, "result=wrong_password,signed_in").await["total"], 3);
        assert_eq!(history(&mut admin, "result=signed_in&factor=totp").await["total"], 1);
        assert_eq!(history(&mut admin, "search=bo@&result=wrong_password").await["total"], 1);
        for wrong in ["result=locked,locked", "result=won", "factor=tea", "search_results=Logged+in"] {
            let path = format!("{}?{wrong}", admin.path(route::ACCOUNT_LOGIN_HISTORY));
            let refused = admin.browser.get(&path).await.expect_error(400, "malformed").json();
            assert_eq!((refused["field"].as_str(), refused["reason"].as_str()), (wrong.split('=').next(), Some("not_allowed")));
        }
    }

    async fn the_history_reaches_back_30_days_and_old_rows_go_by_themselves(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        portal.add_user("Acme", "bo@example.com").await;
        portal.browser().sign_in("bo@example.com").await.expect(200);
        portal.advance(30 * 86_400 - 40);
        portal.browser().sign_in("bo@example.com").await.expect(200);
        let mut admin_again = portal.ticket(ADA).await;
        admin_again.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        admin.browser = admin_again;
        portal.advance(41);
        assert_eq!(history(&mut admin, "search=bo").await["total"], 1);
        let before = portal.database.count("select count(*) from login_history").await;
        postern::housekeeping::clean_up(&portal.state).await.unwrap();
        assert!(portal.database.count("select count(*) from login_history").await < before);
    }

    async fn the_whole_history_comes_as_csv(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        portal.add_user("Acme", "=bo@example.com").await;
        portal.browser().at("192.0.2.1").sign_in("=bo@example.com").await.expect(200);
        let path = format!("{}?search=bo", admin.path(route::ACCOUNT_LOGIN_HISTORY_CSV));
        let answer = admin.browser.get(&path).await.expect(200);
        assert_eq!(answer.header("content-disposition"), "attachment; filename=\"login-history.csv\"");
        assert_eq!(
            String::from_utf8(answer.body).unwrap(),
            "user,date and time (UTC),source address,factor,result\r\n\
             '=bo@example.com,2023-11-14T22:14:00Z,192.0.2.1,password,signed_in\r\n"
        );
    }

    async fn a_long_history_comes_whole_as_csv(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        portal.database.execute_with(
            "insert into login_history (id, at, user_id, account_id, email, address, factor, result)
             with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 5000)
             select 'row' || n, 1699999999, $1, $2, 'ada@example.com', '192.0.2.1', 'password', 'signed_in' from numbers",
            &[&admin.id, &admin.account],
        ).await;
        let answer = admin.browser.get(&admin.path(route::ACCOUNT_LOGIN_HISTORY_CSV)).await.expect(200);
        let text = String::from_utf8(answer.body).unwrap();
        assert_eq!(text.lines().filter(|line| line.contains("192.0.2.1")).count(), 5_000);
    }

    async fn what_happens_within_one_second_is_listed_in_its_order(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let mut added = Vec::new();
        for n in 0..12 {
            let email = format!("user{n}@example.com");
            let body = serde_json::json!({"email": email, "name": "", "admin": false});
            let path = admin.path(route::ACCOUNT_USERS);
            admin.browser.post(&path, body).await.expect(201);
            added.insert(0, email);
        }
        let mut logged_in = Vec::new();
        for n in 0..12 {
            let email = format!("member{n}@example.com");
            portal.add_user("Acme", &email).await;
            portal.browser().at("192.0.2.7").sign_in(&email).await.expect(200);
            logged_in.insert(0, email);
        }
        let path = format!("{}?per_page=50", admin.path(route::ACCOUNT_EVENTS));
        let page = admin.browser.get(&path).await.expect(200).json();
        let events = page["items"].as_array().unwrap().iter();
        let events: Vec<_> = events.filter_map(|event| event["subject"].as_str()).filter(|subject| subject.starts_with("user")).collect();
        assert_eq!(events, added, "the latest first");
        let log_ins = column(&history(&mut admin, "search=192.0.2.7&per_page=50").await, "email");
        assert_eq!(log_ins, logged_in, "the latest first");
    }
}
