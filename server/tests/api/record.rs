//! What the record says: every route that changes something has a row here, and writes what the row says.

use axum::http::Method;
use postern::auth::token::Token;
use postern::store::links;
use postern::store::transactions;
use postern_testkit::{Admin, Browser, PASSWORD, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use postern_types::{Email, Outcome, What, route};
use serde_json::{Value, json};

use crate::oidc_consents::agreed;
use crate::passkeys_prepared;
use crate::routes::mutating;

const NEW: &str = "quiet harbour lamp anchor";

/// What a route writes when it does what it is for.
pub(crate) enum Written {
    /// Events and results.
    Rows(&'static [What], &'static [Outcome]),
    /// Nothing, for this reason.
    Nothing(&'static str),
}

use Written::{Nothing, Rows};

/// The list of what is recorded. A route that is missing fails.
fn written(method: &Method, path: &str) -> Written {
    match (method.as_str(), path) {
        ("POST", route::SIGN_IN | route::SIGN_IN_CODE) => Rows(&[], &[Outcome::SignedIn]),
        ("POST", route::SIGN_IN_RECOVERY) => Rows(&[What::RecoveryCodeUsed], &[Outcome::SignedIn]),
        _ if path.contains("/passkey") => passkeys_prepared::written(method, path),
        ("POST", route::SET_UP_CONFIRM) => Rows(&[What::RecoveryCodesMade], &[Outcome::SetUp]),
        ("POST", route::MY_RECOVERY_CODES) => Rows(&[What::RecoveryCodesMade], &[]),
        ("POST", route::RECOVERY_CODES_SAVED) => Nothing("the codes were recorded when they were shown"),
        ("POST", route::RECOVERY_CODES_DECLINE) => Rows(&[What::RecoveryCodesDeclined], &[]),
        ("POST", route::SIGN_IN_NEW_PASSWORD | route::MY_PASSWORD) => {
            Rows(&[What::PasswordChanged], &[Outcome::PasswordChanged])
        }
        ("POST", route::PASSWORD_RESET_CONFIRM) => {
            Rows(&[What::PasswordChanged], &[Outcome::PasswordChanged, Outcome::SignedIn])
        }
        ("POST", route::INVITATION_ACCEPT) => Rows(&[What::InvitationAccepted], &[]),
        ("POST", route::FIRST_RUN) => {
            Rows(&[What::AccountAdded, What::AdminGranted, What::UserAdded], &[Outcome::NextFactor])
        }
        ("POST", route::STEP_UP) => Rows(&[], &[Outcome::SteppedUp]),
        ("DELETE", route::MY_SESSIONS | route::MY_SESSION) => Rows(&[What::OwnSessionsEnded], &[]),
        ("DELETE", route::MY_CONSENT) => Rows(&[What::ConsentTakenBack], &[]),
        ("POST", route::MY_AUTHENTICATOR_CONFIRM) => Rows(&[What::RecoveryCodesMade], &[Outcome::Replaced]),
        ("POST", route::MY_ACCOUNT_LEAVE) => Rows(&[What::UserLeft], &[]),
        ("POST", route::MY_LOCKDOWN | route::ACCOUNT_USER_LOCKDOWN) => Rows(&[What::LockedDown], &[]),
        ("PUT", route::ACCOUNT_SECURITY) => {
            let changed = &[
                What::AddressesChanged,
                What::PasskeyPolicyChanged,
                What::PasswordExpiryChanged,
                What::ResetPolicyChanged,
                What::TwoFactorRequired,
            ];
            Rows(changed, &[])
        }
        ("POST", route::ACCOUNT_ADDRESSES_CONFIRM) => Rows(&[What::AddressesConfirmed], &[]),
        ("POST", route::ACCOUNT_USERS) => Rows(&[What::AdminGranted, What::UserAdded], &[]),
        ("PATCH", route::ACCOUNT_USER) => {
            Rows(&[What::AdminGranted, What::UserAddressesChanged, What::UserChanged, What::UserLocked], &[])
        }
        ("DELETE", route::ACCOUNT_USER) => Rows(&[What::UserRemoved], &[]),
        ("POST", route::ACCOUNT_USER_INVITE) => Rows(&[What::InvitedAgain], &[]),
        ("POST", route::ACCOUNT_USER_RESET) => Rows(&[What::TwoFactorReset], &[]),
        ("POST", route::ACCOUNT_USER_SET_UP_CODE) => Rows(&[What::SetUpCodeMade], &[]),
        ("POST", route::ACCOUNT_RESET_APPROVE) => Rows(&[What::ResetApproved, What::TwoFactorReset], &[]),
        ("POST", route::ACCOUNT_RESET_REFUSE) => Rows(&[What::ResetRefused], &[]),
        ("POST", route::RESET_CANCEL) => Rows(&[What::ResetCancelled], &[]),
        ("PUT", route::ACCOUNT_APPLICATION_MEMBERS) => Rows(&[What::ApplicationMembersChanged], &[]),
        ("POST", route::ACCOUNT_APPLICATIONS_CHECK) => Nothing("the request is only thought of"),
        ("POST", route::LINK) => Nothing("asking what a link is for changes nothing"),
        ("POST", route::PASSWORD_RESET) => Nothing("anybody may ask, and only the use of the link changes something"),
        ("POST", route::SIGN_IN_CANCEL) => Nothing("nobody was logged in"),
        ("POST", route::MY_ALARM_DISMISS) => Nothing("what it hides was recorded when it happened"),
        ("POST", route::SIGN_OUT) => Nothing("it takes away what its own browser had, as deleting the cookie does"),
        ("POST", route::MY_AUTHENTICATOR) => Nothing("the new app counts for nothing until its code is confirmed"),
        _ => panic!("what does {method} {path} record?"),
    }
}

/// A request that does what its route is for.
pub(crate) struct Prepared {
    pub(crate) browser: Browser,
    pub(crate) path: String,
    pub(crate) body: Value,
}

/// The people of one row, in an account of their own.
struct Scene<'a> {
    portal: &'a Portal,
    admin: Admin,
    /// User name of a user who is not an administrator.
    email: String,
    /// Id of that user.
    id: String,
}

impl<'a> Scene<'a> {
    async fn new(portal: &'a Portal, number: usize) -> Self {
        let account = format!("Account {number}");
        let admin = portal.admin(&account, &format!("admin-{number}@example.com")).await;
        let email = format!("user-{number}@example.com");
        let id = portal.add_user(&account, &email).await;
        Self { portal, admin, email, id }
    }

    async fn user(&self) -> Browser {
        let mut browser = self.portal.browser();
        browser.sign_in(&self.email).await.expect(200);
        browser
    }

    fn of_user(&self, browser: Browser, path: &str, body: Value) -> Prepared {
        Prepared { browser, path: route::fill(path, &[&self.admin.account]), body }
    }

    fn of_admin(self, path: &str, body: Value) -> Prepared {
        Prepared { path: self.admin.user_path(path, &self.id), browser: self.admin.browser, body }
    }

    async fn link(&self) -> Value {
        let token = Token::random();
        let email = Email::parse(&self.email).unwrap();
        let db = &self.portal.state.db;
        assert!(transactions::issue_password_link(db, &email, &token.hash(), self.portal.now()).await.unwrap());
        json!({"token": token.expose(), "new_password": NEW})
    }

    /// Lets another administrator ask to reset the user's second factor, which this one has to approve; returns the request's id.
    async fn request(&self, delay_h: i64) -> String {
        let name = format!("select name from accounts where id = '{}'", self.admin.account);
        let account = self.portal.database.texts(&name).await;
        let mut other = self.portal.admin(&account[0], &format!("other-{}", self.email)).await;
        self.portal.give_factor(&self.id, RFC_6238_SECRET).await;
        self.portal.reset_policy(&self.admin.account, false, true, delay_h).await;
        let path = other.user_path(route::ACCOUNT_USER_RESET, &self.id);
        let answer = other.browser.post(&path, json!({})).await.expect(202).json();
        answer["request"]["id"].as_str().unwrap().to_owned()
    }

    /// Adds an application of the account; returns its id.
    async fn application(&self) -> String {
        let name = format!("select name from accounts where id = '{}'", self.admin.account);
        let account = self.portal.database.texts(&name).await;
        let url = format!("https://wiki-{}.example.com", self.id);
        let application = self.portal.application(&account[0], &format!("Wiki {}", self.id), &url, &[]);
        self.portal.add_application(&application).await
    }

    /// Invites somebody; returns the path of the entry, and the token of the link.
    async fn invite(&mut self, email: &str) -> (String, Token) {
        let path = self.admin.path(route::ACCOUNT_USERS);
        let entry = self.admin.browser.post(&path, json!({"email": email})).await.expect(201).json();
        let id = entry["id"].as_str().unwrap();
        let path = self.admin.user_path(route::ACCOUNT_USER, id);
        self.admin.browser.patch(&path, json!({"active": true})).await.expect(200);
        let token = Token::random();
        let replace = "update links set token_hash = $1 where invitation_id = $2";
        self.portal.database.execute_with(replace, &[token.hash().as_str(), id]).await;
        (id.to_owned(), token)
    }
}

/// Everything before the request that is looked at.
pub(crate) async fn prepare(portal: &Portal, number: usize, method: &Method, path: &str) -> Prepared {
    if path == route::FIRST_RUN {
        let token = Token::random();
        links::keep_first_run(&portal.state.db, &token.hash(), portal.now()).await.unwrap();
        let body = json!({"token": token.expose(), "account": "First", "email": "first@example.com", "password": NEW});
        return Prepared { browser: portal.browser(), path: path.to_owned(), body };
    }
    let scene = Scene::new(portal, number).await;
    let nothing = json!({});
    match (method.as_str(), path) {
        ("POST", route::SIGN_IN) => {
            let body = json!({"email": scene.email, "password": PASSWORD});
            scene.of_user(portal.browser(), path, body)
        }
        ("POST", route::SIGN_IN_CODE | route::SIGN_IN_CANCEL) => {
            portal.give_factor(&scene.id, RFC_6238_SECRET).await;
            let ticket = portal.ticket(&scene.email).await;
            let body = if path == route::SIGN_IN_CODE { json!({"code": portal.code(RFC_6238_KEY)}) } else { nothing };
            scene.of_user(ticket, path, body)
        }
        ("POST", route::SET_UP_CONFIRM) => {
            portal.require_two_factor(&format!("Account {number}")).await;
            let mut browser = portal.browser();
            let key = browser.begin_set_up(&scene.email).await;
            scene.of_user(browser, path, json!({"code": portal.code(&key)}))
        }
        ("POST", route::SIGN_IN_RECOVERY | route::RECOVERY_CODES_SAVED | route::RECOVERY_CODES_DECLINE) => {
            prepare_recovery_codes(&scene, path).await
        }
        ("POST", route::SIGN_IN_NEW_PASSWORD) => {
            let temporary = "update users set password_temporary_since = 1 where id = $1";
            portal.database.execute_with(temporary, &[&scene.id]).await;
            let browser = scene.user().await;
            scene.of_user(browser, path, json!({"new_password": NEW}))
        }
        ("POST", route::LINK) => {
            let token = scene.link().await["token"].clone();
            scene.of_user(portal.browser(), path, json!({"token": token}))
        }
        ("POST", route::PASSWORD_RESET) => {
            let body = json!({"email": scene.email});
            scene.of_user(portal.browser(), path, body)
        }
        ("POST", route::PASSWORD_RESET_CONFIRM) => {
            let body = scene.link().await;
            scene.of_user(portal.browser(), path, body)
        }
        ("POST", route::RESET_CANCEL) => {
            let id = scene.request(24).await;
            let token = Token::random();
            let replace = "update reset_requests set cancel_hash = $1 where id = $2";
            portal.database.execute_with(replace, &[token.hash().as_str(), &id]).await;
            scene.of_user(portal.browser(), path, json!({"token": token.expose()}))
        }
        ("POST", route::INVITATION_ACCEPT) => prepare_invitation(portal, scene, path).await,
        _ if path.contains("/passkey") => passkeys_prepared::prepare(portal, number, &scene.email, method, path).await,
        _ if path.starts_with("/api/accounts/") => prepare_administration(scene, method, path).await,
        _ => prepare_own(scene, method, path).await,
    }
}

async fn prepare_own(scene: Scene<'_>, method: &Method, path: &str) -> Prepared {
    let portal = scene.portal;
    match (method.as_str(), path) {
        ("POST", route::STEP_UP) => {
            let browser = scene.admin.browser.clone();
            scene.of_user(browser, path, json!({"code": portal.code(RFC_6238_KEY)}))
        }
        ("POST", route::MY_RECOVERY_CODES) => {
            let browser = scene.admin.browser.clone();
            scene.of_user(browser, path, json!({}))
        }
        ("POST", route::MY_PASSWORD) => {
            let browser = scene.user().await;
            scene.of_user(browser, path, json!({"current_password": PASSWORD, "new_password": NEW}))
        }
        ("DELETE", route::MY_SESSIONS) => {
            let browser = scene.user().await;
            scene.user().await;
            scene.of_user(browser, path, json!({}))
        }
        ("POST", route::MY_LOCKDOWN) => {
            let browser = scene.user().await;
            scene.of_user(browser, path, json!({"recovery_codes": true}))
        }
        ("POST", route::SIGN_OUT | route::MY_ACCOUNT_LEAVE | route::MY_ALARM_DISMISS) => {
            let browser = scene.user().await;
            scene.of_user(browser, path, json!({}))
        }
        ("DELETE", route::MY_SESSION) => {
            let mut browser = scene.user().await;
            let sessions = browser.get(route::MY_SESSIONS).await.expect(200).json();
            let path = route::fill(path, &[sessions[0]["id"].as_str().unwrap()]);
            scene.of_user(browser, &path, json!({}))
        }
        ("DELETE", route::MY_CONSENT) => {
            let client_id = agreed(portal, &scene.id).await;
            scene.of_user(scene.user().await, &route::fill(path, &[&client_id]), json!({}))
        }
        ("POST", route::MY_AUTHENTICATOR) => {
            let browser = scene.user().await;
            scene.of_user(browser, path, json!({"current_password": PASSWORD}))
        }
        ("POST", route::MY_AUTHENTICATOR_CONFIRM) => {
            let mut browser = scene.user().await;
            let begin = json!({"current_password": PASSWORD});
            let key = browser.post(route::MY_AUTHENTICATOR, begin).await.expect(200).security_key();
            scene.of_user(browser, path, json!({"code": portal.code(&key)}))
        }
        _ => panic!("what does {method} {path} need?"),
    }
}

async fn prepare_recovery_codes(scene: &Scene<'_>, path: &str) -> Prepared {
    let portal = scene.portal;
    portal.give_factor(&scene.id, RFC_6238_SECRET).await;
    let unsettle = "update users set recovery_codes_settled_at = null where id = $1";
    portal.database.execute_with(unsettle, &[&scene.id]).await;
    let mut browser = portal.ticket(&scene.email).await;
    let shown = browser.code(&portal.code(RFC_6238_KEY)).await.expect(200);
    if path != route::SIGN_IN_RECOVERY {
        return scene.of_user(browser, path, json!({}));
    }
    let body = json!({"recovery_code": shown.recovery_codes()[0]});
    scene.of_user(portal.ticket(&scene.email).await, path, body)
}

async fn prepare_invitation(portal: &Portal, mut scene: Scene<'_>, path: &str) -> Prepared {
    let cy = format!("cy-{}", scene.email);
    portal.add_user("Elsewhere", &cy).await;
    let (_, token) = scene.invite(&cy).await;
    scene.of_user(portal.browser(), path, json!({"token": token.expose()}))
}

async fn prepare_administration(mut scene: Scene<'_>, method: &Method, path: &str) -> Prepared {
    let addresses = json!({"allowed": ["198.51.100.0/24"]});
    match (method.as_str(), path) {
        ("PUT", route::ACCOUNT_SECURITY) => {
            let reset = json!({"set_up_code": false, "second_administrator": true, "delay_h": 0});
            let policy = json!({
                "two_factor": {"required": true}, "password": {"max_age_days": 90}, "addresses": addresses, "reset": reset,
                "passkeys": "second_factor",
            });
            scene.admin.browser = scene.admin.browser.with_header("if-match", "\"1\"");
            scene.of_admin(path, policy)
        }
        ("POST", route::ACCOUNT_ADDRESSES_CONFIRM) => {
            let settings = scene.admin.path(route::ACCOUNT_SECURITY);
            scene.admin.browser.put(&settings, "\"1\"", json!({"addresses": addresses})).await.expect(200);
            scene.of_admin(path, json!({}))
        }
        ("POST", route::ACCOUNT_USERS) => scene.of_admin(path, json!({"email": "new@example.com", "admin": true})),
        ("PATCH", route::ACCOUNT_USER) => {
            let change = json!({"name": "New", "admin": true, "allowed_addresses": ["192.0.2.1"], "active": false});
            scene.of_admin(path, change)
        }
        ("PUT", route::ACCOUNT_APPLICATION_MEMBERS) => {
            let application = scene.application().await;
            scene.admin.browser = scene.admin.browser.with_header("if-match", "\"1\"");
            let body = json!({"everyone": false, "users": [scene.id]});
            let path = scene.admin.user_path(path, &application);
            Prepared { browser: scene.admin.browser, path, body }
        }
        ("POST", route::ACCOUNT_APPLICATIONS_CHECK) => {
            scene.application().await;
            let url = format!("https://wiki-{}.example.com/", scene.id);
            let body = json!({"url": url, "method": "GET", "user": scene.id});
            scene.of_admin(path, body)
        }
        ("POST", route::ACCOUNT_USER_INVITE) => {
            (scene.id, _) = scene.invite("dee@example.com").await;
            scene.of_admin(path, json!({}))
        }
        ("POST", route::ACCOUNT_USER_SET_UP_CODE) => {
            scene.portal.reset_policy(&scene.admin.account, true, false, 0).await;
            scene.of_admin(path, json!({}))
        }
        ("POST", route::ACCOUNT_RESET_APPROVE | route::ACCOUNT_RESET_REFUSE) => {
            scene.id = scene.request(0).await;
            scene.of_admin(path, json!({}))
        }
        ("POST", route::ACCOUNT_USER_LOCKDOWN) => scene.of_admin(path, json!({"recovery_codes": true})),
        ("POST", route::ACCOUNT_USER_RESET) => {
            scene.portal.give_factor(&scene.id, RFC_6238_SECRET).await;
            scene.of_admin(path, json!({}))
        }
        _ => scene.of_admin(path, json!({})),
    }
}

/// Everything that is recorded, with its id.
async fn recorded(portal: &Portal) -> Vec<String> {
    let sql = "select what || ' ' || id from events union all select result || ' ' || id from login_history order by 1";
    portal.database.texts(sql).await
}

on_both_databases! {
    async fn every_route_that_changes_something_is_recorded_as_the_list_says(portal) {
        let mut routes = mutating(portal).await;
        // There is no first run once there is an account.
        routes.sort_by_key(|(_, path)| path != route::FIRST_RUN);
        for (number, (method, path)) in routes.into_iter().enumerate() {
            let Prepared { mut browser, path: filled, body } = prepare(portal, number, &method, &path).await;
            let before = recorded(portal).await;
            let answer = browser.send(method.clone(), &filled, body.to_string()).await;
            assert!(answer.status.is_success(), "{method} {path}: {}", answer.text());
            let new = recorded(portal).await.into_iter().filter(|row| !before.contains(row));
            let mut new: Vec<String> = new.map(|row| row.split(' ').next().unwrap().to_owned()).collect();
            let mut expected: Vec<&str> = match written(&method, &path) {
                Rows(events, results) => {
                    events.iter().map(|what| what.as_str()).chain(results.iter().map(|result| result.as_str())).collect()
                }
                Nothing(why) => {
                    assert!(new.is_empty(), "{method} {path}: {why}, and yet {new:?} was recorded");
                    continue;
                }
            };
            new.sort();
            expected.sort_unstable();
            assert_eq!(new, expected, "{method} {path}");
        }
    }
}
