//! Applications behind the portal. Who may use them is in `grants.rs`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use sqlx::AssertSqlSafe;

use super::{Db, Result, Tx};
use crate::applications::{Application, Icon, MediaType, Origin, Rules};
use crate::clock::UnixTime;
use crate::display_name::DisplayName;
use crate::ids::{AccountId, ApplicationId};

/// The columns of an application, without those of the icon.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: ApplicationId,
    name: DisplayName,
    url: String,
    origin: Origin,
    rules: String,
    two_factor_required_at: Option<UnixTime>,
    max_age_s: Option<i64>,
    excluded_networks: String,
}

impl From<Row> for Application {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            url: row.url,
            origin: row.origin,
            rules: Rules::from_stored(&row.rules),
            two_factor: row.two_factor_required_at.is_some(),
            max_age_s: row.max_age_s,
            excluded_networks: networks(&row.excluded_networks),
        }
    }
}

/// An application, for the operator.
#[derive(sqlx::FromRow)]
pub struct Listed {
    #[sqlx(flatten)]
    row: Row,
    icon_type: Option<String>,
    /// Set while the settings file defines it.
    pub from_file_since: Option<UnixTime>,
}

impl Listed {
    /// Whether it has an icon.
    #[must_use]
    pub const fn has_icon(&self) -> bool {
        self.icon_type.is_some()
    }

    /// The application.
    #[must_use]
    pub fn into_application(self) -> Application {
        self.row.into()
    }
}

/// Parses a column of networks. If it is damaged, everybody is excluded.
fn networks(text: &str) -> Vec<IpNet> {
    let networks = text.lines().map(|line| line.parse().ok()).collect::<Option<Vec<_>>>();
    networks.unwrap_or_else(|| vec![Ipv4Net::default().into(), Ipv6Net::default().into()])
}

fn stored(networks: &[IpNet]) -> String {
    networks.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The application with this origin.
pub async fn by_origin(db: &Db, origin: &str) -> Result<Option<Application>> {
    let sql = "select id, name, url, origin, rules, two_factor_required_at, max_age_s, excluded_networks
        from applications where origin = $1";
    let row: Option<Row> = sqlx::query_as(sql).bind(origin).fetch_optional(&db.read).await?;
    Ok(row.map(Application::from))
}

/// All applications.
pub async fn all(db: &Db) -> Result<Vec<Application>> {
    let sql =
        "select id, name, url, origin, rules, two_factor_required_at, max_age_s, excluded_networks from applications";
    let rows: Vec<Row> = sqlx::query_as(sql).fetch_all(&db.read).await?;
    Ok(rows.into_iter().map(Application::from).collect())
}

/// The application with this id.
pub async fn find(db: &Db, id: &ApplicationId) -> Result<Option<Application>> {
    let sql = "select id, name, url, origin, rules, two_factor_required_at, max_age_s, excluded_networks
        from applications where id = $1";
    let row: Option<Row> = sqlx::query_as(sql).bind(id).fetch_optional(&db.read).await?;
    Ok(row.map(Application::from))
}

/// The icon of an application.
pub async fn icon(db: &Db, id: &ApplicationId) -> Result<Option<Icon>> {
    let sql = "select icon_type, icon from applications where id = $1";
    let row: Option<IconRow> = sqlx::query_as(sql).bind(id).fetch_optional(&db.read).await?;
    Ok(row.and_then(decoded))
}

/// The columns of an icon.
type IconRow = (Option<String>, Option<String>);

fn decoded((media_type, icon): IconRow) -> Option<Icon> {
    let media_type = MediaType::named(&media_type?)?;
    Some(Icon::kept(media_type, BASE64_STANDARD.decode(icon?).ok()?))
}

const LISTED: &str = "select id, name, url, origin, rules, two_factor_required_at, max_age_s, excluded_networks,
    icon_type, from_file_since from applications";

/// All applications, by name.
pub async fn list(db: &Db) -> Result<Vec<Listed>> {
    sqlx::query_as(AssertSqlSafe(format!("{LISTED} order by name"))).fetch_all(&db.read).await
}

/// The applications that the settings file defines.
pub(super) async fn from_file(tx: &mut Tx) -> Result<Vec<Listed>> {
    let sql = format!("{LISTED} where from_file_since is not null order by name");
    sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut **tx).await
}

/// The application with this name.
pub(super) async fn named(tx: &mut Tx, name: &str) -> Result<Option<Listed>> {
    sqlx::query_as(AssertSqlSafe(format!("{LISTED} where name = $1"))).bind(name).fetch_optional(&mut **tx).await
}

/// The icon of an application, in a transaction.
pub(super) async fn icon_in(tx: &mut Tx, id: &ApplicationId) -> Result<Option<Icon>> {
    let sql = "select icon_type, icon from applications where id = $1";
    let row: Option<IconRow> = sqlx::query_as(sql).bind(id).fetch_optional(&mut **tx).await?;
    Ok(row.and_then(decoded))
}

/// The name of another application that has this name or this host. Browsers send the cookies of a host to all its ports.
pub(super) async fn rival(tx: &mut Tx, application: &Application) -> Result<Option<DisplayName>> {
    let sql = "select name, origin from applications where id <> $1 order by name";
    let others: Vec<(DisplayName, Origin)> = sqlx::query_as(sql).bind(&application.id).fetch_all(&mut **tx).await?;
    let is_rival = |(name, origin): &(DisplayName, Origin)| {
        *name == application.name || origin.host() == application.origin.host()
    };
    Ok(others.into_iter().find(is_rival).map(|(name, _)| name))
}

/// Adds an application; `false` if its name or its origin is taken.
pub(super) async fn add(tx: &mut Tx, application: &Application, from_file: bool, now: UnixTime) -> Result<bool> {
    let sql =
        "insert into applications (id, name, url, origin, rules, two_factor_required_at, max_age_s, excluded_networks,
            from_file_since, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing";
    let added = sqlx::query(sql)
        .bind(&application.id)
        .bind(&application.name)
        .bind(&application.url)
        .bind(&application.origin)
        .bind(application.rules.to_stored())
        .bind(application.two_factor.then_some(now))
        .bind(application.max_age_s)
        .bind(stored(&application.excluded_networks))
        .bind(from_file.then_some(now))
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(added.rows_affected() == 1)
}

/// Changes an application; `false` if its new name or origin is taken. If a second factor is still required, the time since
/// when is kept.
pub(super) async fn change(tx: &mut Tx, application: &Application, now: UnixTime) -> Result<bool> {
    let sql = "update applications set name = $2, url = $3, origin = $4, rules = $5,
            two_factor_required_at = case when $6 is null then null else coalesce(two_factor_required_at, $6) end,
            max_age_s = $7, excluded_networks = $8
        where id = $1 and not exists (select 1 from applications o where (o.name = $2 or o.origin = $4) and o.id <> $1)";
    let changed = sqlx::query(sql)
        .bind(&application.id)
        .bind(&application.name)
        .bind(&application.url)
        .bind(&application.origin)
        .bind(application.rules.to_stored())
        .bind(application.two_factor.then_some(now))
        .bind(application.max_age_s)
        .bind(stored(&application.excluded_networks))
        .execute(&mut **tx)
        .await?;
    Ok(changed.rows_affected() == 1)
}

/// Sets or removes the icon of an application.
pub(super) async fn set_icon(tx: &mut Tx, id: &ApplicationId, icon: Option<&Icon>) -> Result<()> {
    sqlx::query("update applications set icon_type = $2, icon = $3 where id = $1")
        .bind(id)
        .bind(icon.map(|icon| icon.media_type().as_str()))
        .bind(icon.map(|icon| BASE64_STANDARD.encode(icon.bytes())))
        .execute(&mut **tx)
        .await
        .map(drop)
}

/// Removes an application, with everything that belongs to it.
pub(super) async fn remove(tx: &mut Tx, id: &ApplicationId) -> Result<()> {
    sqlx::query("delete from applications where id = $1").bind(id).execute(&mut **tx).await.map(drop)
}

/// Gives an application to an account, for all its users; `false` if the account has it already.
pub(super) async fn give(tx: &mut Tx, id: &ApplicationId, account_id: &AccountId, now: UnixTime) -> Result<bool> {
    let sql = "insert into application_accounts (application_id, account_id, everyone_since) values ($1, $2, $3)
        on conflict (application_id, account_id) do nothing";
    Ok(sqlx::query(sql).bind(id).bind(account_id).bind(now).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Takes an application away from an account.
pub(super) async fn take(tx: &mut Tx, id: &ApplicationId, account_id: &AccountId) -> Result<()> {
    let sql = "delete from application_accounts where application_id = $1 and account_id = $2";
    sqlx::query(sql).bind(id).bind(account_id).execute(&mut **tx).await.map(drop)
}

/// The accounts that have an application, by id, with their names.
pub(super) async fn accounts_in(tx: &mut Tx, id: &ApplicationId) -> Result<Vec<(AccountId, String)>> {
    let sql = "select a.id, a.name from application_accounts g join accounts a on a.id = g.account_id
        where g.application_id = $1 order by a.id";
    sqlx::query_as(sql).bind(id).fetch_all(&mut **tx).await
}

/// Names of the accounts that have an application.
pub async fn accounts(db: &Db, id: &ApplicationId) -> Result<Vec<String>> {
    let sql = "select a.name from application_accounts g join accounts a on a.id = g.account_id
        where g.application_id = $1 order by a.name";
    sqlx::query_scalar(sql).bind(id).fetch_all(&db.read).await
}
