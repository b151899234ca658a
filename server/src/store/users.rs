//! Users and their passwords.

use postern_types::Email;
use sqlx::AssertSqlSafe;

use super::passkeys::USABLE;
use super::{Db, Result, Tx, memberships, roster};
use crate::addresses::ClientAddress;
use crate::auth::password::PasswordHash;
use crate::clock::UnixTime;
use crate::display_name::DisplayName;
use crate::ids::UserId;

/// What the password step needs to know about a user.
#[derive(Debug, sqlx::FromRow)]
pub struct Credentials {
    /// The user's id.
    pub user_id: UserId,
    /// The user name.
    pub email: Email,
    /// Hash of the password.
    pub password_hash: PasswordHash,
    /// Version of the password. A session begins only if it is still this one.
    pub password_version: i64,
    /// Since when the operator keeps the user out.
    pub locked_at: Option<UnixTime>,
    /// Since when the user is a member of an account that has not locked them.
    pub active_member_since: Option<UnixTime>,
    /// Since when the user has a second factor.
    pub two_factor_since: Option<UnixTime>,
}

impl Credentials {
    /// Whether the user is kept out: by the operator, or by every account.
    #[must_use]
    pub const fn is_locked(&self) -> bool {
        self.locked_at.is_some() || self.active_member_since.is_none()
    }
}

/// A password as it is stored.
#[derive(Debug, sqlx::FromRow)]
pub struct StoredPassword {
    /// Its hash.
    pub password_hash: PasswordHash,
    /// Grows whenever the password is replaced.
    pub password_version: i64,
}

/// A user to add.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// A new id.
    pub id: &'a UserId,
    /// The user name.
    pub email: &'a Email,
    /// The display name; may be empty.
    pub name: &'a DisplayName,
    /// Whether the user can log in at once. Otherwise an administrator or the operator has to unlock them.
    pub active: bool,
    /// Hash of the first password.
    pub password_hash: &'a PasswordHash,
    /// Whether the password must be replaced at the first log-in, because somebody else chose it (R18).
    pub temporary: bool,
}

/// One line of [`list`].
#[derive(Debug, sqlx::FromRow)]
pub struct Listed {
    /// The user's id.
    pub id: UserId,
    /// The user name.
    pub email: Email,
    /// The display name.
    pub name: String,
    /// Since when the user is kept out, by the operator or by every account, in unix seconds.
    pub locked_at: Option<UnixTime>,
    /// Since when the user has a second factor, in unix seconds.
    pub two_factor_since: Option<UnixTime>,
    /// Since when it is disabled, in unix seconds.
    pub two_factor_disabled_at: Option<UnixTime>,
    /// How many authenticator apps the user has: one at most.
    pub apps: i64,
    /// How many passkeys the user has.
    pub passkeys: i64,
    /// How many recovery codes the user has left.
    pub recovery_codes: i64,
    /// How many of them the user can use: none if an account allows none.
    pub usable_passkeys: i64,
    /// The last log-in, in unix seconds.
    pub last_sign_in_at: Option<UnixTime>,
}

/// The credentials of the user with this name.
pub async fn credentials(db: &Db, email: &Email) -> Result<Option<Credentials>> {
    let sql = "select u.id as user_id, u.email, u.password_hash, u.password_version, u.locked_at, u.two_factor_since,
            (select min(m.created_at) from memberships m where m.user_id = u.id and m.locked_at is null)
                as active_member_since
        from users u where u.email = $1";
    sqlx::query_as(sql).bind(email).fetch_optional(&db.read).await
}

/// The credentials of a user in a transaction that has just set the password.
pub(super) async fn credentials_in(tx: &mut Tx, id: &UserId) -> Result<Credentials> {
    let sql = "select u.id as user_id, u.email, u.password_hash, u.password_version, u.locked_at, u.two_factor_since,
            (select min(m.created_at) from memberships m where m.user_id = u.id and m.locked_at is null)
                as active_member_since
        from users u where u.id = $1";
    sqlx::query_as(sql).bind(id).fetch_one(&mut **tx).await
}

/// The user name of a user in a transaction that has locked the row.
pub(super) async fn email_in(tx: &mut Tx, id: &UserId) -> Result<Email> {
    sqlx::query_scalar("select email from users where id = $1").bind(id).fetch_one(&mut **tx).await
}

/// Since when a user has a second factor, in a transaction.
pub(super) async fn two_factor_since(tx: &mut Tx, id: &UserId) -> Result<Option<UnixTime>> {
    let since = sqlx::query_scalar("select two_factor_since from users where id = $1").bind(id);
    Ok(since.fetch_optional(&mut **tx).await?.flatten())
}

/// What others may know about a user, and a password must not be made of: user name, display name, names of the accounts
/// (R15).
pub async fn known_words(db: &Db, id: &UserId) -> Result<Vec<String>> {
    let sql = "select email from users where id = $1 union all select name from users where id = $1
        union all select a.name from memberships m join accounts a on a.id = m.account_id where m.user_id = $1";
    sqlx::query_scalar(sql).bind(id).fetch_all(&db.read).await
}

/// The password of a user.
pub async fn password(db: &Db, id: &UserId) -> Result<Option<StoredPassword>> {
    let sql = "select password_hash, password_version from users where id = $1";
    sqlx::query_as(sql).bind(id).fetch_optional(&db.read).await
}

/// Stores the hash of the same password with newer parameters, unless the password has changed in the meantime (R16).
pub async fn rehash(db: &Db, id: &UserId, old: &PasswordHash, new: &PasswordHash) -> Result<()> {
    let sql = "update users set password_hash = $3 where id = $1 and password_hash = $2";
    sqlx::query(sql).bind(id).bind(old).bind(new).execute(&db.write).await.map(drop)
}

/// All users, by e-mail.
pub async fn list(db: &Db) -> Result<Vec<Listed>> {
    let sql = format!(
        "select u.id, u.email, u.name, u.two_factor_since, u.last_sign_in_at,
            (select f.disabled_at from totp_factors f where f.user_id = u.id) as two_factor_disabled_at,
            (select count(*) from totp_factors f where f.user_id = u.id) as apps,
            (select count(*) from recovery_codes r where r.user_id = u.id) as recovery_codes,
            (select count(*) from passkeys p where p.user_id = u.id) as passkeys, {USABLE} as usable_passkeys,
            coalesce(u.locked_at,
            case when not exists (select 1 from memberships m where m.user_id = u.id and m.locked_at is null)
                then (select max(m.locked_at) from memberships m where m.user_id = u.id) end) as locked_at
        from users u order by u.email"
    );
    sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&db.read).await
}

/// Whether there is a user with this name.
pub(super) async fn exists(tx: &mut Tx, email: &Email) -> Result<bool> {
    let found: i64 =
        sqlx::query_scalar("select count(*) from users where email = $1").bind(email).fetch_one(&mut **tx).await?;
    Ok(found > 0)
}

/// Adds a user; `false` if there is already a user with this e-mail.
pub(super) async fn add(tx: &mut Tx, new: &NewUser<'_>, now: UnixTime) -> Result<bool> {
    let sql = "insert into users (id, email, name, password_hash, created_at, locked_at, unowned_lock_at,
            password_changed_at, password_temporary_since)
        values ($1, $2, $3, $4, $5, $6, $6, $5, $7) on conflict (email) do nothing";
    let added = sqlx::query(sql)
        .bind(new.id)
        .bind(new.email)
        .bind(new.name)
        .bind(new.password_hash)
        .bind(now)
        .bind((!new.active).then_some(now))
        .bind(new.temporary.then_some(now))
        .execute(&mut **tx)
        .await?;
    Ok(added.rows_affected() == 1)
}

/// Locks the row of a user. The first statement on users of everything that begins or completes a session and of everything
/// that changes memberships, so that these are serialized. `false` if there is no such user.
pub(super) async fn claim(tx: &mut Tx, id: &UserId) -> Result<bool> {
    let sql = "update users set locked_at = locked_at where id = $1";
    Ok(sqlx::query(sql).bind(id).execute(&mut **tx).await?.rows_affected() == 1)
}

/// The same, only for a user whom the operator has not locked.
pub(super) async fn claim_unlocked(tx: &mut Tx, id: &UserId) -> Result<bool> {
    let sql = "update users set locked_at = locked_at where id = $1 and locked_at is null";
    Ok(sqlx::query(sql).bind(id).execute(&mut **tx).await?.rows_affected() == 1)
}

/// The same, only for a user who is not kept out: `false` if the operator or every account has locked them.
pub(super) async fn claim_active(tx: &mut Tx, id: &UserId) -> Result<bool> {
    // The second statement sees what was committed while the first one waited for the row.
    Ok(claim_unlocked(tx, id).await? && memberships::any_active(tx, id).await?)
}

/// Locks the row of the user with this name; `None` if there is none.
pub(super) async fn claim_named(tx: &mut Tx, email: &Email) -> Result<Option<UserId>> {
    let sql = "update users set locked_at = locked_at where email = $1 returning id";
    sqlx::query_scalar(sql).bind(email).fetch_optional(&mut **tx).await
}

/// The same, only for a user whom the operator has not locked.
pub(super) async fn claim_unlocked_named(tx: &mut Tx, email: &Email) -> Result<Option<UserId>> {
    let sql = "update users set locked_at = locked_at where email = $1 and locked_at is null returning id";
    sqlx::query_scalar(sql).bind(email).fetch_optional(&mut **tx).await
}

/// The same, only for a user who is not kept out.
pub(super) async fn claim_active_named(tx: &mut Tx, email: &Email) -> Result<Option<UserId>> {
    let Some(id) = claim_named(tx, email).await? else { return Ok(None) };
    Ok(claim_active(tx, &id).await?.then_some(id))
}

/// Records a complete log-in.
pub(super) async fn note_sign_in(tx: &mut Tx, id: &UserId, address: ClientAddress, now: UnixTime) -> Result<()> {
    let sql = "update users set last_sign_in_at = $2, last_sign_in_address = $3 where id = $1";
    sqlx::query(sql).bind(id).bind(now).bind(address.to_string()).execute(&mut **tx).await?;
    memberships::note_sign_in(tx, id, now).await
}

/// The operator's lock. A user who is locked already keeps the time of the lock.
pub(super) async fn lock(tx: &mut Tx, id: &UserId, now: UnixTime) -> Result<()> {
    let sql = "update users set locked_at = coalesce(locked_at, $2), unowned_lock_at = null where id = $1";
    sqlx::query(sql).bind(id).bind(now).execute(&mut **tx).await?;
    roster::refresh(tx, id).await
}

/// Lifts every lock of the person; returns the user name. One that nobody in particular has set is lifted in the accounts too.
pub(super) async fn unlock(tx: &mut Tx, id: &UserId) -> Result<Email> {
    let unowned: Option<UnixTime> =
        sqlx::query_scalar("select unowned_lock_at from users where id = $1").bind(id).fetch_one(&mut **tx).await?;
    if let Some(since) = unowned {
        memberships::unlock_since(tx, id, since).await?;
    }
    let sql = "update users set locked_at = null, unowned_lock_at = null where id = $1 returning email";
    let email = sqlx::query_scalar(sql).bind(id).fetch_one(&mut **tx).await?;
    roster::refresh(tx, id).await?;
    Ok(email)
}

/// Lifts a lock of the person that nobody in particular has set; `false` if there is none.
pub(super) async fn lift_unowned_lock(tx: &mut Tx, id: &UserId) -> Result<bool> {
    let sql = "update users set locked_at = null, unowned_lock_at = null where id = $1 and unowned_lock_at is not null";
    let changed = sqlx::query(sql).bind(id).execute(&mut **tx).await?.rows_affected() == 1;
    roster::refresh(tx, id).await?;
    Ok(changed)
}

/// Sets the password, which is the user's own from now on. Nobody who verified the one before can begin a session.
pub(super) async fn set_password(tx: &mut Tx, id: &UserId, new: &PasswordHash, now: UnixTime) -> Result<()> {
    let sql = "update users set password_hash = $2, password_version = password_version + 1, password_changed_at = $3,
            password_temporary_since = null, locked_down_at = null
        where id = $1";
    sqlx::query(sql).bind(id).bind(new).bind(now).execute(&mut **tx).await.map(drop)
}

/// Requires a new password at the next log-in.
pub(super) async fn lock_down(tx: &mut Tx, id: &UserId, now: UnixTime) -> Result<()> {
    sqlx::query("update users set locked_down_at = $2 where id = $1")
        .bind(id)
        .bind(now)
        .execute(&mut **tx)
        .await
        .map(drop)
}

/// Locks the row of a user whose password is still the one that was verified; `false` if it has changed in the meantime.
pub(super) async fn claim_with_password(tx: &mut Tx, id: &UserId, version: i64) -> Result<bool> {
    let sql = "update users set password_hash = password_hash where id = $1 and password_version = $2";
    Ok(sqlx::query(sql).bind(id).bind(version).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Changes the display name.
pub(super) async fn rename(tx: &mut Tx, id: &UserId, name: &DisplayName) -> Result<()> {
    sqlx::query("update users set name = $2 where id = $1").bind(id).bind(name).execute(&mut **tx).await?;
    roster::refresh(tx, id).await
}

/// Deletes a user who is a member of no account, with everything that belongs to them.
pub(super) async fn delete_without_account(tx: &mut Tx, id: &UserId) -> Result<()> {
    let sql = "delete from users where id = $1 and not exists (select 1 from memberships where user_id = $1)";
    sqlx::query(sql).bind(id).execute(&mut **tx).await?;
    roster::refresh(tx, id).await
}
