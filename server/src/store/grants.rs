//! Which accounts have which applications, and which of their users may use them.

use super::account_security::Settings;
use super::applications::Row;
use super::{Db, Result, Session, Tx};
use crate::addresses::AddressList;
use crate::applications::{Application, Grant, Visitor};
use crate::clock::UnixTime;
use crate::ids::{AccountId, ApplicationId, UserId};

/// A membership in an account that has an application.
#[derive(sqlx::FromRow)]
pub(super) struct GrantRow {
    account_id: AccountId,
    is_chosen: i64,
    user_addresses: String,
    #[sqlx(flatten)]
    settings: Settings,
}

impl From<GrantRow> for Grant {
    fn from(row: GrantRow) -> Self {
        Self {
            account_id: row.account_id,
            is_chosen: row.is_chosen == 1,
            needs_factor: row.settings.two_factor_required_at.is_some(),
            addresses: AddressList::from_stored(&row.settings.allowed_addresses),
            previous_addresses: AddressList::from_stored(&row.settings.previous_addresses),
            addresses_confirm_by: row.settings.addresses_confirm_by,
            user_addresses: AddressList::from_stored(&row.user_addresses),
        }
    }
}

/// The accounts that have the application and in which the user is active; none for a user that the operator has locked. A user
/// name that an administrator has changed and that has not been confirmed is not given to an application that another account
/// also has, because it might be somebody else's there.
pub async fn grants(db: &Db, user_id: &UserId, id: &ApplicationId) -> Result<Vec<Grant>> {
    let sql = "select g.account_id,
            case when g.everyone_since is not null or c.user_id is not null then 1 else 0 end as is_chosen,
            m.allowed_addresses as user_addresses, a.two_factor_required_at, a.password_max_age_days, a.allowed_addresses,
            a.previous_addresses, a.addresses_confirm_by, a.security_version
        from application_accounts g join accounts a on a.id = g.account_id
            join memberships m on m.account_id = g.account_id and m.user_id = $1 and m.locked_at is null
            join users u on u.id = m.user_id and u.locked_at is null and (u.email_unconfirmed_since is null or not exists (select 1 from application_accounts o
                    where o.application_id = g.application_id and o.account_id <> g.account_id))
            left join application_members c on c.application_id = g.application_id and c.account_id = g.account_id
                and c.user_id = m.user_id
        where g.application_id = $2 order by g.account_id";
    let rows: Vec<GrantRow> = sqlx::query_as(sql).bind(user_id).bind(id).fetch_all(&db.read).await?;
    Ok(rows.into_iter().map(Grant::from).collect())
}

/// An account in which a user is active.
#[derive(Debug, sqlx::FromRow)]
pub struct ActiveAccount {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Since when the user is an administrator.
    pub admin_since: Option<UnixTime>,
}

/// The accounts in which a user is active, by name.
pub async fn accounts_of(db: &Db, user_id: &UserId) -> Result<Vec<ActiveAccount>> {
    let sql = "select a.id, a.name, m.admin_since from memberships m join accounts a on a.id = m.account_id
        where m.user_id = $1 and m.locked_at is null order by a.name";
    sqlx::query_as(sql).bind(user_id).fetch_all(&db.read).await
}

/// Whether a user is a member of an account, locked or not.
pub async fn is_member(db: &Db, account_id: &AccountId, user_id: &UserId) -> Result<bool> {
    let sql = "select count(*) from memberships where account_id = $1 and user_id = $2";
    let found: i64 = sqlx::query_scalar(sql).bind(account_id).bind(user_id).fetch_one(&db.read).await?;
    Ok(found == 1)
}

/// The user of a session, in relation to an application.
pub async fn visitor(db: &Db, session: &Session, id: &ApplicationId) -> Result<Visitor> {
    Ok(Visitor {
        authenticated_at: session.authenticated_at(),
        factor_shown_at: session.factor_shown_at(),
        two_factor_since: session.two_factor_since(),
        new_password_since: session.new_password_since(),
        grants: grants(db, session.user_id(), id).await?,
    })
}

/// A user who has just logged in with every factor that they have, in relation to an application.
pub async fn visitor_after_log_in(db: &Db, user_id: &UserId, id: &ApplicationId, now: UnixTime) -> Result<Visitor> {
    let sql = "select two_factor_since from users where id = $1";
    let two_factor_since: Option<Option<UnixTime>> =
        sqlx::query_scalar(sql).bind(user_id).fetch_optional(&db.read).await?;
    let two_factor_since = two_factor_since.flatten();
    Ok(Visitor {
        authenticated_at: Some(now),
        factor_shown_at: two_factor_since.map(|_| now),
        two_factor_since,
        new_password_since: None,
        grants: grants(db, user_id, id).await?,
    })
}

/// An application, and whether it has an icon.
#[derive(sqlx::FromRow)]
struct WithIcon {
    #[sqlx(flatten)]
    row: Row,
    has_icon: i64,
}

/// An application of a user, whether it has an icon, and the accounts through which the user has it.
#[derive(Debug)]
pub struct UsersApplication {
    /// The application.
    pub application: Application,
    /// Whether it has an icon.
    pub has_icon: bool,
    /// The accounts in which the user is active and that have it.
    pub grants: Vec<Grant>,
}

/// The applications of the accounts in which the user is active, by name.
pub async fn of_user(db: &Db, user_id: &UserId) -> Result<Vec<UsersApplication>> {
    let sql = "select id, name, url, origin, rules, two_factor_required_at, max_age_s, excluded_networks,
            case when icon_type is null then 0 else 1 end as has_icon
        from applications p where exists (select 1 from application_accounts g
            join memberships m on m.account_id = g.account_id and m.user_id = $1 and m.locked_at is null
            where g.application_id = p.id)
        order by name";
    let rows: Vec<WithIcon> = sqlx::query_as(sql).bind(user_id).fetch_all(&db.read).await?;
    let mut applications = Vec::with_capacity(rows.len());
    for WithIcon { row, has_icon } in rows {
        let application = Application::from(row);
        let grants = grants(db, user_id, &application.id).await?;
        applications.push(UsersApplication { application, has_icon: has_icon == 1, grants });
    }
    Ok(applications)
}

/// An application of an account, as stored.
#[derive(sqlx::FromRow)]
struct AccountRow {
    #[sqlx(flatten)]
    row: Row,
    has_icon: i64,
    everyone_since: Option<UnixTime>,
    version: i64,
}

/// An application of an account.
#[derive(Debug)]
pub struct AccountsApplication {
    /// The application.
    pub application: Application,
    /// Whether it has an icon.
    pub has_icon: bool,
    /// Since when every user of the account may use it.
    pub everyone_since: Option<UnixTime>,
    /// The users that the administrators have chosen.
    pub users: Vec<UserId>,
    /// Incremented with every change of who may use it.
    pub version: i64,
}

/// The applications of an account, by name.
pub async fn of_account(db: &Db, account_id: &AccountId) -> Result<Vec<AccountsApplication>> {
    let sql =
        "select p.id, p.name, p.url, p.origin, p.rules, p.two_factor_required_at, p.max_age_s, p.excluded_networks,
            case when p.icon_type is null then 0 else 1 end as has_icon, g.everyone_since, g.version
        from application_accounts g join applications p on p.id = g.application_id
        where g.account_id = $1 order by p.name";
    let rows: Vec<AccountRow> = sqlx::query_as(sql).bind(account_id).fetch_all(&db.write).await?;
    let sql = "select application_id, user_id from application_members where account_id = $1 order by user_id";
    let members: Vec<(ApplicationId, UserId)> = sqlx::query_as(sql).bind(account_id).fetch_all(&db.write).await?;
    let application = |AccountRow { row, has_icon, everyone_since, version }| {
        let application = Application::from(row);
        let of_this = members.iter().filter(|(id, _)| *id == application.id);
        let users = of_this.map(|(_, user_id)| user_id.clone()).collect();
        AccountsApplication { application, has_icon: has_icon == 1, everyone_since, users, version }
    };
    Ok(rows.into_iter().map(application).collect())
}

/// Sets whether every user of an account may use an application, if the version is still this one. `None` if the account does
/// not have it, `false` if somebody else has changed it.
pub(super) async fn set_everyone(
    tx: &mut Tx,
    account_id: &AccountId,
    id: &ApplicationId,
    version: i64,
    everyone_since: Option<UnixTime>,
) -> Result<Option<bool>> {
    let sql = "update application_accounts set version = version + 1,
            everyone_since = case when $4 is null then null else coalesce(everyone_since, $4) end
        where application_id = $1 and account_id = $2 and version = $3";
    let query = sqlx::query(sql).bind(id).bind(account_id).bind(version).bind(everyone_since);
    if query.execute(&mut **tx).await?.rows_affected() == 1 {
        return Ok(Some(true));
    }
    let sql = "select count(*) from application_accounts where application_id = $1 and account_id = $2";
    let given: i64 = sqlx::query_scalar(sql).bind(id).bind(account_id).fetch_one(&mut **tx).await?;
    Ok((given == 1).then_some(false))
}

/// The chosen users of an account, with their user names.
pub(super) async fn chosen(tx: &mut Tx, account_id: &AccountId, id: &ApplicationId) -> Result<Vec<(UserId, String)>> {
    let sql = "select c.user_id, u.email from application_members c join users u on u.id = c.user_id
        where c.application_id = $1 and c.account_id = $2 order by u.email";
    sqlx::query_as(sql).bind(id).bind(account_id).fetch_all(&mut **tx).await
}

/// Chooses a user. Returns the user name; `None` if the user is not a member of the account.
pub(super) async fn choose(
    tx: &mut Tx,
    account_id: &AccountId,
    id: &ApplicationId,
    user_id: &UserId,
) -> Result<Option<String>> {
    let sql = "insert into application_members (application_id, account_id, user_id)
        select $1, account_id, user_id from memberships where account_id = $2 and user_id = $3";
    if sqlx::query(sql).bind(id).bind(account_id).bind(user_id).execute(&mut **tx).await?.rows_affected() == 0 {
        return Ok(None);
    }
    sqlx::query_scalar("select email from users where id = $1").bind(user_id).fetch_optional(&mut **tx).await
}

/// Removes a user from the chosen ones.
pub(super) async fn unchoose(tx: &mut Tx, account_id: &AccountId, id: &ApplicationId, user_id: &UserId) -> Result<()> {
    let sql = "delete from application_members where application_id = $1 and account_id = $2 and user_id = $3";
    sqlx::query(sql).bind(id).bind(account_id).bind(user_id).execute(&mut **tx).await.map(drop)
}
