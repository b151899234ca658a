//! Every way in which a person loses standing, against everything by which they could come back: sessions and one-time links
//! (R27).

use axum::http::Method;
use postern::auth::token::Token;
use postern::store::links::Kind;
use postern_testkit::{Admin, Browser, PASSWORD, Portal, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::{Value, json};

/// How a person loses standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    OperatorLock,
    Lock,
    Removal,
    Leaving,
    RoleTaken,
    EmailChanged,
    PasswordChanged,
    Reset,
}

use Loss::{EmailChanged, Leaving, Lock, OperatorLock, PasswordChanged, Removal, Reset, RoleTaken};

/// What still works afterwards, of a person who administers another account too, or does not.
struct Row {
    loss: Loss,
    other_account: bool,
    session: bool,
    links: [(Kind, bool); 4],
}

const fn row(loss: Loss, other_account: bool, [session, password, break_glass, invitation]: [bool; 4]) -> Row {
    let links = [
        (Kind::Password, password),
        (Kind::FirstPassword, password),
        (Kind::BreakGlass, break_glass),
        // It is another account's, and belongs to the e-mail and not to the user.
        (Kind::Invitation, invitation),
    ];
    Row { loss, other_account, session, links }
}

/// The columns: session, links to a password, break-glass link, invitation.
const ROWS: [Row; 12] = [
    row(OperatorLock, false, [false, false, false, false]),
    row(OperatorLock, true, [false, false, false, false]),
    row(Lock, false, [false, false, false, true]),
    row(Lock, true, [true, true, true, true]),
    row(Removal, false, [false, false, false, true]),
    row(Removal, true, [true, true, true, true]),
    row(Leaving, false, [false, false, false, true]),
    row(Leaving, true, [true, true, true, true]),
    row(RoleTaken, false, [true, true, false, true]),
    row(EmailChanged, false, [true, false, false, true]),
    row(PasswordChanged, false, [false, false, false, true]),
    row(Reset, false, [false, true, true, true]),
];

/// An administrator beside the one who acts, with a session and a link of every kind.
struct Person {
    id: String,
    email: String,
    session: Browser,
    links: [(Kind, Token); 4],
}

impl Person {
    async fn new(portal: &Portal, email: String, account: &str, other_account: bool) -> Self {
        let id = portal.add_user(account, &email).await;
        if other_account {
            portal.join("Other", &id).await;
        }
        portal.make_admin(&id).await;
        let mut session = portal.browser();
        session.sign_in(&email).await.expect(200);
        let kinds = [Kind::Password, Kind::FirstPassword, Kind::BreakGlass, Kind::Invitation];
        let links = kinds.map(|kind| (kind, Token::random()));
        let invite = "insert into invitations (id, account_id, email, name, created_at, active_since)
            select $1, id, $1, '', 1, 1 from accounts where name = 'Inviting'";
        portal.database.execute_with(invite, &[&email]).await;
        for (kind, token) in &links {
            let is_invitation = *kind == Kind::Invitation;
            let (column, owner) = if is_invitation { ("invitation_id", &email) } else { ("user_id", &id) };
            let keep = format!(
                "insert into links (token_hash, kind, {column}, created_at, expires_at) values ($1, $2, $3, 1, 9000000000)"
            );
            portal.database.execute_with(&keep, &[token.hash().as_str(), kind.as_str(), owner]).await;
        }
        Self { id, email, session, links }
    }

    async fn lose(&self, loss: Loss, portal: &Portal, admin: &mut Admin) {
        let user = admin.user_path(route::ACCOUNT_USER, &self.id);
        let mut by_admin = async |method, path: &str, body: Value| {
            let answer = admin.browser.send(method, path, body.to_string()).await;
            assert!(answer.status.is_success(), "{loss:?}: {}", answer.text());
        };
        let nothing = json!({});
        match loss {
            OperatorLock => portal.lock(&self.email).await,
            Lock => by_admin(Method::PATCH, &user, json!({"active": false})).await,
            Removal => by_admin(Method::DELETE, &user, nothing).await,
            RoleTaken => by_admin(Method::PATCH, &user, json!({"admin": false})).await,
            EmailChanged => by_admin(Method::PATCH, &user, json!({"email": format!("new-{}", self.email)})).await,
            Reset => {
                portal.give_factor(&self.id, RFC_6238_SECRET).await;
                portal.reset(&self.email).await;
            }
            Leaving => {
                let leave = route::fill(route::MY_ACCOUNT_LEAVE, &[&admin.account]);
                self.session.clone().post(&leave, nothing).await.expect(200);
            }
            PasswordChanged => {
                let mut browser = portal.browser();
                browser.sign_in(&self.email).await.expect(200);
                let change = json!({"current_password": PASSWORD, "new_password": "quiet harbour lamp anchor"});
                browser.post(route::MY_PASSWORD, change).await.expect(200);
            }
        }
    }

    async fn works(&self, portal: &Portal, kind: Kind) -> bool {
        let (_, token) = self.links.iter().find(|(it, _)| *it == kind).unwrap();
        portal.browser().post(route::LINK, json!({"token": token.expose()})).await.status == 200
    }

    async fn has_session(&self) -> bool {
        self.session.clone().step().await == "signed_in"
    }
}

on_both_databases! {
    async fn r27_who_loses_standing_keeps_no_session_and_no_link_that_would_give_it_back(portal) {
        portal.add_user("Inviting", "inviting@example.com").await;
        for (number, row) in ROWS.into_iter().enumerate() {
            let (loss, shared) = (row.loss, row.other_account);
            let account = format!("Account {number}");
            let mut admin = portal.admin(&account, &format!("admin-{number}@example.com")).await;
            let person = Person::new(portal, format!("person-{number}@example.com"), &account, shared).await;
            person.lose(loss, portal, &mut admin).await;
            assert_eq!(person.has_session().await, row.session, "the session after {loss:?}, another account: {shared}");
            for (kind, works) in row.links {
                assert_eq!(person.works(portal, kind).await, works, "{kind:?} after {loss:?}, another account: {shared}");
            }
            if loss == OperatorLock {
                portal.unlock(&person.email).await;
            }
            if loss == Lock {
                let user = admin.user_path(route::ACCOUNT_USER, &person.id);
                admin.browser.patch(&user, json!({"active": true})).await.expect(200);
            }
            if matches!(loss, OperatorLock | Lock) {
                assert_eq!(person.has_session().await, row.session, "an unlock brings no session back");
                for (kind, works) in row.links {
                    // The account's unlock replaces the link to a first password.
                    let is_replaced = loss == Lock && kind == Kind::FirstPassword;
                    let works = works && !is_replaced || kind == Kind::Invitation;
                    assert_eq!(person.works(portal, kind).await, works, "{kind:?} after {loss:?} and an unlock");
                }
            }
        }
    }
}
