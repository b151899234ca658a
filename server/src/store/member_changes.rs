//! What an administrator changes about one user of the account. Name and e-mail belong to the person: they can be changed
//! here only where the person is in no other account. Locking and resetting concern the whole person.

use postern_types::Email;

use super::events::{Act, What, event};
use super::links::Kind;
use super::outbox::queue;
use super::users::{END_SESSIONS, FORGET_FACTOR};
use super::{Db, Error, Result, on};
use crate::addresses::AddressList;
use crate::auth::token::TokenHash;
use crate::mail::Queued;

/// What became of a change.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Done.
    Yes,
    /// There is no such user in the account.
    NoSuchUser,
    /// It would leave an account without an active administrator.
    LastAdministrator,
    /// The person belongs to another account as well.
    Shared,
    /// The e-mail is a user already.
    EmailTaken,
    /// The user has never logged in, so that the e-mail cannot be changed.
    NeverSignedIn,
}

/// The first statement of every change here: changes of one account wait for one another, so that two administrators cannot
/// demote each other at the same time.
const CLAIM_ACCOUNTS: &str = "update accounts set security_version = security_version
    where id = $1 or id in (select account_id from memberships where user_id = $2)";
const FIND: &str = "select 'member', u.email from memberships m join users u on u.id = m.user_id
        where m.account_id = $1 and m.user_id = $2
    union all select 'invited', u.email from invitations i join users u on u.id = i.user_id
        where i.account_id = $1 and i.id = $2";
/// Accounts, or the account `$2`, in which the user is the only active administrator.
const ALONE: &str = "select count(*) from memberships m join users u on u.id = m.user_id
    where m.user_id = $1 and m.admin_since is not null and u.locked_at is null and ($2 = '' or m.account_id = $2)
        and not exists (select 1 from memberships o join users ou on ou.id = o.user_id
            where o.account_id = m.account_id and o.user_id <> m.user_id
                and o.admin_since is not null and ou.locked_at is null)";
const SET_EMAIL: &str = "update users set email = $2 where id = $1 and last_sign_in_at is not null";
const UNLOCK: &str = "update users set locked_at = null where id = $1";
const OPEN: &str = "update invitations set active_since = $2 where id = $1";
const LOCK: &str = "update users set locked_at = coalesce(locked_at, $2) where id = $1";
const FORGET_FIRST_PASSWORD: &str = "delete from links where user_id = $1 and kind = 'first_password'";
const FORGET_INVITATION: &str = "delete from links where invitation_id = $1";
/// Only for a user who has never logged in and whose password nobody knows.
const LINK_FIRST_PASSWORD: &str = "insert into links (token_hash, kind, user_id, created_at, expires_at)
    select $2, $3, id, $4, $5 from users
    where id = $1 and password_temporary_since is not null and last_sign_in_at is null";
const LINK_INVITATION: &str = "insert into links (token_hash, kind, user_id, invitation_id, created_at, expires_at)
    select $2, $3, user_id, id, $4, $5 from invitations where id = $1";
const SHARED: &str = "select count(*) from memberships where user_id = $1 and account_id <> $2";

/// Claims, and finds out whom an id means: `(is_member, email)`. Returns from the surrounding function where it means nobody.
macro_rules! claim {
    ($tx:ident, $act:expr, $id:expr) => {{
        sqlx::query(CLAIM_ACCOUNTS).bind($act.account_id).bind($id).execute(&mut *$tx).await?;
        let found: Option<(String, String)> =
            sqlx::query_as(FIND).bind($act.account_id).bind($id).fetch_optional(&mut *$tx).await?;
        let Some((kind, email)) = found else { return Ok(Changed::NoSuchUser) };
        (kind == "member", email)
    }};
}

/// Returns from the surrounding function where a count of rows forbids the change.
macro_rules! refuse_if_any {
    ($tx:ident, $sql:expr, $id:expr, $account_id:expr, $refusal:expr) => {{
        let rows: i64 = sqlx::query_scalar($sql).bind($id).bind($account_id).fetch_one(&mut *$tx).await?;
        if rows > 0 {
            return Ok($refusal);
        }
    }};
}

/// Whether a user gets in, and how one who comes for the first time learns of it.
#[derive(Clone, Copy, Debug)]
pub enum Activity<'a> {
    /// *User account active*.
    Active(Welcome<'a>),
    /// *User account locked*.
    Locked,
}

/// The link for somebody who is let in for the first time, and the mail that brings it.
#[derive(Clone, Copy, Debug)]
pub struct Welcome<'a> {
    /// Hash of the link's token.
    pub link: &'a TokenHash,
    /// For a new user, who has no password yet.
    pub first_password: &'a Queued,
    /// For a user of another account.
    pub invitation: &'a Queued,
}

/// The display name.
macro_rules! rename {
    ($tx:ident, $act:expr, $id:expr, $whom:expr, $name:expr) => {{
        refuse_if_any!($tx, SHARED, $id, $act.account_id, Changed::Shared);
        let sql = if $whom.0 {
            "update users set name = $2 where id = $1"
        } else {
            "update invitations set name = $2 where id = $1"
        };
        sqlx::query(sql).bind($id).bind($name).execute(&mut *$tx).await?;
        event!($act, What::UserChanged, &$whom.1, "name").execute(&mut *$tx).await?;
    }};
}

/// The user name. Links for the old address die.
macro_rules! set_email {
    ($tx:ident, $act:expr, $id:expr, $whom:expr, $email:expr, $told:expr) => {{
        refuse_if_any!($tx, SHARED, $id, $act.account_id, Changed::Shared);
        let changed = match sqlx::query(SET_EMAIL).bind($id).bind($email.as_str()).execute(&mut *$tx).await {
            Err(Error::Database(error)) if error.is_unique_violation() => return Ok(Changed::EmailTaken),
            changed => changed?.rows_affected(),
        };
        if changed == 0 {
            return Ok(Changed::NeverSignedIn);
        }
        sqlx::query("delete from links where user_id = $1").bind($id).execute(&mut *$tx).await?;
        let detail = format!("e-mail: {} → {}", $whom.1, $email);
        event!($act, What::UserChanged, &$whom.1, detail).execute(&mut *$tx).await?;
        queue!($told).execute(&mut *$tx).await?;
    }};
}

/// The administrator role.
macro_rules! set_admin {
    ($tx:ident, $act:expr, $id:expr, $whom:expr, $admin:expr) => {{
        if !$admin {
            refuse_if_any!($tx, ALONE, $id, $act.account_id, Changed::LastAdministrator);
        }
        let sql = if $whom.0 {
            "update memberships set admin_since = $3 where account_id = $1 and user_id = $2"
        } else {
            "update invitations set admin_since = $3 where account_id = $1 and id = $2"
        };
        let since = $admin.then_some($act.now);
        sqlx::query(sql).bind($act.account_id).bind($id).bind(since).execute(&mut *$tx).await?;
        let what = if $admin { What::AdminGranted } else { What::AdminTaken };
        event!($act, what, &$whom.1, "").execute(&mut *$tx).await?;
    }};
}

/// The user's own list of addresses.
macro_rules! set_addresses {
    ($tx:ident, $act:expr, $id:expr, $whom:expr, $addresses:expr) => {{
        let sql = if $whom.0 {
            "update memberships set allowed_addresses = $3 where account_id = $1 and user_id = $2"
        } else {
            "update invitations set allowed_addresses = $3 where account_id = $1 and id = $2"
        };
        sqlx::query(sql).bind($act.account_id).bind($id).bind($addresses.to_stored()).execute(&mut *$tx).await?;
        let detail = $addresses.entries().join(", ");
        event!($act, What::UserAddressesChanged, &$whom.1, detail).execute(&mut *$tx).await?;
    }};
}

/// Unlocks, or opens an invitation; whoever comes for the first time gets a link, in place of an earlier one.
macro_rules! let_in {
    ($tx:ident, $act:expr, $id:expr, $whom:expr, $welcome:expr) => {{
        let (forget, link, kind, mail) = if $whom.0 {
            sqlx::query(UNLOCK).bind($id).execute(&mut *$tx).await?;
            (FORGET_FIRST_PASSWORD, LINK_FIRST_PASSWORD, Kind::FirstPassword, $welcome.first_password)
        } else {
            sqlx::query(OPEN).bind($id).bind($act.now).execute(&mut *$tx).await?;
            (FORGET_INVITATION, LINK_INVITATION, Kind::Invitation, $welcome.invitation)
        };
        sqlx::query(forget).bind($id).execute(&mut *$tx).await?;
        let until = $act.now + kind.lifetime_s();
        let link = sqlx::query(link).bind($id).bind($welcome.link.as_str()).bind(kind.as_str());
        if link.bind($act.now).bind(until).execute(&mut *$tx).await?.rows_affected() == 1 {
            queue!(mail).execute(&mut *$tx).await?;
        }
        event!($act, What::UserUnlocked, &$whom.1, "").execute(&mut *$tx).await?;
    }};
}

/// Locks and ends all sessions and links; or closes an invitation.
macro_rules! lock {
    ($tx:ident, $act:expr, $id:expr, $whom:expr) => {{
        if $whom.0 {
            refuse_if_any!($tx, ALONE, $id, "", Changed::LastAdministrator);
            sqlx::query(LOCK).bind($id).bind($act.now).execute(&mut *$tx).await?;
            for sql in END_SESSIONS.into_iter().chain(["delete from links where user_id = $1"]) {
                sqlx::query(sql).bind($id).execute(&mut *$tx).await?;
            }
        } else {
            for sql in ["update invitations set active_since = null where id = $1", FORGET_INVITATION] {
                sqlx::query(sql).bind($id).execute(&mut *$tx).await?;
            }
        }
        event!($act, What::UserLocked, &$whom.1, "").execute(&mut *$tx).await?;
    }};
}

/// What changes of a user. What is `None` stays as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changes<'a> {
    /// The display name, of a person who belongs to this account alone.
    pub name: Option<&'a str>,
    /// The user name, of such a person who has logged in before, and the mail that tells the old address. Whoever never logged in
    /// is removed and added again, since that is the only way for one who is invited, and the two must look alike.
    pub email: Option<(&'a Email, &'a Queued)>,
    /// The administrator role in the account.
    pub admin: Option<bool>,
    /// The user's own list of addresses for this account.
    pub addresses: Option<&'a AddressList>,
    /// Locked or active: the whole person, in every account; of one who is invited, whether the invitation is open.
    pub activity: Option<Activity<'a>>,
}

/// Changes a user, all of it or nothing.
///
/// # Errors
/// Where the database fails.
pub async fn change(db: &Db, act: Act<'_>, id: &str, changes: &Changes<'_>) -> Result<Changed> {
    on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        let whom = claim!(tx, act, id);
        if let Some(name) = changes.name {
            rename!(tx, act, id, whom, name);
        }
        if let Some((email, told)) = changes.email {
            set_email!(tx, act, id, whom, email, told);
        }
        if let Some(admin) = changes.admin {
            set_admin!(tx, act, id, whom, admin);
        }
        if let Some(addresses) = changes.addresses {
            set_addresses!(tx, act, id, whom, addresses);
        }
        match changes.activity {
            Some(Activity::Active(welcome)) => let_in!(tx, act, id, whom, welcome),
            Some(Activity::Locked) => lock!(tx, act, id, whom),
            None => {}
        }
        tx.commit().await?;
        Ok::<_, Error>(Changed::Yes)
    })
}

/// Removes a user from the account; one who belongs to no other is deleted with all that is theirs.
///
/// # Errors
/// Where the database fails.
pub async fn remove(db: &Db, act: Act<'_>, id: &str) -> Result<Changed> {
    let delete = "delete from users where id = $1 and not exists (select 1 from memberships where user_id = $1)";
    on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        let (is_member, email) = claim!(tx, act, id);
        refuse_if_any!(tx, ALONE, id, act.account_id, Changed::LastAdministrator);
        let leave = if is_member { "delete from memberships where account_id = $1 and user_id = $2" }
            else { "delete from invitations where account_id = $1 and id = $2" };
        sqlx::query(leave).bind(act.account_id).bind(id).execute(&mut *tx).await?;
        if is_member {
            sqlx::query(delete).bind(id).execute(&mut *tx).await?;
        }
        event!(act, What::UserRemoved, email, "").execute(&mut *tx).await?;
        tx.commit().await?;
        Ok::<_, Error>(Changed::Yes)
    })
}

/// Takes the second factor of the whole person away: the next log-in asks for set-up again, all sessions end, and the person
/// is told (R21, R22). Of one who is invited there is nothing to take.
///
/// # Errors
/// Where the database fails.
pub async fn reset_two_factor(db: &Db, act: Act<'_>, id: &str, told: &Queued) -> Result<Changed> {
    on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        let (is_member, email) = claim!(tx, act, id);
        if is_member {
            sqlx::query("update users set two_factor_since = null where id = $1").bind(id).execute(&mut *tx).await?;
            for sql in END_SESSIONS.into_iter().chain(FORGET_FACTOR) {
                sqlx::query(sql).bind(id).execute(&mut *tx).await?;
            }
            queue!(told).execute(&mut *tx).await?;
        }
        event!(act, What::TwoFactorReset, email, "").execute(&mut *tx).await?;
        tx.commit().await?;
        Ok::<_, Error>(Changed::Yes)
    })
}
