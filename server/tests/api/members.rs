//! The users of an account, as its administrators manage them.

use futures::future::join_all;
use postern::store::roster;
use postern_testkit::{ADA, Admin, Answer, PASSWORD, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::{Value, json};

const BO: &str = "bo@example.com";

async fn add(admin: &mut Admin, email: &str) -> Answer {
    let path = admin.path(route::ACCOUNT_USERS);
    admin.browser.post(&path, json!({"email": email, "name": "Bo K."})).await
}

async fn patch(admin: &mut Admin, user: &str, body: Value) -> Answer {
    let path = admin.user_path(route::ACCOUNT_USER, user);
    admin.browser.patch(&path, body).await
}

async fn list(admin: &mut Admin, query: &str) -> Value {
    let path = format!("{}?{query}", admin.path(route::ACCOUNT_USERS));
    admin.browser.get(&path).await.expect(200).json()
}

fn emails(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap().to_owned()).collect()
}

/// The answer without what differs for each user.
fn shape(answer: &Answer) -> Value {
    let mut json = answer.json();
    json["id"] = json!(json["id"].as_str().unwrap().len());
    json["email"] = json!("");
    json
}

async fn id_of(portal: &Portal, email: &str) -> String {
    let (emails, ids) = (
        portal.database.texts("select email from users order by id").await,
        portal.database.texts("select id from users order by id").await,
    );
    emails.into_iter().zip(ids).find(|(it, _)| it == email).unwrap().1
}

on_both_databases! {
    async fn a_new_user_starts_locked_and_gets_in_once_active(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let answer = add(&mut admin, " BO@example.com ").await.expect(201).json();
        let id = answer["id"].as_str().unwrap().to_owned();
        assert_eq!(answer, json!({
            "id": id, "email": BO, "name": "Bo K.", "state": "locked", "invited": false, "locked_by_operator": false, "admin": false, "two_factor": "none", "authenticator": false, "passkeys": 0,
            "last_sign_in": null, "allowed_addresses": [],
        }));
        let active = patch(&mut admin, &id, json!({"active": true})).await.expect(200).json();
        assert_eq!(active["state"], "active");
        assert_eq!(admin.browser.get(&admin.user_path(route::ACCOUNT_USER, &id)).await.expect(200).json(), active);
    }

    async fn an_e_mail_that_is_in_the_account_already_is_a_conflict(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        add(&mut admin, BO).await.expect(201);
        add(&mut admin, "Bo@Example.com").await.expect_error(409, "conflict");
        add(&mut admin, ADA).await.expect_error(409, "conflict");
        portal.add_user("Bolt", "cy@example.com").await;
        add(&mut admin, "cy@example.com").await.expect(201);
        add(&mut admin, "cy@example.com").await.expect_error(409, "conflict");
    }

    async fn nothing_tells_whether_an_e_mail_is_a_user_of_another_account(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        portal.give_factor(&portal.add_user("Bolt", "cy@example.com").await, RFC_6238_SECRET).await;
        let (new, known) = (add(&mut admin, BO).await.expect(201), add(&mut admin, "cy@example.com").await.expect(201));
        assert_eq!(shape(&new), shape(&known));
        let ids = [&new, &known].map(|answer| answer.json()["id"].as_str().unwrap().to_owned());
        for body in [
            json!({"name": "New"}), json!({"active": true}), json!({"admin": true}), json!({"admin": false}),
            json!({"allowed_addresses": ["192.0.2.1"]}), json!({"email": "other@example.com"}), json!({"active": false}),
        ] {
            let [new, known] = [patch(&mut admin, &ids[0], body.clone()).await, patch(&mut admin, &ids[1], body.clone()).await];
            assert_eq!(new.status, known.status, "{body}");
            if new.status == 200 {
                assert_eq!(shape(&new), shape(&known), "{body}");
            } else {
                assert_eq!(new.json(), known.json(), "{body}");
            }
        }
        let page = list(&mut admin, "search=new").await;
        assert_eq!(emails(&page), [BO, "cy@example.com"]);
        for id in &ids {
            let reset = admin.user_path(route::ACCOUNT_USER_RESET, id);
            admin.browser.post(&reset, json!({})).await.expect_error(409, "no_second_factor");
            let user = admin.user_path(route::ACCOUNT_USER, id);
            admin.browser.delete(&user).await.expect(204);
            admin.browser.get(&user).await.expect_error(404, "not_found");
        }
        let cy = id_of(portal, "cy@example.com").await;
        assert!(portal.database.texts("select user_id from totp_factors").await.contains(&cy), "an invitation touches nobody");
        assert_eq!(portal.browser().sign_in("cy@example.com").await.expect(200).step(), "code");
    }

    async fn users_are_found_sorted_and_paged(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        for n in 0..12 {
            portal.add_user("Acme", &format!("user-{n:02}@example.com")).await;
        }
        portal.add_user("Bolt", "user-elsewhere@example.com").await;
        let page = list(&mut admin, "search=USER-&per_page=10").await;
        assert_eq!((&page["total"], &page["page"], &page["per_page"]), (&json!(12), &json!(1), &json!(10)));
        assert_eq!(emails(&page)[0], "user-00@example.com");
        assert_eq!(emails(&list(&mut admin, "search=user-&per_page=10&page=2").await), ["user-10@example.com", "user-11@example.com"]);
        assert_eq!(emails(&list(&mut admin, "sort=-email").await)[0], "user-11@example.com");
        assert_eq!(emails(&list(&mut admin, "sort=-two_factor").await)[0], ADA);
        assert_eq!(emails(&list(&mut admin, "sort=-last_sign_in").await)[0], ADA);
        for wildcard in ["%25", "_", "%5C"] {
            assert_eq!(list(&mut admin, &format!("search={wildcard}")).await["total"], 0, "{wildcard}");
        }
    }

    async fn a_query_that_is_wrong_is_refused_by_name(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        for (query, field) in [
            ("per_page=7", "per_page"), ("page=0", "page"), ("sort=password", "sort"), ("page=x", "query"), ("x=1", "query"),
            (&format!("search={}", "x".repeat(201)), "search"),
        ] {
            let path = format!("{}?{query}", admin.path(route::ACCOUNT_USERS));
            let answer = admin.browser.get(&path).await.expect_error(400, "malformed");
            assert_eq!(answer.json()["field"], field, "{query}");
        }
    }

    async fn r22_a_reset_ends_sessions_and_asks_for_set_up_again(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        portal.require_two_factor("Acme").await;
        let bo = portal.add_user("Acme", BO).await;
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        let mut session = portal.ticket(BO).await;
        session.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        portal.advance(30);
        let reset = admin.user_path(route::ACCOUNT_USER_RESET, &bo);
        assert_eq!(admin.browser.post(&reset, json!({})).await.expect(200).json(), json!({"set_up_code": null}));
        assert_eq!(session.step().await, "credentials");
        let mut browser = portal.browser();
        assert_eq!(browser.sign_in(BO).await.expect(200).step(), "set_up");
        browser.confirm(&portal.code(RFC_6238_KEY)).await.expect_error(401, "invalid_code");
        let events = admin.browser.get(&admin.path(route::ACCOUNT_EVENTS)).await.expect(200).json();
        assert_eq!((&events["items"][0]["what"], &events["items"][0]["subject"]), (&json!("two_factor_reset"), &json!(BO)));
    }

    async fn name_and_e_mail_of_a_person_in_two_accounts_are_out_of_reach(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", BO).await;
        portal.browser().sign_in(BO).await.expect(200);
        portal.join("Bolt", &bo).await;
        for body in [json!({"name": "Mallory"}), json!({"email": "mallory@example.com"})] {
            patch(&mut admin, &bo, body).await.expect_error(409, "shared_user");
        }
        let left = admin.user_path(route::ACCOUNT_USER, &bo);
        admin.browser.delete(&left).await.expect(204);
        let mut browser = portal.browser();
        assert_eq!(browser.sign_in(BO).await.expect(200).json()["accounts"][0]["name"], "Bolt");
    }

    async fn an_e_mail_changes_where_it_is_free_and_the_user_has_logged_in_before(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", BO).await;
        let answer = patch(&mut admin, &bo, json!({"email": "new@example.com"})).await;
        assert_eq!(answer.expect_error(400, "malformed").json()["field"], "email");
        portal.browser().sign_in(BO).await.expect(200);
        patch(&mut admin, &bo, json!({"email": ADA})).await.expect_error(409, "conflict");
        patch(&mut admin, &bo, json!({"email": "new@example.com"})).await.expect(200);
        portal.browser().sign_in("new@example.com").await.expect(200);
        portal.browser().sign_in(BO).await.expect_error(401, "invalid_credentials");
    }

    async fn a_change_of_several_things_is_made_whole_or_not_at_all(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let ada = admin.id.clone();
        let body = json!({"name": "New", "allowed_addresses": ["198.51.100.0/24"], "active": false});
        patch(&mut admin, &ada, body).await.expect_error(409, "last_administrator");
        let after = admin.browser.get(&admin.user_path(route::ACCOUNT_USER, &ada)).await.expect(200).json();
        assert_eq!((&after["name"], &after["allowed_addresses"]), (&json!(""), &json!([])));
        assert!(portal.database.texts("select what from events where actor <> ''").await.is_empty());
        let bo = portal.add_user("Acme", BO).await;
        let body = json!({"name": "Bo", "admin": true, "active": false});
        let after = patch(&mut admin, &bo, body).await.expect(200).json();
        assert_eq!((&after["name"], &after["admin"], &after["state"]), (&json!("Bo"), &json!(true), &json!("locked")));
    }

    async fn removing_from_the_only_account_deletes_the_person(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", BO).await;
        let mut session = portal.browser();
        session.sign_in(BO).await.expect(200);
        let path = admin.user_path(route::ACCOUNT_USER, &bo);
        admin.browser.delete(&path).await.expect(204);
        admin.browser.delete(&path).await.expect_error(404, "not_found");
        assert_eq!(session.step().await, "credentials");
        assert!(!portal.database.texts("select email from users").await.contains(&BO.to_owned()));
        add(&mut admin, BO).await.expect(201);
    }

    async fn the_last_active_administrator_stays(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let ada = admin.id.clone();
        let spare = portal.add_user("Acme", BO).await;
        portal.make_admin(&spare).await;
        portal.lock(BO).await;
        let path = admin.user_path(route::ACCOUNT_USER, &ada);
        patch(&mut admin, &ada, json!({"active": false})).await.expect_error(409, "last_administrator");
        patch(&mut admin, &ada, json!({"admin": false})).await.expect_error(409, "last_administrator");
        admin.browser.delete(&path).await.expect_error(409, "last_administrator");
        portal.unlock(BO).await;
        patch(&mut admin, &ada, json!({"admin": false})).await.expect(200);
        admin.browser.get(&path).await.expect_error(403, "forbidden");
    }

    async fn two_administrators_who_demote_each_other_at_once_leave_one(portal) {
        let (ada, bo) = (portal.admin("Acme", ADA).await, portal.admin("Acme", BO).await);
        let demotions = [(&ada, &bo), (&bo, &ada)].map(|(actor, target)| {
            let (mut browser, path) = (actor.browser.clone(), actor.user_path(route::ACCOUNT_USER, &target.id));
            async move { browser.patch(&path, json!({"admin": false})).await }
        });
        join_all(demotions).await;
        assert_eq!(portal.database.count("select count(*) from memberships where admin_since is not null").await, 1);
    }

    async fn an_administrator_of_one_account_reaches_nobody_of_another(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let stranger = portal.add_user("Bolt", BO).await;
        patch(&mut admin, &stranger, json!({"active": false})).await.expect_error(404, "not_found");
        let reset = admin.user_path(route::ACCOUNT_USER_RESET, &stranger);
        admin.browser.post(&reset, json!({})).await.expect_error(404, "not_found");
        portal.browser().sign_in(BO).await.expect(200);
    }

    async fn an_account_of_10_000_users_is_administered_like_a_small_one(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        portal.database.execute(
            "insert into users (id, email, name, password_hash, created_at)
             with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 10000)
             select 'user' || n, 'user' || n || '@example.com', 'User ' || n, '', 0 from numbers",
        ).await;
        portal.database.execute_with(
            "insert into memberships (account_id, user_id, created_at) select $1, id, 0 from users where id like 'user%'",
            &[&admin.account],
        ).await;
        roster::complete(&portal.state.db).await.unwrap();
        assert_eq!(list(&mut admin, "").await["total"], 10_001);
        assert_eq!(list(&mut admin, "per_page=100&page=101").await["items"].as_array().unwrap().len(), 1);
        assert_eq!(emails(&list(&mut admin, "search=user%209999").await), ["user9999@example.com"]);
        let many = list(&mut admin, "search=USER&sort=-name&page=2").await;
        assert_eq!((&many["total"], &emails(&many)[0]), (&json!(10_000), &"user9976@example.com".to_owned()));
        patch(&mut admin, "user9999", json!({"active": false})).await.expect(200);
        assert_eq!(emails(&list(&mut admin, "sort=-state").await)[0], "user9999@example.com");
        portal.give_factor("user5000", RFC_6238_SECRET).await;
        let reset = admin.user_path(route::ACCOUNT_USER_RESET, "user5000");
        admin.browser.post(&reset, json!({})).await.expect(200);
        let user = admin.user_path(route::ACCOUNT_USER, "user1");
        admin.browser.delete(&user).await.expect(204);
        add(&mut admin, BO).await.expect(201);
        assert_eq!(list(&mut admin, "").await["total"], 10_001);
    }

    async fn names_that_deceive_are_refused(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let path = admin.path(route::ACCOUNT_USERS);
        for name in ["a\u{202e}b", "a\nb", &"x".repeat(101)] {
            let answer = admin.browser.post(&path, json!({"email": BO, "name": name})).await;
            assert_eq!(answer.expect_error(400, "malformed").json()["field"], "name");
        }
    }

    async fn a_user_who_was_added_cannot_log_in_with_any_password(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let id = add(&mut admin, BO).await.expect(201).json()["id"].as_str().unwrap().to_owned();
        patch(&mut admin, &id, json!({"active": true})).await.expect(200);
        for password in ["", PASSWORD, BO] {
            portal.browser().sign_in_with(BO, password).await.expect_error(401, "invalid_credentials");
        }
    }
}
