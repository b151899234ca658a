//! Open requests to reset a second factor. One statement decides whether a reset is done, from what is true at that moment: an approval,
//! and the request itself, count only as long as the person who made them is an administrator.

use postern_types::Email;
use sqlx::AssertSqlSafe;

use super::{Db, Result, Tx, outbox};
use crate::auth::password::PasswordHash;
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::{AccountId, ResetId, UserId};

/// How long a request stays open after the end of its delay, in seconds.
pub const LIFETIME_S: i64 = 72 * 3_600;

/// A new request.
#[derive(Debug)]
pub(super) struct NewRequest<'a> {
    pub(super) id: &'a ResetId,
    pub(super) user_id: &'a UserId,
    pub(super) account_id: &'a AccountId,
    pub(super) asked_by: &'a UserId,
    pub(super) asked_at: UnixTime,
    pub(super) not_before: UnixTime,
    pub(super) cancel: Option<&'a TokenHash>,
    pub(super) code: Option<&'a PasswordHash>,
}

/// An open request.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Request {
    pub(super) id: ResetId,
    pub(super) user_id: UserId,
    /// The user name.
    pub(super) email: Email,
    pub(super) account_id: AccountId,
    /// Who asked; `None` if that user is deleted.
    pub(super) asked_by: Option<UserId>,
    /// User name of whoever asked.
    pub(super) asker: Option<Email>,
    pub(super) code_hash: Option<PasswordHash>,
}

/// User `{user}` is an active administrator of account `{account}`.
fn administers(user: &str, account: &str) -> String {
    format!(
        "exists (select 1 from memberships am join users au on au.id = am.user_id where am.user_id = {user}
            and am.account_id = {account} and am.admin_since is not null and am.locked_at is null and au.locked_at is null)"
    )
}

/// Request `r` is open at `{now}`: it has not expired, the user still belongs to the account that asked, and whoever asked is still
/// an administrator there.
pub(super) fn open(now: &str) -> String {
    format!(
        "r.expires_at > {now} and exists (select 1 from memberships om where om.user_id = r.user_id
            and om.account_id = r.account_id) and {}",
        administers("r.asked_by", "r.account_id")
    )
}

/// Account `a` with membership `m` relies on the user's second factor: it requires one, protects resets by one of its settings, or is
/// administered by the user.
const RELIES: &str = "(a.two_factor_required_at is not null or a.reset_set_up_code_since is not null
    or a.reset_approval_since is not null or a.reset_delay_h > 0 or m.admin_since is not null)";

/// Account `a` with membership `m` of the user has a say in request `r`: its own account if a second administrator has to approve, by
/// its settings now or when the request was made, and every other one that relies on the second factor.
pub(super) fn has_a_say() -> String {
    format!(
        "(m.account_id = r.account_id and (a.reset_approval_since is not null or r.approval_since is not null)
            or m.account_id <> r.account_id and {RELIES})"
    )
}

/// The accounts whose approval request `r` lacks.
pub(super) fn missing() -> String {
    let counts = administers("p.approved_by", "p.account_id");
    format!(
        "from memberships m join accounts a on a.id = m.account_id where m.user_id = r.user_id and {}
            and not exists (select 1 from reset_approvals p where p.request_id = r.id and p.account_id = m.account_id
                and {counts})",
        has_a_say()
    )
}

const REQUEST: &str = "select r.id, r.user_id, u.email, r.account_id, r.asked_by, b.email as asker, r.code_hash
    from reset_requests r join users u on u.id = r.user_id left join users b on b.id = r.asked_by";

/// Whether an account other than this one relies on the user's second factor.
pub(super) async fn is_relied_on_elsewhere(tx: &mut Tx, user_id: &UserId, account_id: &AccountId) -> Result<bool> {
    let sql = format!(
        "select count(*) from memberships m join accounts a on a.id = m.account_id
        where m.user_id = $1 and m.account_id <> $2 and {RELIES}"
    );
    let others: i64 =
        sqlx::query_scalar(AssertSqlSafe(sql)).bind(user_id).bind(account_id).fetch_one(&mut **tx).await?;
    Ok(others > 0)
}

/// The longest delay of the user's accounts, in hours.
pub(super) async fn delay_h(tx: &mut Tx, user_id: &UserId) -> Result<i64> {
    let sql = "select coalesce(max(a.reset_delay_h), 0) from memberships m join accounts a on a.id = m.account_id
        where m.user_id = $1";
    sqlx::query_scalar(sql).bind(user_id).fetch_one(&mut **tx).await
}

/// Stores a request; `false` if there already is one about this user.
pub(super) async fn add(tx: &mut Tx, new: &NewRequest<'_>) -> Result<bool> {
    let sql =
        "insert into reset_requests (id, user_id, account_id, asked_by, asked_at, not_before, expires_at, cancel_hash,
            code_hash, approval_since)
        select $1, $2, id, $4, $5, $6, $7, $8, $9, reset_approval_since from accounts where id = $3
        on conflict (user_id) do nothing";
    let added = sqlx::query(sql)
        .bind(new.id)
        .bind(new.user_id)
        .bind(new.account_id)
        .bind(new.asked_by)
        .bind(new.asked_at)
        .bind(new.not_before)
        .bind(new.not_before + LIFETIME_S)
        .bind(new.cancel)
        .bind(new.code)
        .execute(&mut **tx)
        .await?;
    Ok(added.rows_affected() == 1)
}

/// The accounts of the person whom a request is about, and the one that asked, in the order in which rows are locked.
pub(super) async fn accounts_of(tx: &mut Tx, id: &ResetId) -> Result<Vec<AccountId>> {
    let sql = "select m.account_id from reset_requests r join memberships m on m.user_id = r.user_id where r.id = $1
        union select account_id from reset_requests where id = $1 order by 1";
    sqlx::query_scalar(sql).bind(id).fetch_all(&mut **tx).await
}

/// The user whom a request is about.
pub(super) async fn user_of(tx: &mut Tx, id: &ResetId) -> Result<Option<UserId>> {
    sqlx::query_scalar("select user_id from reset_requests where id = $1").bind(id).fetch_optional(&mut **tx).await
}

/// A request that is open.
pub(super) async fn find(tx: &mut Tx, id: &ResetId, now: UnixTime) -> Result<Option<Request>> {
    let sql = format!("{REQUEST} where r.id = $1 and {}", open("$2"));
    sqlx::query_as(AssertSqlSafe(sql)).bind(id).bind(now).fetch_optional(&mut **tx).await
}

/// Whether a request is open.
pub async fn is_open(db: &Db, id: &ResetId, now: UnixTime) -> Result<bool> {
    let sql = format!("select count(*) from reset_requests r where r.id = $1 and {}", open("$2"));
    let found: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).bind(id).bind(now).fetch_one(&db.write).await?;
    Ok(found > 0)
}

/// Whether an account has a say in a request, or has asked.
pub(super) async fn concerns(tx: &mut Tx, id: &ResetId, account_id: &AccountId) -> Result<bool> {
    let sql = format!(
        "select count(*) from reset_requests r where r.id = $1 and (r.account_id = $2 or exists (select 1 from memberships m
            join accounts a on a.id = m.account_id where m.user_id = r.user_id and m.account_id = $2 and {}))",
        has_a_say()
    );
    let found: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).bind(id).bind(account_id).fetch_one(&mut **tx).await?;
    Ok(found > 0)
}

/// Records the approval of an account, in place of one that no longer counts; `false` if none is missing.
pub(super) async fn approve(tx: &mut Tx, id: &ResetId, account_id: &AccountId, by: &UserId) -> Result<bool> {
    let sql = format!(
        "insert into reset_approvals (request_id, account_id, approved_by)
        select r.id, m.account_id, $3 {} and r.id = $1 and m.account_id = $2
        on conflict (request_id, account_id) do update set approved_by = excluded.approved_by",
        missing().replacen("where", "join reset_requests r on r.user_id = m.user_id where", 1)
    );
    let approved = sqlx::query(AssertSqlSafe(sql)).bind(id).bind(account_id).bind(by).execute(&mut **tx).await?;
    Ok(approved.rows_affected() == 1)
}

/// The statement that decides that a reset is done. It closes the request if it is open, its delay is over, and so is every longer one
/// that was set since, every account that has a say has approved, and the user still has a second factor. `false` if something is
/// missing.
pub(super) async fn close_if_ready(tx: &mut Tx, id: &ResetId, now: UnixTime) -> Result<bool> {
    let sql = format!(
        "delete from reset_requests where id in (select r.id from reset_requests r join users u on u.id = r.user_id
            where r.id = $1 and r.not_before <= $2 and u.two_factor_since is not null and {}
                and not exists (select 1 from memberships m join accounts a on a.id = m.account_id
                    where m.user_id = r.user_id and r.asked_at + a.reset_delay_h * 3600 > $2)
                and not exists (select 1 {}))",
        open("$2"),
        missing()
    );
    Ok(sqlx::query(AssertSqlSafe(sql)).bind(id).bind(now).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Closes a request without a reset; `false` if it is closed already.
pub(super) async fn close(tx: &mut Tx, id: &ResetId) -> Result<bool> {
    Ok(sqlx::query("delete from reset_requests where id = $1").bind(id).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Forgets the approvals that a user gave for an account, and ends the requests that the user made there: they do not count without
/// the role, and must not count again once the user has it back. The clean-up records their end.
pub(super) async fn forget_admin(tx: &mut Tx, account_id: &AccountId, user_id: &UserId) -> Result<()> {
    let forget = "delete from reset_approvals where account_id = $1 and approved_by = $2";
    sqlx::query(forget).bind(account_id).bind(user_id).execute(&mut **tx).await?;
    let end = "update reset_requests set expires_at = 0 where account_id = $1 and asked_by = $2";
    sqlx::query(end).bind(account_id).bind(user_id).execute(&mut **tx).await?;
    // After the requests, as when one is closed: two transactions that take them in another order hold each other up.
    outbox::remove_asking_for(tx, account_id, user_id).await?;
    outbox::remove_asking_of(tx, account_id, user_id).await
}

/// Ends what an account has begun or approved about a user who belongs to it no more: it does not begin again if they come back.
pub(super) async fn forget_member(tx: &mut Tx, account_id: &AccountId, user_id: &UserId) -> Result<()> {
    let forget = "delete from reset_approvals where account_id = $1
        and request_id in (select id from reset_requests where user_id = $2)";
    sqlx::query(forget).bind(account_id).bind(user_id).execute(&mut **tx).await?;
    let end = "update reset_requests set expires_at = 0 where account_id = $1 and user_id = $2";
    sqlx::query(end).bind(account_id).bind(user_id).execute(&mut **tx).await.map(drop)
}

/// The request about a user, open or not.
pub(super) async fn find_about(tx: &mut Tx, user_id: &UserId) -> Result<Option<Request>> {
    let sql = format!("{REQUEST} where r.user_id = $1");
    sqlx::query_as(AssertSqlSafe(sql)).bind(user_id).fetch_optional(&mut **tx).await
}

/// Closes the request about a user whose second factor is gone.
pub(super) async fn close_about(tx: &mut Tx, user_id: &UserId) -> Result<()> {
    sqlx::query("delete from reset_requests where user_id = $1").bind(user_id).execute(&mut **tx).await.map(drop)
}

/// The request about a user that has ended, but is not closed yet.
pub(super) async fn ended_about(tx: &mut Tx, user_id: &UserId, now: UnixTime) -> Result<Option<Request>> {
    let sql = format!("{REQUEST} where r.user_id = $1 and not ({})", open("$2"));
    sqlx::query_as(AssertSqlSafe(sql)).bind(user_id).bind(now).fetch_optional(&mut **tx).await
}

/// The request that a link cancels.
pub(super) async fn of_link(tx: &mut Tx, token: &TokenHash) -> Result<Option<ResetId>> {
    let sql = "select id from reset_requests where cancel_hash = $1";
    sqlx::query_scalar(sql).bind(token).fetch_optional(&mut **tx).await
}

/// User names of the administrators who can approve a request: those who have a second factor.
pub(super) async fn approvers(tx: &mut Tx, id: &ResetId) -> Result<Vec<(Email, AccountId)>> {
    let sql = format!(
        "select au.email, am.account_id from reset_requests r
            join memberships am on am.admin_since is not null and am.locked_at is null
            join users au on au.id = am.user_id and au.locked_at is null and au.two_factor_since is not null
        where r.id = $1 and au.id <> r.asked_by and au.id <> r.user_id and am.account_id in (select m.account_id {})
        order by au.email, am.account_id",
        missing()
    );
    sqlx::query_as(AssertSqlSafe(sql)).bind(id).fetch_all(&mut **tx).await
}

/// Requests whose delay is over by `by`, or that are no longer open.
pub async fn due(db: &Db, by: UnixTime, now: UnixTime) -> Result<Vec<ResetId>> {
    let sql = format!("select r.id from reset_requests r where r.not_before <= $1 or not ({})", open("$2"));
    sqlx::query_scalar(AssertSqlSafe(sql)).bind(by).bind(now).fetch_all(&db.write).await
}
