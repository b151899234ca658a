//! The users of one account, as its administrators see and change them. Somebody who was invited and has not joined yet
//! looks like a user who has never logged in, so that nobody learns who is a user elsewhere.

use postern_types::{Email, Member, MemberState, TwoFactorState};

use super::events::{Act, What, event};
use super::{Db, Error, Listing, Result, on};
use crate::addresses::AddressList;
use crate::auth::password::PasswordHash;
use crate::clock::{UnixTime, rfc3339};

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

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    email: String,
    name: String,
    locked_at: Option<UnixTime>,
    admin_since: Option<UnixTime>,
    two_factor_since: Option<UnixTime>,
    last_sign_in_at: Option<UnixTime>,
    allowed_addresses: String,
}

impl From<Row> for Member {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            email: Email::from_stored(row.email),
            name: row.name,
            state: if row.locked_at.is_some() { MemberState::Locked } else { MemberState::Active },
            admin: row.admin_since.is_some(),
            two_factor: if row.two_factor_since.is_some() { TwoFactorState::SetUp } else { TwoFactorState::None },
            last_sign_in: row.last_sign_in_at.map(rfc3339),
            allowed_addresses: AddressList::from_stored(&row.allowed_addresses).unwrap_or_default().entries(),
        }
    }
}

/// Everybody of the account `$1`: members, and those who are invited.
macro_rules! everybody {
    ($rest:literal) => {
        concat!(
            "from (select u.id, u.email, u.name, u.locked_at, m.admin_since, u.two_factor_since, u.last_sign_in_at, \
                m.allowed_addresses
                from memberships m join users u on u.id = m.user_id where m.account_id = $1
            union all select i.id, u.email, i.name, case when i.active_since is null then i.created_at end, \
                i.admin_since, null, null, i.allowed_addresses
                from invitations i join users u on u.id = i.user_id where i.account_id = $1) everybody ",
            $rest
        )
    };
}

/// A statement for each order, since SQL is never put together while the program runs.
macro_rules! ordered {
    ($by:literal) => {
        concat!(
            "select * ",
            everybody!("where $2 = '%%' or email like $2 escape '\\' or lower(name) like $2 escape '\\' "),
            "order by ",
            $by,
            ", email limit $3 offset $4"
        )
    };
}

impl Sort {
    const fn sql(self, descending: bool) -> &'static str {
        match (self, descending) {
            (Self::Email, false) => ordered!("email"),
            (Self::Email, true) => ordered!("email desc"),
            (Self::Name, false) => ordered!("lower(name)"),
            (Self::Name, true) => ordered!("lower(name) desc"),
            (Self::State, false) => ordered!("case when locked_at is null then 0 else 1 end"),
            (Self::State, true) => ordered!("case when locked_at is null then 0 else 1 end desc"),
            (Self::TwoFactor, false) => ordered!("case when two_factor_since is null then 0 else 1 end"),
            (Self::TwoFactor, true) => ordered!("case when two_factor_since is null then 0 else 1 end desc"),
            (Self::LastSignIn, false) => ordered!("coalesce(last_sign_in_at, 0)"),
            (Self::LastSignIn, true) => ordered!("coalesce(last_sign_in_at, 0) desc"),
        }
    }
}

/// A page of an account's users, and how many there are.
///
/// # Errors
/// Where the database fails.
pub async fn page(
    db: &Db,
    account_id: &str,
    listing: &Listing<'_>,
    sort: Sort,
    descending: bool,
) -> Result<(Vec<Member>, u64)> {
    let count = concat!(
        "select count(*) ",
        everybody!("where $2 = '%%' or email like $2 escape '\\' or lower(name) like $2 escape '\\'")
    );
    let pattern = listing.pattern();
    let (rows, total): (Vec<Row>, i64) = on!(db.read, pool => (
        sqlx::query_as(sort.sql(descending)).bind(account_id).bind(&pattern).bind(listing.limit())
            .bind(listing.offset()).fetch_all(pool).await?,
        sqlx::query_scalar(count).bind(account_id).bind(&pattern).fetch_one(pool).await?,
    ));
    Ok((rows.into_iter().map(Member::from).collect(), total.unsigned_abs()))
}

/// One user of an account.
///
/// # Errors
/// Where the database fails.
pub async fn get(db: &Db, account_id: &str, id: &str) -> Result<Option<Member>> {
    let sql = concat!("select * ", everybody!("where id = $2"));
    let row: Option<Row> =
        on!(db.write, pool => sqlx::query_as(sql).bind(account_id).bind(id).fetch_optional(pool).await)?;
    Ok(row.map(Member::from))
}

/// Whether the user of this name is an administrator of any account.
///
/// # Errors
/// Where the database fails.
pub async fn is_admin(db: &Db, email: &Email) -> Result<bool> {
    let sql = "select count(*) from memberships m join users u on u.id = m.user_id
        where u.email = $1 and m.admin_since is not null";
    let roles: i64 = on!(db.read, pool => sqlx::query_scalar(sql).bind(email.as_str()).fetch_one(pool).await)?;
    Ok(roles > 0)
}

/// A user to add to an account.
#[derive(Debug)]
pub struct New<'a> {
    /// A fresh id, of the user or of the invitation.
    pub id: &'a str,
    /// The user name.
    pub email: &'a Email,
    /// The display name; may be empty.
    pub name: &'a str,
    /// With the administrator role?
    pub admin: bool,
    /// Hash of a random password that nobody knows, for a user who is new.
    pub password_hash: &'a PasswordHash,
}

/// Adds a user, locked; or invites one who is a user elsewhere. `false` where the e-mail is a member or invited already.
///
/// # Errors
/// Where the database fails.
pub async fn add(db: &Db, act: Act<'_>, new: &New<'_>) -> Result<bool> {
    let add_user = "insert into users (id, email, name, password_hash, created_at, locked_at, password_changed_at, \
        password_temporary_since) values ($1, $2, $3, $4, $5, $5, $5, $5) on conflict (email) do nothing";
    let join = "insert into memberships (account_id, user_id, created_at, admin_since) values ($1, $2, $3, $4)";
    let invite = "insert into invitations (id, account_id, user_id, name, created_at, admin_since)
        select $1, $2, u.id, $4, $5, $6 from users u where u.email = $3
            and not exists (select 1 from memberships m where m.account_id = $2 and m.user_id = u.id)
        on conflict (account_id, user_id) do nothing";
    let admin_since = new.admin.then_some(act.now);
    on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        let added = sqlx::query(add_user).bind(new.id).bind(new.email.as_str()).bind(new.name)
            .bind(new.password_hash.as_str()).bind(act.now).execute(&mut *tx).await?.rows_affected();
        let joined = if added == 1 {
            sqlx::query(join).bind(act.account_id).bind(new.id).bind(act.now).bind(admin_since).execute(&mut *tx).await?
        } else {
            sqlx::query(invite).bind(new.id).bind(act.account_id).bind(new.email.as_str()).bind(new.name).bind(act.now)
                .bind(admin_since).execute(&mut *tx).await?
        };
        if joined.rows_affected() == 0 {
            return Ok(false);
        }
        event!(act, What::UserAdded, new.email.as_str(), "").execute(&mut *tx).await?;
        tx.commit().await?;
        Ok::<_, Error>(true)
    })
}
