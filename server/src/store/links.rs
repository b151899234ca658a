//! One-time links: for the first run, a password, an alarm, or a further account. Found by the hash of their token.

use postern_types::Email;

use super::{Db, Result, Tx};
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::{AccountId, MemberId, UserId};

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The first account and its administrator (R34).
    FirstRun,
    /// A new password in place of a forgotten one.
    Password,
    /// The first password of a new user.
    FirstPassword,
    /// *This was not me*, in an alarm: ends all sessions, and leads to a new password.
    NotMe,
    /// Lets a locked-out administrator back in, with a new password and a new second factor.
    BreakGlass,
    /// Membership in an account, for a user or with a first password.
    Invitation,
}

impl Kind {
    /// The word in the column.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstRun => "first_run",
            Self::Password => "password",
            Self::FirstPassword => "first_password",
            Self::NotMe => "not_me",
            Self::BreakGlass => "break_glass",
            Self::Invitation => "invitation",
        }
    }

    /// How long a link works, in seconds.
    #[must_use]
    pub const fn lifetime_s(self) -> i64 {
        match self {
            Self::FirstRun | Self::BreakGlass => 3600,
            Self::Password => 1800,
            Self::FirstPassword | Self::Invitation | Self::NotMe => 7 * 86_400,
        }
    }

    fn of(word: &str) -> Option<Self> {
        [Self::FirstRun, Self::Password, Self::FirstPassword, Self::NotMe, Self::BreakGlass, Self::Invitation]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// A valid link.
#[derive(Clone, Debug)]
pub struct Link {
    /// What it is for.
    pub kind: Kind,
    /// The user; `None` for the first run, and for an invitation whose e-mail is no user's.
    pub user_id: Option<UserId>,
    /// The user name; `None` for the first run.
    pub email: Option<Email>,
    /// The name of the account, for an invitation.
    pub account: Option<String>,
    /// Whether mails to the user name are known to reach the user.
    pub is_email_confirmed: bool,
}

/// Stores a first-run link. Nodes that start at the same time make several; the first one that is used removes all.
pub async fn keep_first_run(db: &Db, token: &TokenHash, now: UnixTime) -> Result<()> {
    let sql = "insert into links (token_hash, kind, created_at, expires_at) values ($1, $2, $3, $4)";
    let kind = Kind::FirstRun;
    let until = now + kind.lifetime_s();
    sqlx::query(sql).bind(token).bind(kind.as_str()).bind(now).bind(until).execute(&db.write).await.map(drop)
}

/// Stores a link to a new password.
pub(super) async fn keep(tx: &mut Tx, token: &TokenHash, kind: Kind, user_id: &UserId, now: UnixTime) -> Result<()> {
    let sql = "insert into links (token_hash, kind, user_id, created_at, expires_at) values ($1, $2, $3, $4, $5)";
    sqlx::query(sql)
        .bind(token)
        .bind(kind.as_str())
        .bind(user_id)
        .bind(now)
        .bind(now + kind.lifetime_s())
        .execute(&mut **tx)
        .await
        .map(drop)
}

/// How many links of alarms of one user work at the same time.
const MOST_OF_ALARMS: i64 = 10;

/// Stores the link of an alarm. The links of earlier alarms keep working, so that nobody can invalidate them by causing new alarms; the
/// oldest beyond [`MOST_OF_ALARMS`] are removed.
pub(super) async fn keep_of_alarm(tx: &mut Tx, token: &TokenHash, user_id: &UserId, now: UnixTime) -> Result<()> {
    keep(tx, token, Kind::NotMe, user_id, now).await?;
    let bound = "delete from links where user_id = $1 and kind = 'not_me' and token_hash <> $2 and token_hash not in
        (select token_hash from links where user_id = $1 and kind = 'not_me' and token_hash <> $2
            order by created_at desc, token_hash limit $3)";
    sqlx::query(bound).bind(user_id).bind(token).bind(MOST_OF_ALARMS - 1).execute(&mut **tx).await.map(drop)
}

/// Stores a link to the first password, in place of an earlier one, for a user who has never logged in and has a temporary
/// password; `false` for every other user.
pub(super) async fn keep_first_password(
    tx: &mut Tx,
    token: &TokenHash,
    user_id: &UserId,
    now: UnixTime,
) -> Result<bool> {
    let kind = Kind::FirstPassword;
    let forget = "delete from links where user_id = $1 and kind = 'first_password'";
    let sql =
        "insert into links (token_hash, kind, user_id, created_at, expires_at) select $1, $2, id, $4, $5 from users
        where id = $3 and password_temporary_since is not null and last_sign_in_at is null and locked_at is null";
    sqlx::query(forget).bind(user_id).execute(&mut **tx).await?;
    let kept = sqlx::query(sql)
        .bind(token)
        .bind(kind.as_str())
        .bind(user_id)
        .bind(now)
        .bind(now + kind.lifetime_s())
        .execute(&mut **tx)
        .await?;
    Ok(kept.rows_affected() == 1)
}

/// Stores the link of an invitation, in place of an earlier one.
pub(super) async fn keep_invitation(
    tx: &mut Tx,
    token: &TokenHash,
    invitation_id: &MemberId,
    now: UnixTime,
) -> Result<()> {
    let kind = Kind::Invitation;
    let sql = "insert into links (token_hash, kind, invitation_id, created_at, expires_at)
        select $1, $2, id, $4, $5 from invitations where id = $3";
    forget_invitation(tx, invitation_id).await?;
    sqlx::query(sql)
        .bind(token)
        .bind(kind.as_str())
        .bind(invitation_id)
        .bind(now)
        .bind(now + kind.lifetime_s())
        .execute(&mut **tx)
        .await
        .map(drop)
}

type Row = (String, Option<UserId>, Option<Email>, Option<String>, Option<UnixTime>);

/// The link of a token, if it works. Looking does not use it up.
pub async fn find(db: &Db, token: &TokenHash, now: UnixTime) -> Result<Option<Link>> {
    let sql = "select l.kind, u.id, coalesce(u.email, i.email), a.name, u.email_unconfirmed_since from links l
            left join invitations i on i.id = l.invitation_id left join accounts a on a.id = i.account_id
            left join users u on u.id = l.user_id or u.email = i.email
        where l.token_hash = $1 and l.expires_at > $2
            and (l.kind <> 'first_run' or not exists (select 1 from accounts))
            and (u.id is null or l.kind = $3 or u.locked_at is null and (l.kind = $4
                or exists (select 1 from memberships m where m.user_id = u.id and m.locked_at is null)))";
    let row: Option<Row> = sqlx::query_as(sql)
        .bind(token)
        .bind(now)
        .bind(Kind::BreakGlass.as_str())
        .bind(Kind::Invitation.as_str())
        .fetch_optional(&db.read)
        .await?;
    Ok(row.and_then(|(kind, user_id, email, account, unconfirmed_since)| {
        let is_email_confirmed = unconfirmed_since.is_none();
        Some(Link { kind: Kind::of(&kind)?, user_id, email, account, is_email_confirmed })
    }))
}

/// Whether a link is still kept: it was neither used nor replaced.
pub async fn exists(db: &Db, token: &TokenHash) -> Result<bool> {
    let sql = "select count(*) from links where token_hash = $1";
    let links: i64 = sqlx::query_scalar(sql).bind(token).fetch_one(&db.read).await?;
    Ok(links > 0)
}

/// Uses up a first-run link, and removes all others. `false` if it is no longer valid.
pub(super) async fn use_first_run(tx: &mut Tx, token: &TokenHash, now: UnixTime) -> Result<bool> {
    let sql = "delete from links where token_hash = $1 and kind = 'first_run' and expires_at > $2";
    let used = sqlx::query(sql).bind(token).bind(now).execute(&mut **tx).await?;
    sqlx::query("delete from links where kind = 'first_run'").execute(&mut **tx).await?;
    Ok(used.rows_affected() == 1)
}

/// Uses up a link to a password; returns its kind, its user and when it was made. `None` if it is no longer valid.
pub(super) async fn use_for_password(
    tx: &mut Tx,
    token: &TokenHash,
    now: UnixTime,
) -> Result<Option<(Kind, UserId, UnixTime)>> {
    let sql = "delete from links where token_hash = $1 and expires_at > $2
            and kind in ('password', 'first_password', 'not_me', 'break_glass') returning kind, user_id, created_at";
    let used: Option<(String, Option<UserId>, UnixTime)> =
        sqlx::query_as(sql).bind(token).bind(now).fetch_optional(&mut **tx).await?;
    Ok(used.and_then(|(kind, user_id, made_at)| Some((Kind::of(&kind)?, user_id?, made_at))))
}

/// The invitation of a link that is valid.
pub(super) async fn invitation_of(tx: &mut Tx, token: &TokenHash, now: UnixTime) -> Result<Option<MemberId>> {
    let sql = "select invitation_id from links where token_hash = $1 and kind = 'invitation' and expires_at > $2";
    let found: Option<Option<MemberId>> =
        sqlx::query_scalar(sql).bind(token).bind(now).fetch_optional(&mut **tx).await?;
    Ok(found.flatten())
}

/// Uses up the link of an invitation; `false` if it is no longer valid.
pub(super) async fn use_invitation(tx: &mut Tx, token: &TokenHash, now: UnixTime) -> Result<bool> {
    let sql = "delete from links where token_hash = $1 and kind = 'invitation' and expires_at > $2";
    Ok(sqlx::query(sql).bind(token).bind(now).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Removes all links of a user.
pub(super) async fn forget(tx: &mut Tx, user_id: &UserId) -> Result<()> {
    sqlx::query("delete from links where user_id = $1").bind(user_id).execute(&mut **tx).await.map(drop)
}

/// Removes a user's break-glass links if this account is the only one that the user administers. Other accounts have no say.
pub(super) async fn forget_break_glass(tx: &mut Tx, user_id: &UserId, account_id: &AccountId) -> Result<()> {
    let sql = "delete from links where user_id = $1 and kind = 'break_glass'
        and exists (select 1 from memberships where user_id = $1 and account_id = $2 and admin_since is not null)
        and not exists (select 1 from memberships where user_id = $1 and account_id <> $2 and admin_since is not null)";
    sqlx::query(sql).bind(user_id).bind(account_id).execute(&mut **tx).await.map(drop)
}

/// Removes the link of an invitation.
pub(super) async fn forget_invitation(tx: &mut Tx, id: &MemberId) -> Result<()> {
    sqlx::query("delete from links where invitation_id = $1").bind(id).execute(&mut **tx).await.map(drop)
}

/// Removes at most `limit` expired links. Returns whether there may be more.
pub async fn remove_ended(db: &Db, now: UnixTime, limit: i64) -> Result<bool> {
    let sql = "delete from links where token_hash in (select token_hash from links where expires_at <= $1 limit $2)";
    let removed = sqlx::query(sql).bind(now).bind(limit).execute(&db.write).await?;
    Ok(removed.rows_affected() == limit.unsigned_abs())
}
