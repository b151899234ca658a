//! Finding and sorting the people of an account.

use postern_testkit::{ADA, Admin, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

async fn list(admin: &mut Admin, query: &str) -> Value {
    let path = format!("{}?{query}", admin.path(route::ACCOUNT_USERS));
    admin.browser.get(&path).await.expect(200).json()
}

async fn add(admin: &mut Admin, email: &str, name: &str) -> String {
    let path = admin.path(route::ACCOUNT_USERS);
    let answer = admin.browser.post(&path, json!({"email": email, "name": name})).await.expect(201).json();
    answer["id"].as_str().unwrap().to_owned()
}

/// The rows of the list, and what they have to be, as texts.
async fn rows(portal: &Portal) -> (Vec<String>, Vec<String>) {
    let key = "|| ' ' || r.locked || ' ' || r.two_factor || ' ' || r.last_sign_in_at || ' ' || r.name_folded";
    let is = format!("select r.account_id || r.member_id || r.email {key} from roster r order by 1");
    let ought = "select m.account_id || u.id || u.email || ' '
            || case when m.locked_at is null and u.locked_at is null then 0 else 1 end || ' '
            || case when u.two_factor_since is null then 0 else 1 end || ' ' || coalesce(m.last_sign_in_at, 0) || ' '
            || lower(u.name)
        from memberships m join users u on u.id = m.user_id
        union all select i.account_id || i.id || i.email || ' ' || case when i.active_since is null then 1 else 0 end
            || ' 0 0 ' || lower(i.name) from invitations i order by 1";
    (portal.database.texts(&is).await, portal.database.texts(ought).await)
}

on_both_databases! {
    async fn a_name_is_found_however_it_is_written(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        for (n, name) in ["Özlem Y.", "Червь", "Ärzte", "Σοφός", "Straße 7", "Ａｄａ"].into_iter().enumerate() {
            add(&mut admin, &format!("user{n}@example.com"), name).await;
        }
        for (typed, expected) in [
            ("Özlem", 0), ("ÖZLEM", 0), ("o\u{308}zlem", 0), ("Черв", 1), ("ЧЕРВЬ", 1), ("ÄRZTE", 2), ("ΣΟΦΌΣ", 3),
            ("σοφός", 3), ("σοφόσ", 3), ("STRASSE", 4), ("straße 7", 4), ("ADA", 5),
        ] {
            let typed_in_query: String = byte_serialize(typed.as_bytes()).collect();
            let page = list(&mut admin, &format!("search={typed_in_query}&sort=-email")).await;
            assert_eq!(page["items"][0]["email"], format!("user{expected}@example.com"), "{typed}");
        }
    }

    async fn every_page_in_every_order_is_a_part_of_the_whole(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        for n in 0..45 {
            let id = add(&mut admin, &format!("user{:02}@example.com", n * 7 % 45), &format!("Name {}", n % 9)).await;
            if n % 3 == 0 {
                let path = admin.user_path(route::ACCOUNT_USER, &id);
                admin.browser.patch(&path, json!({"active": true})).await.expect(200);
            }
        }
        for sort in ["email", "-email", "name", "-name", "state", "-state", "two_factor", "-two_factor", "last_sign_in", "-last_sign_in"] {
            for search in ["", "example"] {
                let query = |size: u32, page: u32| format!("sort={sort}&search={search}&per_page={size}&page={page}");
                let whole = list(&mut admin, &query(100, 1)).await["items"].as_array().unwrap().clone();
                assert_eq!(whole.len(), 46, "{sort}");
                let mut parts = Vec::new();
                for page in 1..=6 {
                    let part = list(&mut admin, &query(10, page)).await;
                    assert_eq!((&part["total"], &part["page"]), (&json!(46), &json!(page)));
                    parts.extend(part["items"].as_array().unwrap().clone());
                }
                assert_eq!(parts, whole, "{sort}, {search}");
            }
        }
    }

    async fn the_list_follows_everything_that_happens_to_people(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", "bo@example.com").await;
        portal.join("Bolt", &bo).await;
        portal.browser().sign_in("bo@example.com").await.expect(200);
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        portal.reset("bo@example.com").await;
        let cy = portal.add_user("Acme", "cy@example.com").await;
        portal.require_two_factor("Acme").await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up("cy@example.com").await;
        browser.confirm(&portal.code(&key)).await.expect(200);
        portal.advance(300);
        admin.browser.post(route::STEP_UP, json!({"code": portal.code(RFC_6238_KEY)})).await.expect(200);
        let invited = add(&mut admin, "dee@example.com", "Dee").await;
        for (user, body) in [
            (&bo, json!({"active": false})), (&cy, json!({"name": "CY", "email": "cy2@example.com"})),
            (&cy, json!({"active": false})), (&cy, json!({"active": true})),
            (&invited, json!({"name": "Dee D", "active": true})), (&invited, json!({"active": false})),
        ] {
            let path = admin.user_path(route::ACCOUNT_USER, user);
            admin.browser.patch(&path, body.clone()).await.expect(200);
            let (is, ought) = rows(portal).await;
            assert_eq!(is, ought, "{body}");
        }
        portal.lock("cy2@example.com").await;
        portal.advance(1);
        let path = admin.user_path(route::ACCOUNT_USER, &invited);
        admin.browser.delete(&path).await.expect(204);
        let (is, ought) = rows(portal).await;
        assert_eq!(is, ought);
        assert!(is.iter().any(|row| row.contains("cy2@example.com 1 1 ")), "{is:?}");
        portal.unlock("cy2@example.com").await;
        let path = admin.user_path(route::ACCOUNT_USER, &cy);
        admin.browser.delete(&path).await.expect(204);
        let (is, ought) = rows(portal).await;
        assert_eq!(is, ought);
    }
}
