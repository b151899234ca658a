//! Who may do what: every route of the document against everybody. A route without a row fails.

use axum::body::Body;
use postern_types::route;
use serde_json::json;

use crate::app::{Admin, S1, S1_KEY, TestApp};
use crate::browser::Browser;
use crate::on_both_databases;
use crate::routes::all;

/// What everybody is answered: nobody, a log-in that stands at the code, a user of the account, an administrator of another
/// account, an administrator without a second factor, an administrator, and one whose second factor was shown long ago.
/// `*` is for an answer that is not about authority.
type Row = (&'static str, &'static str, &'static str, [&'static str; 7]);

const OPEN: [&str; 7] = ["*"; 7];
const FULL: [&str; 7] = ["session_expired", "second_factor_required", "*", "*", "*", "*", "*"];
const ADMIN: [&str; 7] = ["session_expired", "second_factor_required", "forbidden", "not_found", "*", "*", "*"];
const FRESH: [&str; 7] =
    ["session_expired", "second_factor_required", "forbidden", "not_found", "*", "*", "step_up_required"];
const FACTOR: [&str; 7] = [
    "session_expired",
    "second_factor_required",
    "forbidden",
    "not_found",
    "second_factor_required",
    "*",
    "step_up_required",
];
/// For whoever is in the middle of a log-in only.
const PENDING: [&str; 7] =
    ["session_expired", "*", "out_of_step", "out_of_step", "out_of_step", "out_of_step", "out_of_step"];
const NEW_PASSWORD: [&str; 7] =
    ["session_expired", "out_of_step", "out_of_step", "out_of_step", "out_of_step", "out_of_step", "out_of_step"];

const ROWS: [Row; 37] = [
    ("GET", "/health/live", "", OPEN),
    ("GET", "/health/ready", "", OPEN),
    ("GET", route::FLOW, "", OPEN),
    ("POST", route::SIGN_IN, r#"{"email":"x","password":"x"}"#, OPEN),
    ("POST", route::SIGN_IN_CODE, r#"{"code":"000000"}"#, PENDING),
    (
        "POST",
        route::SET_UP_CONFIRM,
        r#"{"code":"000000"}"#,
        ["session_expired", "forbidden", "out_of_step", "out_of_step", "out_of_step", "out_of_step", "out_of_step"],
    ),
    ("POST", route::SIGN_IN_NEW_PASSWORD, r#"{"new_password":"quiet harbour lamp anchor"}"#, NEW_PASSWORD),
    ("POST", route::LINK, r#"{"token":"x"}"#, ["not_found"; 7]),
    ("POST", route::PASSWORD_RESET, r#"{"email":"x"}"#, OPEN),
    (
        "POST",
        route::PASSWORD_RESET_CONFIRM,
        r#"{"token":"x","new_password":"quiet harbour lamp anchor"}"#,
        ["not_found"; 7],
    ),
    ("POST", route::INVITATION_ACCEPT, r#"{"token":"x"}"#, ["not_found"; 7]),
    (
        "POST",
        route::FIRST_RUN,
        r#"{"token":"x","account":"x","email":"x@example.com","password":"x"}"#,
        ["not_found"; 7],
    ),
    (
        "POST",
        route::STEP_UP,
        r#"{"code":"000000"}"#,
        [
            "session_expired",
            "second_factor_required",
            "second_factor_required",
            "*",
            "second_factor_required",
            "*",
            "*",
        ],
    ),
    ("POST", route::MY_PASSWORD, r#"{"current_password":"x","new_password":"x"}"#, FULL),
    ("GET", route::MY_SESSIONS, "", FULL),
    ("DELETE", route::MY_SESSIONS, "", FULL),
    (
        "DELETE",
        "/api/me/sessions/x",
        "",
        ["session_expired", "second_factor_required", "not_found", "not_found", "not_found", "not_found", "not_found"],
    ),
    ("GET", route::MY_AUTHENTICATOR, "", FULL),
    (
        "POST",
        route::MY_AUTHENTICATOR,
        r#"{"current_password":"x"}"#,
        [
            "session_expired",
            "second_factor_required",
            "invalid_credentials",
            "invalid_credentials",
            "invalid_credentials",
            "invalid_credentials",
            "step_up_required",
        ],
    ),
    (
        "POST",
        route::MY_AUTHENTICATOR_CONFIRM,
        r#"{"code":"000000"}"#,
        [
            "session_expired",
            "second_factor_required",
            "out_of_step",
            "out_of_step",
            "out_of_step",
            "out_of_step",
            "step_up_required",
        ],
    ),
    ("GET", route::ACCOUNT_SECURITY, "", ADMIN),
    ("PUT", route::ACCOUNT_SECURITY, "{}", FRESH),
    ("GET", route::ACCOUNT_SECURITY_EFFECT, "", ADMIN),
    (
        "POST",
        route::ACCOUNT_ADDRESSES_CONFIRM,
        "{}",
        [
            "session_expired",
            "second_factor_required",
            "forbidden",
            "not_found",
            "out_of_step",
            "out_of_step",
            "out_of_step",
        ],
    ),
    ("GET", route::ACCOUNT_USERS, "", ADMIN),
    ("POST", route::ACCOUNT_USERS, "EMAIL", ADMIN),
    ("GET", route::ACCOUNT_USER, "", ADMIN),
    ("PATCH", route::ACCOUNT_USER, r#"{"name":"New","active":false}"#, ADMIN),
    ("PATCH", route::ACCOUNT_USER, r#"{"admin":true}"#, FRESH),
    (
        "PATCH",
        route::ACCOUNT_USER,
        r#"{"email":"other@example.com"}"#,
        [
            "session_expired",
            "second_factor_required",
            "forbidden",
            "not_found",
            "malformed",
            "malformed",
            "step_up_required",
        ],
    ),
    ("DELETE", route::ACCOUNT_USER, "", FRESH),
    ("POST", route::ACCOUNT_USER_RESET, "{}", FACTOR),
    ("GET", route::ACCOUNT_LOGIN_HISTORY, "", ADMIN),
    ("GET", route::ACCOUNT_LOGIN_HISTORY_CSV, "", ADMIN),
    ("GET", route::ACCOUNT_EVENTS, "", ADMIN),
    // Last, because they end the sessions of the others.
    (
        "POST",
        route::SIGN_IN_CANCEL,
        "{}",
        ["*", "*", "out_of_step", "out_of_step", "out_of_step", "out_of_step", "out_of_step"],
    ),
    ("POST", route::SIGN_OUT, "{}", OPEN),
];

/// Everybody, in the order of a row.
async fn everybody(app: &TestApp) -> (String, [Browser; 7]) {
    let stale = app.admin("Acme", "stale@example.com").await;
    app.advance(900);
    let Admin { browser: admin, account, .. } = app.admin("Acme", "admin@example.com").await;
    let other = app.admin("Bolt", "other-admin@example.com").await.browser;
    app.give_factor(&app.add_user("Acme", "pending@example.com").await, S1).await;
    let pending = app.ticket("pending@example.com").await;
    app.add_user("Acme", "user@example.com").await;
    let mut user = app.browser();
    user.sign_in("user@example.com").await.expect(200);
    app.make_admin(&app.add_user("Acme", "bare-admin@example.com").await).await;
    let mut bare = app.browser();
    bare.sign_in("bare-admin@example.com").await.expect(200);
    (account, [app.browser(), pending, user, other, bare, admin, stale.browser])
}

on_both_databases! {
    async fn every_route_answers_everybody_as_the_matrix_says(app) {
        let (account, everybody) = everybody(app).await;
        let mut number = 0;
        for (method, path, body, expected) in ROWS {
            for (browser, expected) in everybody.iter().zip(expected) {
                number += 1;
                // A target of its own for each try.
                let target = app.add_user("Acme", &format!("target-{number}@example.com")).await;
                let path = route::fill(path, &[&account, &target]);
                let body = match body {
                    "EMAIL" => json!({"email": format!("new-{number}@example.com")}).to_string(),
                    body => body.to_owned(),
                };
                let mut browser = browser.clone().with_header("if-match", "\"1\"");
                let answer = browser.send(method.parse().unwrap(), &path, Body::from(body)).await;
                let refused = !answer.status.is_success();
                let error = if refused { answer.json()["error"].as_str().unwrap().to_owned() } else { String::new() };
                if expected == "*" {
                    let closed = ["session_expired", "second_factor_required", "forbidden", "step_up_required", "not_found"];
                    assert!(!closed.contains(&error.as_str()), "{method} {path}: {error}");
                } else {
                    assert_eq!(error, expected, "{method} {path} (try {number})");
                }
                app.execute("delete from attempts").await;
            }
        }
    }

    async fn a_route_without_a_row_is_a_fault(app) {
        for (method, path) in all(app).await {
            let has_row = ROWS.iter().any(|(known, pattern, ..)| {
                method.as_str() == *known && (path == *pattern || path == route::MY_SESSION && pattern.ends_with("/sessions/x"))
            });
            assert!(has_row, "{method} {path} has no row in the matrix");
        }
    }

    async fn an_account_that_requires_a_second_factor_is_closed_to_a_session_that_has_shown_none(app) {
        app.make_admin(&app.add_user("Acme", "bare@example.com").await).await;
        let mut bare = app.browser();
        bare.sign_in("bare@example.com").await.expect(200);
        let users = route::fill(route::ACCOUNT_USERS, &[&app.account_id("Acme").await]);
        bare.get(&users).await.expect(200);
        app.require_two_factor("Acme").await;
        bare.get(&users).await.expect_error(403, "second_factor_required");
        assert_eq!(bare.step().await, "signed_in", "nobody is cut off in mid-session by the switch");
    }

    async fn a_step_up_makes_a_stale_session_fresh(app) {
        let mut admin = app.admin("Acme", "ada@example.com").await;
        let target = app.add_user("Acme", "bo@example.com").await;
        app.advance(900);
        let reset = admin.user_path(route::ACCOUNT_USER_RESET, &target);
        admin.browser.post(&reset, json!({})).await.expect_error(403, "step_up_required");
        let code = app.code(S1_KEY);
        admin.browser.post(route::STEP_UP, json!({"code": code})).await.expect(200);
        admin.browser.post(&reset, json!({})).await.expect(200);
        app.advance(599);
        admin.browser.post(&reset, json!({})).await.expect(200);
        app.advance(1);
        admin.browser.post(&reset, json!({})).await.expect_error(403, "step_up_required");
    }
}
