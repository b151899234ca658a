//! Open requests to reset a second factor, as the administrators of one account see them.

use postern_types::Email;
use sqlx::AssertSqlSafe;

use super::reset_requests::{has_a_say, missing, open};
use super::{Db, Result};
use crate::auth::password::PasswordHash;
use crate::clock::UnixTime;
use crate::ids::{AccountId, MemberId, ResetId, UserId};

/// An open request, as an account sees it.
#[derive(Debug, sqlx::FromRow)]
pub struct Seen {
    /// Its id.
    pub id: ResetId,
    /// The user.
    pub user_id: UserId,
    /// The user name.
    pub email: Email,
    /// The display name.
    pub name: String,
    /// The account whose administrator asked.
    pub account_id: AccountId,
    /// Who asked.
    pub asked_by: UserId,
    /// User name of whoever asked.
    pub asker: Email,
    /// When.
    pub asked_at: UnixTime,
    /// The end of the delay when it was made, before which the reset is not done.
    pub not_before: UnixTime,
    /// The longest delay of the person's accounts now, in hours.
    pub delay_h: i64,
    /// When it expires.
    pub expires_at: UnixTime,
    /// Hash of its set-up code.
    pub code_hash: Option<PasswordHash>,
    /// Whether the approval of this account is missing: `0` or `1`.
    pub waits_for_this: i64,
    /// How many other accounts have to approve.
    pub waits_for_others: i64,
    /// Whether the account has asked, or has to approve: `0` or `1`. The person's other accounts only see the request, because
    /// it blocks requests of their own.
    pub has_a_say: i64,
}

impl Seen {
    /// The end of the delay: a longer one that was set later counts from the time of the request.
    #[must_use]
    pub fn end_of_delay(&self) -> UnixTime {
        self.not_before.max(self.asked_at + self.delay_h * 3_600)
    }
}

fn seen(condition: &str) -> String {
    format!(
        "select r.id, r.user_id, u.email, u.name, r.account_id, r.asked_by, b.email as asker, r.asked_at, r.not_before,
            r.expires_at, r.code_hash,
            (select coalesce(max(a.reset_delay_h), 0) from memberships m join accounts a on a.id = m.account_id
                where m.user_id = r.user_id) as delay_h,
            (select count(*) {missing} and m.account_id = $1) as waits_for_this,
            (select count(*) {missing} and m.account_id <> $1) as waits_for_others,
            (select count(*) from memberships m join accounts a on a.id = m.account_id
                where m.user_id = r.user_id and m.account_id = $1 and (m.account_id = r.account_id or {})) as has_a_say
        from reset_requests r join users u on u.id = r.user_id join users b on b.id = r.asked_by
        where {open} and exists (select 1 from memberships m where m.user_id = r.user_id and m.account_id = $1) {condition}
        order by r.asked_at, r.id",
        has_a_say(),
        missing = missing(),
        open = open("$2"),
    )
}

/// The open requests about users of an account, the oldest first.
pub async fn of_account(db: &Db, account_id: &AccountId, now: UnixTime) -> Result<Vec<Seen>> {
    sqlx::query_as(AssertSqlSafe(seen(""))).bind(account_id).bind(now).fetch_all(&db.read).await
}

/// An open request, as an account sees it.
pub async fn find(db: &Db, account_id: &AccountId, id: &ResetId, now: UnixTime) -> Result<Option<Seen>> {
    let sql = seen("and r.id = $3");
    sqlx::query_as(AssertSqlSafe(sql)).bind(account_id).bind(now).bind(id).fetch_optional(&db.write).await
}

/// The open request about a member, as an account sees it.
pub async fn about(db: &Db, account_id: &AccountId, id: &MemberId, now: UnixTime) -> Result<Option<Seen>> {
    let sql = seen("and r.user_id = $3");
    sqlx::query_as(AssertSqlSafe(sql)).bind(account_id).bind(now).bind(id).fetch_optional(&db.write).await
}
