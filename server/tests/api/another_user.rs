//! Two tabs, two people: a page that was drawn for somebody who is no longer the one logged in may do nothing.

use axum::http::Method;
use postern_testkit::{Browser, Portal, RFC_6238_SECRET, on_both_databases};
use postern_types::{USER_HEADER, route};
use serde_json::json;

use crate::authorisation::{ROWS, Row};

/// Routes for whoever is not logged in: their pages are drawn for nobody, and they use no session.
const WITHOUT_SESSION: [&str; 6] = [
    route::SIGN_IN,
    route::LINK,
    route::PASSWORD_RESET,
    route::PASSWORD_RESET_CONFIRM,
    route::FIRST_RUN,
    route::RESET_CANCEL,
];

/// Every mutating route that a session has anything to do with.
fn mutating() -> impl Iterator<Item = Row> {
    ROWS.into_iter().filter(|row| row.method != Method::GET && !WITHOUT_SESSION.contains(&row.path))
}

/// What a request could have changed.
async fn everything(portal: &Portal) -> Vec<String> {
    let mut all = Vec::new();
    for statement in [
        "select key || failures from attempts order by key",
        "select id || token_hash || last_seen_at from sessions order by id",
        "select id || email || password_hash from users order by id",
        "select user_id || coalesce(locked_at, 0) || coalesce(admin_since, 0) from memberships order by user_id",
        "select result from login_history order by id",
        "select what from events order by id",
    ] {
        all.extend(portal.database.texts(statement).await);
    }
    all
}

/// The browser, in a tab that was drawn for this user.
fn tab_of(user_id: &str, browser: &Browser) -> Browser {
    browser.clone().with_header(USER_HEADER, user_id).with_header("if-match", "\"1\"")
}

on_both_databases! {
    async fn a_page_of_another_user_changes_nothing_on_any_route(portal) {
        let ada = portal.admin("Acme", "ada@example.com").await;
        let bo = portal.admin("Acme", "bo@example.com").await;
        portal.give_factor(&portal.add_user("Acme", "cy@example.com").await, RFC_6238_SECRET).await;
        let pending = portal.ticket("cy@example.com").await;
        let before = everything(portal).await;
        portal.advance(120);
        for Row { method, path, body, .. } in mutating() {
            let path = route::fill(path, &[&bo.account, &ada.id]);
            for (browser, email) in [(&bo.browser, "bo@example.com"), (&pending, "cy@example.com")] {
                let answer = tab_of(&ada.id, browser).send(method.clone(), &path, body).await;
                assert_eq!(answer.expect_error(409, "another_user").json()["email"], email, "{method} {path}");
            }
        }
        assert_eq!(everything(portal).await, before, "not even counted");
    }

    async fn the_users_own_page_and_a_program_are_served_as_ever(portal) {
        let bo = portal.admin("Acme", "bo@example.com").await;
        for mut browser in [tab_of(&bo.id, &bo.browser), bo.browser.clone()] {
            browser.post(route::MY_PASSWORD, json!({"current_password": "x", "new_password": "x"})).await.expect(401);
        }
        tab_of(&bo.id, &bo.browser).sign_out().await.expect(200);
        assert_eq!(tab_of("somebody", &bo.browser).sign_out().await.expect(200).step(), "credentials", "nobody is left");
    }

    async fn a_step_says_for_whom_it_is(portal) {
        let bo = portal.add_user("Acme", "bo@example.com").await;
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        let mut browser = portal.browser();
        assert_eq!(browser.flow().await.headers[USER_HEADER], "");
        assert_eq!(browser.sign_in("bo@example.com").await.headers[USER_HEADER], bo.as_str());
        assert_eq!(browser.flow().await.headers[USER_HEADER], bo.as_str());
        assert_eq!(browser.cancel().await.headers[USER_HEADER], "");
    }
}
