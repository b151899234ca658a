//! Who may do what: every route of the document against everybody. A route without a row fails.

use axum::http::Method;
use postern_testkit::{Admin, Browser, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::json;

use crate::routes::all;

/// Something for each kind of person: the columns of the matrix.
#[derive(Clone, Copy)]
struct Everybody<T> {
    /// Without a session.
    nobody: T,
    /// A log-in that stands at the code.
    incomplete_log_in: T,
    /// A user of the account.
    user: T,
    /// An administrator of another account.
    admin_elsewhere: T,
    /// An administrator who has no second factor.
    admin_without_factor: T,
    /// An administrator whose code was shown just now.
    admin: T,
    /// An administrator whose code was shown long ago.
    admin_with_old_code: T,
}

impl<T> Everybody<T> {
    /// The columns from left to right, with their names.
    fn columns(self) -> [(&'static str, T); 7] {
        [
            ("nobody", self.nobody),
            ("an incomplete log-in", self.incomplete_log_in),
            ("a user", self.user),
            ("an administrator of another account", self.admin_elsewhere),
            ("an administrator without a second factor", self.admin_without_factor),
            ("an administrator", self.admin),
            ("an administrator with an old code", self.admin_with_old_code),
        ]
    }
}

/// The name of the error that each is answered, or [`ALLOWED`].
type Answers = Everybody<&'static str>;

/// An answer that is not about authority.
const ALLOWED: &str = "*";

impl Answers {
    /// Everybody is answered the same.
    const fn all(answer: &'static str) -> Self {
        Self {
            nobody: answer,
            incomplete_log_in: answer,
            user: answer,
            admin_elsewhere: answer,
            admin_without_factor: answer,
            admin: answer,
            admin_with_old_code: answer,
        }
    }

    /// Whoever is logged in is answered this.
    const fn signed_in(answer: &'static str) -> Self {
        Self { nobody: "session_expired", incomplete_log_in: "second_factor_required", ..Self::all(answer) }
    }

    /// The account's administrators are answered this.
    const fn admins(answer: &'static str) -> Self {
        Self { user: "forbidden", admin_elsewhere: "not_found", ..Self::signed_in(answer) }
    }
}

/// For everybody.
const OPEN: Answers = Answers::all(ALLOWED);
/// For whoever is logged in.
const SIGNED_IN: Answers = Answers::signed_in(ALLOWED);
/// For administrators of the account.
const ADMIN: Answers = Answers::admins(ALLOWED);
/// For those whose code is not old; whoever has no second factor needs none.
const ADMIN_WITH_FRESH_CODE: Answers = Answers { admin_with_old_code: "step_up_required", ..ADMIN };
/// For those who have shown a second factor a short while ago.
const ADMIN_WITH_FACTOR: Answers = Answers { admin_without_factor: "second_factor_required", ..ADMIN_WITH_FRESH_CODE };
/// For whoever is at another step of a log-in.
const OUT_OF_STEP: Answers = Answers { nobody: "session_expired", ..Answers::all("out_of_step") };
/// For trusted proxies alone. The answer is a status without a body.
const PROXIES: Answers = Answers::all("");
/// For whoever has a token that is not this one.
const UNKNOWN_LINK: Answers = Answers::all("not_found");

pub(crate) struct Row {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) body: &'static str,
    answers: Answers,
}

const fn get(path: &'static str, answers: Answers) -> Row {
    Row { method: Method::GET, path, body: "", answers }
}

const fn post(path: &'static str, body: &'static str, answers: Answers) -> Row {
    Row { method: Method::POST, path, body, answers }
}

const fn put(path: &'static str, body: &'static str, answers: Answers) -> Row {
    Row { method: Method::PUT, path, body, answers }
}

const fn patch(path: &'static str, body: &'static str, answers: Answers) -> Row {
    Row { method: Method::PATCH, path, body, answers }
}

const fn delete(path: &'static str, answers: Answers) -> Row {
    Row { method: Method::DELETE, path, body: "", answers }
}

const CODE: &str = r#"{"code":"000000"}"#;
const NO_CREDENTIAL: &str = r#"{"credential":{}}"#;

pub(crate) const ROWS: [Row; 78] = [
    get("/health/live", OPEN),
    get("/health/ready", OPEN),
    get("/api/forward-auth/nginx", PROXIES),
    get("/api/forward-auth/nginx-answer", PROXIES),
    get("/api/forward-auth/caddy", PROXIES),
    get("/api/forward-auth/traefik", PROXIES),
    get("/api/forward-auth/envoy/{path}", PROXIES),
    get(route::FLOW, OPEN),
    get("/api/probe", Answers::all("not_found")),
    post(route::SIGN_IN, r#"{"email":"x","password":"x"}"#, OPEN),
    post(route::SIGN_IN_CODE, CODE, Answers { incomplete_log_in: ALLOWED, ..OUT_OF_STEP }),
    post(
        route::SIGN_IN_RECOVERY,
        r#"{"recovery_code":"0000-0000-0000-0000"}"#,
        Answers { incomplete_log_in: "invalid_code", ..OUT_OF_STEP },
    ),
    post(route::SIGN_IN_PASSKEY_OPTIONS, "{}", Answers { incomplete_log_in: "no_passkey", ..OPEN }),
    post(route::SIGN_IN_PASSKEY, NO_CREDENTIAL, Answers::all("malformed")),
    post(route::SET_UP_PASSKEY_OPTIONS, "{}", OUT_OF_STEP),
    post(route::SET_UP_PASSKEY, NO_CREDENTIAL, Answers { incomplete_log_in: "malformed", ..OUT_OF_STEP }),
    post(route::STEP_UP_PASSKEY_OPTIONS, "{}", Answers::signed_in("no_passkey")),
    post(route::STEP_UP_PASSKEY, NO_CREDENTIAL, Answers::signed_in("malformed")),
    get(route::MY_PASSKEYS, SIGNED_IN),
    post(
        route::MY_PASSKEYS_OPTIONS,
        "{}",
        Answers {
            user: "malformed",
            admin_without_factor: "malformed",
            admin_with_old_code: "step_up_required",
            ..SIGNED_IN
        },
    ),
    post(
        route::MY_PASSKEYS,
        NO_CREDENTIAL,
        Answers { admin_with_old_code: "step_up_required", ..Answers::signed_in("malformed") },
    ),
    patch(
        "/api/me/passkeys/x",
        r#"{"name":"x"}"#,
        Answers { admin_with_old_code: "step_up_required", ..Answers::signed_in("not_found") },
    ),
    delete(
        "/api/me/passkeys/x",
        Answers { admin_with_old_code: "step_up_required", ..Answers::signed_in("not_found") },
    ),
    post(route::SET_UP_CONFIRM, CODE, Answers { incomplete_log_in: "forbidden", ..OUT_OF_STEP }),
    post(route::RECOVERY_CODES_SAVED, "{}", Answers::signed_in("out_of_step")),
    post(route::RECOVERY_CODES_DECLINE, "{}", Answers::signed_in("out_of_step")),
    post(route::SIGN_IN_NEW_PASSWORD, r#"{"new_password":"quiet harbour lamp anchor"}"#, OUT_OF_STEP),
    post(route::LINK, r#"{"token":"x"}"#, UNKNOWN_LINK),
    post(route::PASSWORD_RESET, r#"{"email":"x"}"#, OPEN),
    post(route::PASSWORD_RESET_CONFIRM, r#"{"token":"x","new_password":"quiet harbour lamp anchor"}"#, UNKNOWN_LINK),
    post(route::INVITATION_ACCEPT, r#"{"token":"x"}"#, UNKNOWN_LINK),
    post(route::FIRST_RUN, r#"{"token":"x","account":"x","email":"x@example.com","password":"x"}"#, UNKNOWN_LINK),
    post(
        route::STEP_UP,
        CODE,
        Answers { user: "second_factor_required", admin_without_factor: "second_factor_required", ..SIGNED_IN },
    ),
    post(route::MY_PASSWORD, r#"{"current_password":"x","new_password":"x"}"#, SIGNED_IN),
    get(route::MY_SESSIONS, SIGNED_IN),
    delete(route::MY_SESSIONS, SIGNED_IN),
    delete("/api/me/sessions/x", Answers::signed_in("not_found")),
    get(route::MY_CONSENTS, SIGNED_IN),
    delete("/api/me/consents/x", Answers::signed_in("not_found")),
    get(route::MY_AUTHENTICATOR, SIGNED_IN),
    post(
        route::MY_AUTHENTICATOR,
        r#"{"current_password":"x"}"#,
        Answers { admin_with_old_code: "step_up_required", ..Answers::signed_in("invalid_credentials") },
    ),
    post(
        route::MY_AUTHENTICATOR_CONFIRM,
        CODE,
        Answers { admin_with_old_code: "step_up_required", ..Answers::signed_in("out_of_step") },
    ),
    post(
        "/api/me/accounts/x/leave",
        "{}",
        Answers { admin_with_old_code: "step_up_required", ..Answers::signed_in("not_found") },
    ),
    get(route::MY_RECOVERY_CODES, SIGNED_IN),
    post(
        route::MY_RECOVERY_CODES,
        "{}",
        Answers {
            user: "second_factor_required",
            admin_without_factor: "second_factor_required",
            admin_with_old_code: "step_up_required",
            ..SIGNED_IN
        },
    ),
    get(route::MY_APPLICATIONS, SIGNED_IN),
    get("/api/applications/{application}/icon", Answers::signed_in("not_found")),
    get(route::ACCOUNT_SECURITY, ADMIN),
    put(route::ACCOUNT_SECURITY, "{}", ADMIN_WITH_FRESH_CODE),
    get(route::ACCOUNT_SECURITY_EFFECT, ADMIN),
    post(route::ACCOUNT_ADDRESSES_CONFIRM, "{}", Answers::admins("out_of_step")),
    get(route::ACCOUNT_USERS, ADMIN),
    post(route::ACCOUNT_USERS, "EMAIL", ADMIN),
    get(route::ACCOUNT_USER, ADMIN),
    patch(route::ACCOUNT_USER, r#"{"name":"New"}"#, ADMIN),
    patch(route::ACCOUNT_USER, r#"{"active":false}"#, ADMIN_WITH_FRESH_CODE),
    patch(route::ACCOUNT_USER, r#"{"allowed_addresses":["192.0.2.0/24"]}"#, ADMIN_WITH_FRESH_CODE),
    patch(route::ACCOUNT_USER, r#"{"admin":true}"#, ADMIN_WITH_FRESH_CODE),
    patch(
        route::ACCOUNT_USER,
        r#"{"email":"other@example.com"}"#,
        Answers { admin_with_old_code: "step_up_required", ..Answers::admins("malformed") },
    ),
    delete(route::ACCOUNT_USER, ADMIN_WITH_FRESH_CODE),
    post(
        route::ACCOUNT_USER_INVITE,
        "{}",
        Answers { admin_with_old_code: "step_up_required", ..Answers::admins("out_of_step") },
    ),
    post(route::ACCOUNT_USER_RESET, "{}", ADMIN_WITH_FACTOR),
    post(route::ACCOUNT_USER_SET_UP_CODE, "{}", Answers { admin: "out_of_step", ..ADMIN_WITH_FACTOR }),
    get(route::ACCOUNT_RESET_REQUESTS, ADMIN),
    post(route::ACCOUNT_RESET_APPROVE, "{}", Answers { admin: "not_found", ..ADMIN_WITH_FACTOR }),
    post(
        route::ACCOUNT_RESET_REFUSE,
        "{}",
        Answers { admin: "not_found", admin_without_factor: "not_found", ..ADMIN_WITH_FRESH_CODE },
    ),
    post(route::RESET_CANCEL, r#"{"token":"x"}"#, UNKNOWN_LINK),
    get(route::ACCOUNT_LOGIN_HISTORY, ADMIN),
    get(route::ACCOUNT_LOGIN_HISTORY_CSV, ADMIN),
    get(route::ACCOUNT_EVENTS, ADMIN),
    get(route::ACCOUNT_APPLICATIONS, ADMIN),
    put(
        route::ACCOUNT_APPLICATION_MEMBERS,
        r#"{"everyone":true,"users":[]}"#,
        Answers { admin_with_old_code: "step_up_required", ..Answers::admins("not_found") },
    ),
    post(
        route::ACCOUNT_APPLICATIONS_CHECK,
        r#"{"url":"https://wiki.example.com","method":"GET","user":"x"}"#,
        Answers::admins("malformed"),
    ),
    post(route::MY_ALARM_DISMISS, "{}", SIGNED_IN),
    post(route::ACCOUNT_USER_LOCKDOWN, r#"{"recovery_codes":true}"#, ADMIN_WITH_FACTOR),
    // The body is refused after everything else, so nobody's session ends.
    post(route::MY_LOCKDOWN, r#"{"recovery_codes":"x"}"#, Answers::signed_in("malformed")),
    // Last, because they end the sessions of the others.
    post(
        route::SIGN_IN_CANCEL,
        "{}",
        Answers { nobody: ALLOWED, incomplete_log_in: ALLOWED, ..Answers::all("out_of_step") },
    ),
    post(route::SIGN_OUT, "{}", OPEN),
];

/// The account's id, and a browser of each.
async fn everybody(portal: &Portal) -> (String, Everybody<Browser>) {
    let admin_with_old_code = portal.admin("Acme", "stale@example.com").await.browser;
    portal.advance(900);
    let Admin { browser: admin, account, .. } = portal.admin("Acme", "admin@example.com").await;
    let admin_elsewhere = portal.admin("Bolt", "other-admin@example.com").await.browser;
    portal.give_factor(&portal.add_user("Acme", "pending@example.com").await, RFC_6238_SECRET).await;
    let incomplete_log_in = portal.ticket("pending@example.com").await;
    portal.add_user("Acme", "user@example.com").await;
    let mut user = portal.browser();
    user.sign_in("user@example.com").await.expect(200);
    portal.make_admin(&portal.add_user("Acme", "bare-admin@example.com").await).await;
    let mut admin_without_factor = portal.browser();
    admin_without_factor.sign_in("bare-admin@example.com").await.expect(200);
    let everybody = Everybody {
        nobody: portal.browser(),
        incomplete_log_in,
        user,
        admin_elsewhere,
        admin_without_factor,
        admin,
        admin_with_old_code,
    };
    (account, everybody)
}

on_both_databases! {
    async fn every_route_answers_everybody_as_the_matrix_says(portal) {
        let (account, everybody) = everybody(portal).await;
        let browsers = everybody.columns();
        let mut number = 0;
        for Row { method, path, body, answers } in ROWS {
            for ((who, browser), (_, expected)) in browsers.iter().zip(answers.columns()) {
                number += 1;
                // A target of its own for each try.
                let target = portal.add_user("Acme", &format!("target-{number}@example.com")).await;
                let path = route::fill(path, &[&account, &target]);
                let body = match body {
                    "EMAIL" => json!({"email": format!("new-{number}@example.com")}).to_string(),
                    body => body.to_owned(),
                };
                let mut browser = browser.clone().with_header("if-match", "\"1\"");
                let answer = browser.send(method.clone(), &path, body).await;
                let refused = !answer.status.is_success();
                let error = if answer.body.is_empty() || !refused { String::new() } else {
                    answer.json()["error"].as_str().unwrap().to_owned()
                };
                if expected == ALLOWED {
                    let closed = ["session_expired", "second_factor_required", "forbidden", "step_up_required", "not_found"];
                    assert!(!closed.contains(&error.as_str()), "{method} {path} for {who}: {error}");
                } else {
                    assert!(refused, "{method} {path} for {who}");
                    assert_eq!(error, expected, "{method} {path} for {who}");
                }
                portal.database.execute("delete from attempts").await;
            }
        }
    }

    async fn a_route_without_a_row_is_a_fault(portal) {
        for (method, path) in all(portal).await {
            let has_row = ROWS.iter().any(|row| {
                method == row.method && (path == row.path || path == route::MY_SESSION && row.path.ends_with("/sessions/x")
                    || path == route::MY_PASSKEY && row.path.ends_with("/passkeys/x")
                    || path == route::MY_CONSENT && row.path.ends_with("/consents/x")
                    || path == route::MY_ACCOUNT_LEAVE && row.path.ends_with("/leave"))
            });
            assert!(has_row, "{method} {path} has no row in the matrix");
        }
    }

    async fn an_account_that_requires_a_second_factor_is_closed_to_a_session_that_has_shown_none(portal) {
        portal.make_admin(&portal.add_user("Acme", "bare@example.com").await).await;
        let mut bare = portal.browser();
        bare.sign_in("bare@example.com").await.expect(200);
        let users = route::fill(route::ACCOUNT_USERS, &[&portal.account_id("Acme").await]);
        bare.get(&users).await.expect(200);
        portal.require_two_factor("Acme").await;
        bare.get(&users).await.expect_error(403, "second_factor_required");
        assert_eq!(bare.step().await, "signed_in", "nobody is cut off in mid-session by the switch");
    }

    async fn a_step_up_makes_a_stale_session_fresh(portal) {
        let mut admin = portal.admin("Acme", "ada@example.com").await;
        let target = portal.add_user("Acme", "bo@example.com").await;
        portal.give_factor(&target, RFC_6238_SECRET).await;
        portal.advance(900);
        let reset = admin.user_path(route::ACCOUNT_USER_RESET, &target);
        admin.browser.post(&reset, json!({})).await.expect_error(403, "step_up_required");
        let code = portal.code(RFC_6238_KEY);
        admin.browser.post(route::STEP_UP, json!({"code": code})).await.expect(200);
        admin.browser.post(&reset, json!({})).await.expect(200);
        portal.advance(599);
        admin.browser.post(&reset, json!({})).await.expect_error(409, "no_second_factor");
        portal.advance(1);
        admin.browser.post(&reset, json!({})).await.expect_error(403, "step_up_required");
    }
}
