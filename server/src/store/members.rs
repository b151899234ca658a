//! The users of an account as its administrators see them: members, and people who were invited. Somebody who has not joined
//! yet looks like a user who has never logged in, so that nobody learns who is a user elsewhere.

use postern_types::{Email, Member, MemberState, TwoFactorState};
use sqlx::AssertSqlSafe;

use super::passkeys::USABLE;
use super::{Db, Listing, ReportError, Result, Tx};
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
    /// The column of `roster`; each has an index, with the user name after it.
    const fn column(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Name => "name_folded",
            Self::State => "locked",
            Self::TwoFactor => "two_factor",
            Self::LastSignIn => "last_sign_in_at",
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
    two_factor_disabled_at: Option<UnixTime>,
    apps: i64,
    passkeys: i64,
    usable_passkeys: i64,
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
            two_factor: TwoFactorState::of(
                row.two_factor_since.is_some(),
                row.two_factor_disabled_at.is_some() && row.usable_passkeys == 0,
            ),
            authenticator: row.apps > 0,
            passkeys: u32::try_from(row.passkeys).unwrap_or(u32::MAX),
            last_sign_in: row.last_sign_in_at.map(rfc3339),
            allowed_addresses: AddressList::from_stored(&row.allowed_addresses).unwrap_or_default().entries(),
        }
    }
}

/// Members and invited people of account `$1`: all, or those in a table that is joined by their id.
fn everybody(more_columns: &str, join: &str) -> String {
    let on = |column: &str| if join.is_empty() { String::new() } else { format!("{join} {column}") };
    format!(
        "(select {more_columns} u.id, u.email, u.name, coalesce(u.locked_at, m.locked_at) as locked_at,
            case when u.unowned_lock_at is null then u.locked_at end as locked_by_operator_at, m.admin_since,
            u.two_factor_since,
            (select f.disabled_at from totp_factors f where f.user_id = u.id) as two_factor_disabled_at,
            (select count(*) from totp_factors f where f.user_id = u.id) as apps,
            (select count(*) from passkeys p where p.user_id = u.id) as passkeys, {USABLE} as usable_passkeys,
            m.last_sign_in_at, m.allowed_addresses, cast(0 as bigint) as is_invitation,
            (select max(l.expires_at) from links l where l.user_id = u.id and l.kind = 'first_password') as link_until
        from memberships m join users u on u.id = m.user_id {} where m.account_id = $1
        union all select {more_columns} i.id, i.email, i.name,
            case when i.active_since is null then i.created_at end, null, i.admin_since, null, null, cast(0 as bigint),
            cast(0 as bigint), cast(0 as bigint), null,
            i.allowed_addresses, cast(1 as bigint),
            (select max(l.expires_at) from links l where l.invitation_id = i.id)
        from invitations i {} where i.account_id = $1) everybody",
        on("m.user_id"),
        on("i.id")
    )
}

/// The people of account `$1` whose name or e-mail matches `$2`.
const MATCHING: &str =
    "from roster where account_id = $1 and (email like $2 escape '\\' or name_folded like $2 escape '\\')";

/// Up to this many matches of a search are sorted, rather than met on a walk along the index.
const FEW: i64 = 5_000;

/// A page of an account's users, and the total number. Those who are alike are sorted by user name, in the same direction.
pub async fn page(
    db: &Db,
    account_id: &AccountId,
    listing: &Listing<'_>,
    sort: Sort,
    descending: bool,
    now: UnixTime,
) -> std::result::Result<(Vec<Member>, u64), ReportError> {
    let total = count(db, account_id, listing).await?;
    let (limit, offset) = (listing.limit().min(total - listing.offset()), listing.offset());
    if limit <= 0 {
        return Ok((Vec::new(), total.unsigned_abs()));
    }
    // A page of the second half is fewer steps away from the end.
    let from_end = total - offset - limit;
    let backwards = listing.search.is_empty() && from_end < offset;
    let direction = |descending: bool| if descending { "desc" } else { "asc" };
    let (walk, skip) = if backwards { (!descending, from_end) } else { (descending, offset) };
    let (key, walk, order) = (sort.column(), direction(walk), direction(descending));
    let (found, by) = found(listing, key, total);
    let sql = format!(
        "with page as materialized (select member_id, {key} as sort_key from roster where account_id = $1 and email in
            (select email from (select email {found} order by {by} {walk}, email {walk} limit $3 offset $4) as emails))
        select everybody.* from {} order by everybody.sort_key {order}, everybody.email {order}",
        everybody("page.sort_key, ", "join page on page.member_id =")
    );
    let page = db.report(sql).bind(account_id.clone())?.bind(listing.pattern())?.bind(limit)?.bind(skip)?;
    let rows: Vec<Row> = page.rows().await?;
    Ok((rows.into_iter().map(|row| row.seen(now)).collect(), total.unsigned_abs()))
}

/// The people to sort, and by what. A few matches are collected and then sorted; many are met soon on a walk along the index.
fn found(listing: &Listing<'_>, key: &str, total: i64) -> (String, String) {
    if listing.search.is_empty() {
        return ("from roster where account_id = $1 and $2 = '%%'".to_owned(), key.to_owned());
    }
    if total > FEW {
        return (MATCHING.to_owned(), key.to_owned());
    }
    // An expression, so that no index is walked.
    let by = format!("coalesce({key}, {key})");
    (format!("from roster where account_id = $1 and email in (select email {MATCHING})"), by)
}

async fn count(db: &Db, account_id: &AccountId, listing: &Listing<'_>) -> std::result::Result<i64, ReportError> {
    if listing.search.is_empty() {
        let all = db.report("select count(*) from roster where account_id = $1".to_owned());
        return Ok(all.bind(account_id.clone())?.number().await?.cast_signed());
    }
    let matches = db.report(format!("select count(*) {MATCHING}"));
    Ok(matches.bind(account_id.clone())?.bind(listing.pattern())?.number().await?.cast_signed())
}

/// One user of an account.
pub async fn get(db: &Db, account_id: &AccountId, id: &MemberId, now: UnixTime) -> Result<Option<Member>> {
    let sql = format!("select * from {} where id = $2", everybody("", ""));
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
