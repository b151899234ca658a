//! The users of an account as its administrators see them: members, and people who were invited. Somebody who has not joined
//! yet looks like a user who has never logged in, so that nobody learns who is a user elsewhere.

use postern_types::{Email, Member, MemberState, TwoFactorState};
use sqlx::AssertSqlSafe;

use super::{Db, Listing, Result, Tx};
use crate::addresses::AddressList;
use crate::clock::{UnixTime, rfc3339};
use crate::ids::{AccountId, MemberId, UserId};

/// A column to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// The user name.
    Email,
    /// The display name.
    Name,
    /// Active or locked.
    State,
    /// With a second factor or without.
    TwoFactor,
    /// The last log-in.
    LastSignIn,
}

impl Sort {
    const fn expression(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Name => "lower(name)",
            Self::State => "case when locked_at is null then 0 else 1 end",
            Self::TwoFactor => "case when two_factor_since is null then 0 else 1 end",
            Self::LastSignIn => "coalesce(last_sign_in_at, 0)",
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: MemberId,
    email: Email,
    name: String,
    locked_at: Option<UnixTime>,
    locked_by_operator_at: Option<UnixTime>,
    admin_since: Option<UnixTime>,
    two_factor_since: Option<UnixTime>,
    last_sign_in_at: Option<UnixTime>,
    allowed_addresses: String,
    /// Whether this is an invitation: `0` or `1`.
    is_invitation: i64,
    /// Until when the link to accept it, or to the first password, works.
    link_until: Option<UnixTime>,
}

impl Row {
    /// An invitation whose link has expired is as good as closed.
    fn seen(self, now: UnixTime) -> Member {
        let row = self;
        let link_works = row.link_until.is_some_and(|until| until > now);
        let is_locked = row.locked_at.is_some() || row.is_invitation == 1 && !link_works;
        Member {
            id: row.id.to_string(),
            email: row.email,
            name: row.name,
            state: if is_locked { MemberState::Locked } else { MemberState::Active },
            invited: link_works && !is_locked,
            locked_by_operator: row.locked_by_operator_at.is_some(),
            admin: row.admin_since.is_some(),
            two_factor: if row.two_factor_since.is_some() { TwoFactorState::SetUp } else { TwoFactorState::None },
            last_sign_in: row.last_sign_in_at.map(rfc3339),
            allowed_addresses: AddressList::from_stored(&row.allowed_addresses).unwrap_or_default().entries(),
        }
    }
}

/// All members and invited people of account `$1`.
const MEMBERS_AND_INVITED: &str =
    "(select u.id, u.email, u.name, coalesce(u.locked_at, m.locked_at) as locked_at,
            case when u.unowned_lock_at is null then u.locked_at end as locked_by_operator_at, m.admin_since, u.two_factor_since, u.last_sign_in_at,
            m.allowed_addresses, 0 as is_invitation, (select max(l.expires_at) from links l
                where l.user_id = u.id and l.kind = 'first_password') as link_until
        from memberships m join users u on u.id = m.user_id where m.account_id = $1
    union all select i.id, i.email, i.name, case when i.active_since is null then i.created_at end, null, i.admin_since, null,
            null, i.allowed_addresses, 1, (select max(l.expires_at) from links l where l.invitation_id = i.id)
        from invitations i where i.account_id = $1) everybody";
const MATCHES: &str = "$2 = '%%' or email like $2 escape '\\' or lower(name) like $2 escape '\\'";

/// A page of an account's users, and the total number.
pub async fn page(
    db: &Db,
    account_id: &AccountId,
    listing: &Listing<'_>,
    sort: Sort,
    descending: bool,
    now: UnixTime,
) -> Result<(Vec<Member>, u64)> {
    let by = sort.expression();
    let direction = if descending { "desc" } else { "" };
    let page = format!(
        "select * from {MEMBERS_AND_INVITED} where {MATCHES} order by {by} {direction}, email limit $3 offset $4"
    );
    let count = format!("select count(*) from {MEMBERS_AND_INVITED} where {MATCHES}");
    let pattern = listing.pattern();
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(page))
        .bind(account_id)
        .bind(&pattern)
        .bind(listing.limit())
        .bind(listing.offset())
        .fetch_all(&db.read)
        .await?;
    let total: i64 =
        sqlx::query_scalar(AssertSqlSafe(count)).bind(account_id).bind(&pattern).fetch_one(&db.read).await?;
    Ok((rows.into_iter().map(|row| row.seen(now)).collect(), total.unsigned_abs()))
}

/// One user of an account.
pub async fn get(db: &Db, account_id: &AccountId, id: &MemberId, now: UnixTime) -> Result<Option<Member>> {
    let sql = format!("select * from {MEMBERS_AND_INVITED} where id = $2");
    let row: Option<Row> =
        sqlx::query_as(AssertSqlSafe(sql)).bind(account_id).bind(id).fetch_optional(&db.write).await?;
    Ok(row.map(|row| row.seen(now)))
}

/// Whom a [`MemberId`] stands for.
#[derive(Clone, Debug)]
pub(super) enum Whom {
    /// A member.
    Member(UserId),
    /// Somebody who was invited; the id is the invitation's.
    Invited(MemberId),
}

/// Finds out whom an id stands for in an account, and their user name.
pub(super) async fn find(tx: &mut Tx, account_id: &AccountId, id: &MemberId) -> Result<Option<(Whom, Email)>> {
    let member = "select u.id, u.email from memberships m join users u on u.id = m.user_id
        where m.account_id = $1 and m.user_id = $2";
    let invited = "select id, email from invitations where account_id = $1 and id = $2";
    let found: Option<(UserId, Email)> =
        sqlx::query_as(member).bind(account_id).bind(id).fetch_optional(&mut **tx).await?;
    if let Some((user_id, email)) = found {
        return Ok(Some((Whom::Member(user_id), email)));
    }
    let found: Option<(MemberId, Email)> =
        sqlx::query_as(invited).bind(account_id).bind(id).fetch_optional(&mut **tx).await?;
    Ok(found.map(|(invitation_id, email)| (Whom::Invited(invitation_id), email)))
}
