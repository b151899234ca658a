//! Passkeys. The statement that matters most is [`note_use`]: counter, flags and last use change together, and only if the counter
//! has grown.

use postern_types::Email;

use super::{Db, Result, Tx};
use crate::auth::passkey::{CredentialId, NewCredential, Shown, Stored, UserHandle};
use crate::clock::UnixTime;
use crate::display_name::DisplayName;
use crate::ids::{PasskeyId, UserId};

/// A passkey of a user.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// The credential's id.
    pub credential_id: CredentialId,
    /// The part of the credential that never changes, in JSON.
    pub credential: String,
    /// The signature counter at the last use.
    pub counter: i64,
    /// Since when it may be backed up.
    pub backup_eligible_since: Option<UnixTime>,
    /// Since when it is backed up.
    pub backed_up_since: Option<UnixTime>,
    /// How the authenticator is reached: words separated by spaces.
    pub transports: String,
    /// The model of the authenticator, as a UUID.
    pub aaguid: String,
    /// The user's name for it.
    pub name: DisplayName,
    /// When it was added.
    pub created_at: UnixTime,
    /// When it was last shown.
    pub last_used_at: Option<UnixTime>,
}

impl Passkey {
    /// What a check needs.
    #[must_use]
    pub fn stored(&self) -> Stored<'_> {
        Stored {
            json: &self.credential,
            counter: self.counter,
            backup_eligible: self.backup_eligible_since.is_some(),
            backed_up: self.backed_up_since.is_some(),
        }
    }
}

/// The owner of a passkey.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Owned {
    /// The passkey.
    #[sqlx(flatten)]
    pub passkey: Passkey,
    /// Its owner.
    pub user_id: UserId,
    /// The user name.
    pub email: Email,
    /// The handle by which authenticators know the user.
    pub passkey_handle: Option<UserHandle>,
    /// Version of the password: a session begins only if it is still this one.
    pub password_version: i64,
    /// Since when the operator keeps the user out.
    pub locked_at: Option<UnixTime>,
    /// Since when the user is a member of an account that has not locked them.
    pub active_member_since: Option<UnixTime>,
}

impl Owned {
    /// Whether the user is kept out: by the operator, or by every account.
    #[must_use]
    pub const fn is_locked(&self) -> bool {
        self.locked_at.is_some() || self.active_member_since.is_none()
    }
}

/// A user's passkeys, the oldest first.
pub async fn of_user(db: &Db, user_id: &UserId) -> Result<Vec<Passkey>> {
    let sql = "select id, credential_id, credential, counter, backup_eligible_since, backed_up_since, transports, aaguid, name,
            created_at, last_used_at
        from passkeys where user_id = $1 order by created_at, id";
    sqlx::query_as(sql).bind(user_id).fetch_all(&db.read).await
}

/// The passkey with this credential, whoever owns it.
pub async fn find(db: &Db, credential_id: &CredentialId) -> Result<Option<Owned>> {
    let sql = "select p.id, p.credential_id, p.credential, p.counter, p.backup_eligible_since, p.backed_up_since, p.transports,
            p.aaguid, p.name, p.created_at, p.last_used_at, u.id as user_id, u.email, u.passkey_handle, u.password_version,
            u.locked_at,
            (select min(m.created_at) from memberships m where m.user_id = u.id and m.locked_at is null)
                as active_member_since
        from passkeys p join users u on u.id = p.user_id where p.credential_id = $1";
    sqlx::query_as(sql).bind(credential_id).fetch_optional(&db.read).await
}

/// How many passkeys a user has.
pub async fn number(db: &Db, user_id: &UserId) -> Result<i64> {
    let sql = "select count(*) from passkeys where user_id = $1";
    sqlx::query_scalar(sql).bind(user_id).fetch_one(&db.read).await
}

/// How many passkeys user `u` of a statement can use: none if one of their accounts allows none.
pub const USABLE: &str = "(select count(*) from passkeys p where p.user_id = u.id and not exists
    (select 1 from memberships pm join accounts pa on pa.id = pm.account_id where pm.user_id = u.id and pm.locked_at is null
        and pa.passkeys not in ('second_factor', 'without_password')))";

/// How many passkeys there are.
pub async fn total(db: &Db) -> Result<i64> {
    sqlx::query_scalar("select count(*) from passkeys").fetch_one(&db.read).await
}

/// The same as [`number`], in a transaction.
pub(super) async fn number_in(tx: &mut Tx, user_id: &UserId) -> Result<i64> {
    let sql = "select count(*) from passkeys where user_id = $1";
    sqlx::query_scalar(sql).bind(user_id).fetch_one(&mut **tx).await
}

/// The handle by which authenticators know a user; `None` before the first passkey.
pub async fn handle(db: &Db, user_id: &UserId) -> Result<Option<UserHandle>> {
    let sql = "select passkey_handle from users where id = $1 and passkey_handle is not null";
    sqlx::query_scalar(sql).bind(user_id).fetch_optional(&db.read).await
}

/// Whether authenticators know one of the users by this handle.
pub async fn is_handle(db: &Db, handle: &UserHandle) -> Result<bool> {
    let sql = "select count(*) from users where passkey_handle = $1";
    let users: i64 = sqlx::query_scalar(sql).bind(handle).fetch_one(&db.read).await?;
    Ok(users > 0)
}

/// Keeps a handle for a user who has none, and returns the one in force. `None` if there is no such user.
pub async fn keep_handle(db: &Db, user_id: &UserId, fresh: &UserHandle) -> Result<Option<UserHandle>> {
    let sql = "update users set passkey_handle = coalesce(passkey_handle, $2) where id = $1 returning passkey_handle";
    sqlx::query_scalar(sql).bind(user_id).bind(fresh).fetch_optional(&db.write).await
}

/// Adds a passkey to a user; `false` if the credential is registered already, whoever owns it.
pub(super) async fn add(
    tx: &mut Tx,
    id: &PasskeyId,
    user_id: &UserId,
    new: &NewCredential,
    name: &DisplayName,
    now: UnixTime,
) -> Result<bool> {
    let sql =
        "insert into passkeys (id, user_id, credential_id, credential, counter, backup_eligible_since, backed_up_since,
            transports, aaguid, discoverable_since, name, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (credential_id) do nothing";
    let added = sqlx::query(sql)
        .bind(id)
        .bind(user_id)
        .bind(&new.id)
        .bind(&new.json)
        .bind(new.counter)
        .bind(new.backup_eligible.then_some(now))
        .bind(new.backed_up.then_some(now))
        .bind(&new.transports)
        .bind(&new.aaguid)
        .bind(new.discoverable.then_some(now))
        .bind(name)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(added.rows_affected() == 1)
}

/// What became of a correct assertion.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It is recorded.
    Noted,
    /// Another assertion with this counter, or a later one, came first.
    Stalled,
    /// The passkey was removed.
    Gone,
}

/// Records a use of a passkey of this user.
pub(super) async fn note_use(
    tx: &mut Tx,
    id: &PasskeyId,
    user_id: &UserId,
    shown: Shown,
    now: UnixTime,
) -> Result<Use> {
    let sql = "update passkeys set counter = $3, backup_eligible_since = coalesce(backup_eligible_since, $4),
            backed_up_since = case when cast($5 as bigint) is null then null else coalesce(backed_up_since, $5) end,
            last_used_at = $6
        where id = $1 and user_id = $2 and (counter < $3 or counter = 0 and $3 = 0)
            and (backup_eligible_since is null or cast($4 as bigint) is not null)";
    let noted = sqlx::query(sql)
        .bind(id)
        .bind(user_id)
        .bind(shown.counter)
        .bind(shown.backup_eligible.then_some(now))
        .bind(shown.backed_up.then_some(now))
        .bind(now)
        .execute(&mut **tx)
        .await?;
    if noted.rows_affected() == 1 {
        return Ok(Use::Noted);
    }
    let left: i64 = sqlx::query_scalar("select count(*) from passkeys where id = $1 and user_id = $2")
        .bind(id)
        .bind(user_id)
        .fetch_one(&mut **tx)
        .await?;
    Ok(if left == 1 { Use::Stalled } else { Use::Gone })
}

/// Renames a passkey of this user; `false` if there is none.
pub(super) async fn rename(tx: &mut Tx, id: &PasskeyId, user_id: &UserId, name: &DisplayName) -> Result<bool> {
    let sql = "update passkeys set name = $3 where id = $1 and user_id = $2";
    Ok(sqlx::query(sql).bind(id).bind(user_id).bind(name).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Removes a passkey of this user. Returns its name; `None` if there is none.
pub(super) async fn remove(tx: &mut Tx, id: &PasskeyId, user_id: &UserId) -> Result<Option<String>> {
    let sql = "delete from passkeys where id = $1 and user_id = $2 returning name";
    sqlx::query_scalar(sql).bind(id).bind(user_id).fetch_optional(&mut **tx).await
}

/// Removes all passkeys of a user.
pub(super) async fn remove_all(tx: &mut Tx, user_id: &UserId) -> Result<()> {
    sqlx::query("delete from passkeys where user_id = $1").bind(user_id).execute(&mut **tx).await.map(drop)
}

/// Removes the passkeys that were added after this time: they may be somebody else's. Those of a user who has no other second factor
/// stay, because whoever reads the mailbox must not remove the last one. Returns their names.
pub(super) async fn remove_recent(tx: &mut Tx, user_id: &UserId, after: UnixTime) -> Result<Vec<String>> {
    let sql = "delete from passkeys where user_id = $1 and created_at > $2
        and (exists (select 1 from totp_factors f where f.user_id = $1 and f.disabled_at is null and f.confirmed_at <= $2)
            or exists (select 1 from passkeys p where p.user_id = $1 and p.created_at <= $2))
        returning name";
    sqlx::query_scalar(sql).bind(user_id).bind(after).fetch_all(&mut **tx).await
}

/// From now on, none of a user's passkeys is enough alone, because somebody else may have one. Each is enough again once it has been shown
/// after the password.
pub(super) async fn require_password(tx: &mut Tx, user_id: &UserId, now: UnixTime) -> Result<()> {
    let sql = "update passkeys set password_due_since = $2 where user_id = $1";
    sqlx::query(sql).bind(user_id).bind(now).execute(&mut **tx).await.map(drop)
}

/// Notes that a passkey was shown after the password, unless somebody else may know that password: a new one is due after a
/// lockdown.
pub(super) async fn note_password(tx: &mut Tx, id: &PasskeyId) -> Result<()> {
    let sql = "update passkeys set password_due_since = null where id = $1 and password_due_since is not null
        and not exists (select 1 from users u where u.id = passkeys.user_id
            and (u.locked_down_at is not null or u.password_temporary_since is not null))";
    sqlx::query(sql).bind(id).execute(&mut **tx).await.map(drop)
}

/// Whether a passkey is enough without the password: not until it has been shown after the password, if that is due, nor while a new
/// password must be chosen, which only somebody who has shown the current one may do.
pub(super) async fn is_enough_alone(tx: &mut Tx, id: &PasskeyId, now: UnixTime) -> Result<bool> {
    let sql = "select count(*) from passkeys p join users u on u.id = p.user_id
        where p.id = $1 and p.password_due_since is null and u.password_temporary_since is null and u.locked_down_at is null
            and not exists (select 1 from memberships m join accounts a on a.id = m.account_id
                where m.user_id = u.id and m.locked_at is null
                    and u.password_changed_at + a.password_max_age_days * 86400 <= $2)";
    let enough: i64 = sqlx::query_scalar(sql).bind(id).bind(now).fetch_one(&mut **tx).await?;
    Ok(enough == 1)
}
