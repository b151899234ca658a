//! Sessions on the hosts of applications, found by the hash of the token that the browser has there. Each belongs to a session
//! of the portal, ends with it, and is valid for one application.

use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use sqlx::query::QueryAs;

use super::cache::{Cacheable, packed, unpacked};
use super::grants::GrantRow;
use super::sql::Subject;
use super::{Db, Result, Tx};
use crate::applications::{Grant, Visitor};
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::{ApplicationId, SessionId, UserId};

/// Maximum number of sessions with one application per session of the portal. Several tabs that log in at the same time each
/// begin one.
const MOST: i64 = 10;

/// A live session with an application, with everything else that a decision needs besides the application, the request, the
/// client's address and the time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApplicationSession {
    /// The application for which it is valid.
    pub application_id: ApplicationId,
    /// The portal's session.
    pub session_id: SessionId,
    /// The user.
    pub user_id: UserId,
    /// When the portal's session reaches its absolute limit.
    pub expires_at: UnixTime,
    /// When the portal's session was last used.
    pub last_seen_at: UnixTime,
    /// The user name. It was checked when it was stored.
    pub email: String,
    /// The user's display name; may be empty.
    pub name: String,
    /// The user, in relation to this application.
    pub visitor: Visitor,
    /// More about the accounts of the visitor's grants, in the same order.
    pub accounts: Vec<Account>,
}

/// An account that has the application.
#[derive(Clone, Debug, sqlx::FromRow, Serialize, Deserialize)]
pub struct Account {
    /// Its name.
    pub account_name: String,
    /// Since when the user is an administrator.
    pub admin_since: Option<UnixTime>,
}

/// The session's columns of a row.
#[derive(sqlx::FromRow)]
struct SessionRow {
    token_hash: TokenHash,
    application_id: ApplicationId,
    session_id: SessionId,
    user_id: UserId,
    expires_at: UnixTime,
    last_seen_at: UnixTime,
    email: String,
    name: String,
    authenticated_at: Option<UnixTime>,
    factor_shown_at: Option<UnixTime>,
    two_factor_since: Option<UnixTime>,
    new_password_since: Option<UnixTime>,
}

/// A row for each account in which the user is active, with the account if it has the application.
#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    session: SessionRow,
    has_account: i64,
    #[sqlx(flatten)]
    account: Account,
    #[sqlx(flatten)]
    grant: GrantRow,
}

/// The live sessions at the time `$1`, of portal's sessions that were used after the time `$2`.
const LIVE: &str = "select x.token_hash, x.application_id, s.id as session_id, s.user_id, s.expires_at, s.last_seen_at, u.email, u.name,
            s.authenticated_at, s.factor_shown_at, u.two_factor_since, s.new_password_since,
            case when a.id is null then 0 else 1 end as has_account, coalesce(a.id, '') as account_id,
            coalesce(a.name, '') as account_name, m.admin_since,
            case when g.everyone_since is not null or c.user_id is not null then 1 else 0 end as is_chosen,
            coalesce(m.allowed_addresses, '') as user_addresses, a.two_factor_required_at, a.password_max_age_days,
            coalesce(a.allowed_addresses, '') as allowed_addresses,
            coalesce(a.previous_addresses, '') as previous_addresses, a.addresses_confirm_by,
            coalesce(a.security_version, 0) as security_version
        from application_sessions x join sessions s on s.id = x.session_id join users u on u.id = s.user_id
            left join memberships m on m.user_id = s.user_id and m.locked_at is null
            left join application_accounts g on g.application_id = x.application_id and g.account_id = m.account_id
                and (u.email_unconfirmed_since is null or not exists (select 1 from application_accounts o
                    where o.application_id = g.application_id and o.account_id <> g.account_id))
            left join accounts a on a.id = g.account_id
            left join application_members c on c.application_id = g.application_id and c.account_id = g.account_id
                and c.user_id = m.user_id
        where s.authenticated_at is not null and s.expires_at > $1 and s.last_seen_at > $2
            and u.locked_at is null
            and exists (select 1 from memberships o where o.user_id = u.id and o.locked_at is null)";

/// The live sessions of these tokens. A session is live as long as the portal's session behind it is (`sessions::find`).
pub async fn find(
    db: &Db,
    tokens: &[TokenHash],
    now: UnixTime,
    idle_s: i64,
) -> Result<Vec<(TokenHash, ApplicationSession)>> {
    let places = (3..3 + tokens.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let sql = format!("{LIVE} and x.token_hash in ({places}) order by x.token_hash, a.name");
    let query = sqlx::query_as(AssertSqlSafe(sql)).bind(now).bind(now - idle_s);
    let rows: Vec<Row> = tokens.iter().fold(query, QueryAs::bind).fetch_all(&db.read).await?;
    Ok(joined(rows))
}

impl ApplicationSession {
    /// Whether the portal's session has neither expired nor been idle for `idle_s` seconds (R26).
    pub(super) const fn is_live(&self, now: UnixTime, idle_s: i64) -> bool {
        self.expires_at > now && self.last_seen_at > now - idle_s
    }
}

impl Cacheable for ApplicationSession {
    fn subjects(&self) -> Vec<Subject> {
        let accounts = self.visitor.grants.iter().map(|grant| grant.account_id.as_str());
        let own = [self.user_id.as_str(), self.session_id.as_str(), self.application_id.as_str()];
        accounts.chain(own).map(Subject::of).collect()
    }

    fn pack(&self) -> Vec<u8> {
        packed(self)
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        unpacked(bytes)
    }
}

/// The sessions of rows that are ordered by their tokens.
fn joined(rows: Vec<Row>) -> Vec<(TokenHash, ApplicationSession)> {
    let mut sessions: Vec<(TokenHash, ApplicationSession)> = Vec::new();
    for Row { session, has_account, account, grant } in rows {
        if sessions.last().is_none_or(|(token, _)| *token != session.token_hash) {
            sessions.push((session.token_hash.clone(), session.into()));
        }
        if let Some((_, session)) = sessions.last_mut()
            && has_account == 1
        {
            session.visitor.grants.push(Grant::from(grant));
            session.accounts.push(account);
        }
    }
    sessions
}

impl From<SessionRow> for ApplicationSession {
    fn from(row: SessionRow) -> Self {
        Self {
            application_id: row.application_id,
            session_id: row.session_id,
            user_id: row.user_id,
            expires_at: row.expires_at,
            last_seen_at: row.last_seen_at,
            email: row.email,
            name: row.name,
            visitor: Visitor {
                authenticated_at: row.authenticated_at,
                factor_shown_at: row.factor_shown_at,
                two_factor_since: row.two_factor_since,
                new_password_since: row.new_password_since,
                grants: Vec::new(),
            },
            accounts: Vec::new(),
        }
    }
}

/// Begins a session with an application, and ends all but the newest [`MOST`] of the same portal's session; `false` if the
/// portal's session has ended.
pub(super) async fn begin(
    tx: &mut Tx,
    token: &TokenHash,
    session_id: &SessionId,
    application_id: &ApplicationId,
    now: UnixTime,
) -> Result<bool> {
    let sql = "insert into application_sessions (token_hash, session_id, application_id, created_at)
        select $1, id, $3, $4 from sessions where id = $2 and authenticated_at is not null and expires_at > $4";
    let insert = sqlx::query(sql).bind(token).bind(session_id).bind(application_id).bind(now);
    let begun = insert.execute(&mut **tx).await?.rows_affected() == 1;
    let sql = "delete from application_sessions where token_hash in (select token_hash from application_sessions
        where session_id = $1 and application_id = $2 and token_hash <> $3
        order by created_at desc, token_hash limit 1000 offset $4)";
    let prune = sqlx::query(sql).bind(session_id).bind(application_id).bind(token).bind(MOST - 1);
    prune.execute(&mut **tx).await?;
    Ok(begun)
}

/// Ends the sessions with applications that belong to a session of the portal, and removes its unused codes. A browser that
/// still has the portal's session gets a new one when it opens the next page.
pub(super) async fn end(tx: &mut Tx, session_id: &SessionId) -> Result<()> {
    sqlx::query("delete from application_sessions where session_id = $1").bind(session_id).execute(&mut **tx).await?;
    sqlx::query("delete from application_codes where session_id = $1")
        .bind(session_id)
        .execute(&mut **tx)
        .await
        .map(drop)
}

/// Ends the portal's session behind a session with this application, and with it all sessions that belong to it.
pub async fn sign_out(db: &Db, token: &TokenHash, application_id: &ApplicationId) -> Result<()> {
    let mut tx = db.begin().await?;
    let sql = "delete from sessions where id in (select session_id from application_sessions
        where token_hash = $1 and application_id = $2)";
    sqlx::query(sql).bind(token).bind(application_id).execute(&mut *tx).await?;
    tx.commit().await
}
