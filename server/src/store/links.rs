//! One-time links: to the first run, to a password, to a further account. Found by the hash of their token; used once.

use super::{Db, Error, Result, on};
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The first account and its administrator (R34).
    FirstRun,
    /// A password in place of a forgotten one.
    Password,
    /// The first password of a new user.
    FirstPassword,
    /// An administrator's way back in when all else is lost: a new password, and a new second factor.
    BreakGlass,
    /// Membership in a further account.
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
            Self::FirstPassword | Self::Invitation => 7 * 86_400,
        }
    }

    pub(super) fn of(word: &str) -> Option<Self> {
        [Self::FirstRun, Self::Password, Self::FirstPassword, Self::BreakGlass, Self::Invitation]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// A link that works.
#[derive(Clone, Debug)]
pub struct Link {
    /// What it is for.
    pub kind: Kind,
    /// The user, except at the first run.
    pub user_id: Option<String>,
    /// The user name, except at the first run.
    pub email: Option<String>,
    /// The account of an invitation.
    pub account: Option<String>,
}

pub(super) const INSERT: &str = "insert into links (token_hash, kind, user_id, invitation_id, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6)";

/// Keeps a first-run link. There may be several, of nodes that start at once; the first one that is used ends all.
///
/// # Errors
/// Where the database fails.
pub async fn keep_first_run(db: &Db, token: &TokenHash, now: UnixTime) -> Result<()> {
    let kind = Kind::FirstRun;
    on!(db.write, pool => {
        sqlx::query(INSERT).bind(token.as_str()).bind(kind.as_str()).bind(None::<String>).bind(None::<String>).bind(now)
            .bind(now + kind.lifetime_s()).execute(pool).await.map(drop)
    })
}

type Row = (String, Option<String>, Option<String>, Option<String>);

/// The link of a token, if it works. Looking does not use it up.
///
/// # Errors
/// Where the database fails.
pub async fn find(db: &Db, token: &TokenHash, now: UnixTime) -> Result<Option<Link>> {
    let sql = "select l.kind, l.user_id, u.email, a.name from links l left join users u on u.id = l.user_id
            left join invitations i on i.id = l.invitation_id left join accounts a on a.id = i.account_id
        where l.token_hash = $1 and l.expires_at > $2 and (l.user_id is null or u.locked_at is null or l.kind = $3)";
    let row: Option<Row> = on!(db.read, pool => {
        sqlx::query_as(sql).bind(token.as_str()).bind(now).bind(Kind::BreakGlass.as_str()).fetch_optional(pool).await
    })?;
    Ok(row.and_then(|(kind, user_id, email, account)| Some(Link { kind: Kind::of(&kind)?, user_id, email, account })))
}

/// Uses an invitation up: the user becomes a member of the account. `false` where the link does not work any more.
///
/// # Errors
/// Where the database fails.
pub async fn accept_invitation(db: &Db, token: &TokenHash, now: UnixTime) -> Result<bool> {
    let join = "insert into memberships (account_id, user_id, created_at, admin_since, allowed_addresses)
        select account_id, user_id, $2, admin_since, allowed_addresses from invitations
        where id = $1 and active_since is not null on conflict (account_id, user_id) do nothing";
    let event = "insert into events (id, at, account_id, actor, subject, what, detail, address)
        select $2, $3, i.account_id, u.email, u.email, 'invitation_accepted', '', ''
        from invitations i join users u on u.id = i.user_id where i.id = $1";
    on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        let used: Option<Option<String>> = sqlx::query_scalar(
            "delete from links where token_hash = $1 and kind = 'invitation' and expires_at > $2 returning invitation_id",
        ).bind(token.as_str()).bind(now).fetch_optional(&mut *tx).await?;
        let Some(Some(invitation)) = used else { return Ok(false) };
        sqlx::query(event).bind(&invitation).bind(crate::auth::token::random_id()).bind(now).execute(&mut *tx).await?;
        let joined = sqlx::query(join).bind(&invitation).bind(now).execute(&mut *tx).await?.rows_affected();
        sqlx::query("delete from invitations where id = $1").bind(&invitation).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok::<_, Error>(joined == 1)
    })
}

/// Removes links that are over.
///
/// # Errors
/// Where the database fails.
pub async fn remove_ended(db: &Db, now: UnixTime) -> Result<()> {
    on!(db.write, pool => sqlx::query("delete from links where expires_at <= $1").bind(now).execute(pool).await.map(drop))
}
