//! Accounts and users of a portal in this process, and the operator's commands.

use postern::auth::associated_data::AssociatedData;
use postern::auth::cipher::Sealed;
use postern::auth::password::PasswordHash;
use postern::display_name::DisplayName;
use postern::ids::{AccountId, UserId};
use postern::mail::Mail;
use postern::store::events::Act;
use postern::store::roster;
use postern::store::transactions::{self, Added, Reset};
use postern::store::users::NewUser;
use postern_types::{Email, Password, route};

use crate::browser::Browser;
use crate::portal::Portal;
use crate::{ACCOUNT, PASSWORD, RFC_6238_KEY, RFC_6238_SECRET};

/// An administrator who is logged in.
#[derive(Debug)]
pub struct Admin {
    /// The administrator's browser.
    pub browser: Browser,
    /// Id of the user.
    pub id: String,
    /// Id of the account.
    pub account: String,
}

impl Admin {
    /// A path of the account.
    #[must_use]
    pub fn path(&self, path: &str) -> String {
        route::fill(path, &[&self.account])
    }

    /// A path of one of the account's users.
    #[must_use]
    pub fn user_path(&self, path: &str, user_id: &str) -> String {
        route::fill(path, &[&self.account, user_id])
    }
}

impl Portal {
    /// Adds an active user, and the account if it does not exist; returns the user's id.
    pub async fn add_user(&self, account: &str, email: &str) -> String {
        self.add_user_with_password(account, email, PASSWORD).await
    }

    /// The same, with another password.
    pub async fn add_user_with_password(&self, account: &str, email: &str, password: &str) -> String {
        self.add_account(account).await;
        let id = UserId::random();
        assert_eq!(self.try_to_add_user(&id, account, email, password).await, Added::Yes);
        id.to_string()
    }

    /// What `postern user add --active --password-stdin` does.
    pub async fn try_to_add_user(&self, id: &UserId, account: &str, email: &str, password: &str) -> Added {
        let user = NewUser {
            id,
            email: &Email::parse(email).unwrap(),
            name: &DisplayName::parse("").unwrap(),
            active: true,
            password_hash: &self.state.hasher.hash(&Password::new(password.to_owned())).unwrap(),
            temporary: false,
        };
        transactions::add_user(&self.state.db, &self.operator(), account, false, &user).await.unwrap()
    }

    /// The operator, now, for events.
    #[must_use]
    pub fn operator(&self) -> Act<'static> {
        Act::of_operator(self.now())
    }

    /// Adds an account, unless there is one with this name.
    async fn add_account(&self, name: &str) {
        let name = DisplayName::parse(name).unwrap();
        transactions::add_account(&self.state.db, &self.operator(), &AccountId::random(), &name).await.unwrap();
    }

    /// The id of an account.
    pub async fn account_id(&self, name: &str) -> String {
        let names = self.database.texts("select name from accounts order by id").await;
        let ids = self.database.texts("select id from accounts order by id").await;
        names.into_iter().zip(ids).find(|(it, _)| it == name).unwrap().1
    }

    /// Requires a second factor in an account.
    pub async fn require_two_factor(&self, account: &str) {
        let act = self.operator();
        assert!(transactions::require_two_factor(&self.state.db, &act, account, true).await.unwrap());
    }

    /// Sets what a reset of a second factor needs in an account.
    pub async fn reset_policy(&self, account_id: &str, set_up_code: bool, second_administrator: bool, delay_h: i64) {
        let since = |on: bool| if on { "1" } else { "null" };
        let (code, approval) = (since(set_up_code), since(second_administrator));
        let sql = format!(
            "update accounts set reset_set_up_code_since = {code}, reset_approval_since = {approval}, reset_delay_h = {delay_h}
            where id = $1"
        );
        self.database.execute_with(&sql, &[account_id]).await;
    }

    /// Adds a user of an account that requires a second factor.
    pub async fn add_user_who_needs_a_factor(&self, email: &str) -> String {
        let id = self.add_user(ACCOUNT, email).await;
        self.require_two_factor(ACCOUNT).await;
        id
    }

    /// Adds a user who has set up a second factor; returns the security key. Moves the clock by one time step, so that the
    /// current code is not used yet.
    pub async fn add_user_with_factor(&self, email: &str) -> String {
        self.add_user_who_needs_a_factor(email).await;
        let mut browser = self.browser();
        let key = browser.begin_set_up(email).await;
        browser.confirm(&self.code(&key)).await.expect(200);
        browser.save_recovery_codes().await;
        self.advance(30);
        key
    }

    /// Adds a user whose second factor has this secret; no code of it was used yet.
    pub async fn add_user_with_secret(&self, email: &str, secret: &[u8]) -> String {
        let id = self.add_user_who_needs_a_factor(email).await;
        self.give_factor(&id, secret).await;
        id
    }

    /// The secret of a user's second factor, as it is stored.
    pub fn sealed_secret(&self, user_id: &str, secret: &[u8]) -> Sealed {
        self.state.cipher.seal(secret, AssociatedData::TotpSecret(&UserId::named(user_id.to_owned())))
    }

    /// Gives a user a second factor with this secret, without recovery codes and without a used code.
    pub async fn give_factor(&self, user_id: &str, secret: &[u8]) {
        let sealed = self.sealed_secret(user_id, secret);
        let factor = "insert into totp_factors
            (user_id, secret_sealed, algorithm, digits, period_s, confirmed_at, last_step)
            values ($1, $2, 'SHA1', 6, 30, 1, 0)";
        self.database.execute_with(factor, &[user_id, sealed.as_str()]).await;
        self.database
            .execute_with(
                "update users set two_factor_since = 1, recovery_codes_settled_at = 1 where id = $1",
                &[user_id],
            )
            .await;
        self.database.execute_with("update roster set two_factor = 1 where member_id = $1", &[user_id]).await;
    }

    /// Gives a user the administrator role in all their accounts.
    pub async fn make_admin(&self, user_id: &str) {
        self.database.execute_with("update memberships set admin_since = 1 where user_id = $1", &[user_id]).await;
    }

    /// Makes a user a member of another account, which is added if it does not exist.
    pub async fn join(&self, account: &str, user_id: &str) {
        self.add_account(account).await;
        let join =
            "insert into memberships (account_id, user_id, created_at) select id, $2, 1 from accounts where name = $1";
        self.database.execute_with(join, &[account, user_id]).await;
        roster::complete(&self.state.db).await.unwrap();
    }

    /// Adds an administrator with the secret of RFC 6238, who is logged in. Moves the clock by one time step.
    pub async fn admin(&self, account: &str, email: &str) -> Admin {
        let id = self.add_user(account, email).await;
        self.make_admin(&id).await;
        self.give_factor(&id, RFC_6238_SECRET).await;
        let mut browser = self.ticket(email).await;
        browser.code(&self.code(RFC_6238_KEY)).await.expect(200);
        self.advance(30);
        Admin { browser, id, account: self.account_id(account).await }
    }

    /// A browser that has shown the password of a user with a second factor.
    pub async fn ticket(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        assert_eq!(browser.sign_in(email).await.expect(200).step(), "code");
        browser
    }

    /// What `postern user lock` does.
    pub async fn lock(&self, email: &str) {
        let email = Email::parse(email).unwrap();
        assert!(transactions::lock_user(&self.state.db, &self.operator(), &email).await.unwrap());
    }

    /// What `postern user unlock` does.
    pub async fn unlock(&self, email: &str) {
        let email = Email::parse(email).unwrap();
        assert!(transactions::unlock_user(&self.state.db, &self.operator(), &email).await.unwrap());
    }

    /// What `postern user reset-2fa` does.
    pub async fn reset(&self, email: &str) {
        let email = Email::parse(email).unwrap();
        let seal = |to: &Email, mail: &Mail| self.state.mail(to, mail);
        let act = self.operator();
        let code = PasswordHash::from_stored(String::new());
        let reset = transactions::reset_user_two_factor(&self.state.db, &act, &email, &code, ("x", &seal)).await;
        assert!(matches!(reset.unwrap(), Reset::Done { .. }));
    }

    /// How many entries with this result the login history has.
    pub async fn results(&self, result: &str) -> usize {
        let all = self.database.texts("select result from login_history").await;
        all.iter().filter(|entry| *entry == result).count()
    }
}
