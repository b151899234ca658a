//! Clients of OpenID Connect.

use sqlx::AssertSqlSafe;

use super::{Db, Result, Tx};
use crate::clock::UnixTime;
use crate::display_name::DisplayName;
use crate::ids::{AccountId, ApplicationId, ClientId};
use crate::oidc::client::{Client, ClientKind, Pkce, TokenForm};
use crate::oidc::key::Algorithm;
use crate::oidc::redirect_uri::RedirectUri;

const COLUMNS: &str = "id, application_id, name, redirect_uris, sign_out_uris, back_channel_uri, public_since,
    pkce_required_since, consent_required_since, id_token_claims_since, es256_since, jwt_since";

#[derive(sqlx::FromRow)]
struct Row {
    id: ClientId,
    application_id: ApplicationId,
    name: DisplayName,
    redirect_uris: String,
    sign_out_uris: String,
    back_channel_uri: Option<String>,
    public_since: Option<UnixTime>,
    pkce_required_since: Option<UnixTime>,
    consent_required_since: Option<UnixTime>,
    id_token_claims_since: Option<UnixTime>,
    es256_since: Option<UnixTime>,
    jwt_since: Option<UnixTime>,
}

impl From<Row> for Client {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            application_id: row.application_id,
            name: row.name,
            redirect_uris: uris(&row.redirect_uris),
            sign_out_uris: uris(&row.sign_out_uris),
            back_channel_uri: row.back_channel_uri.map(RedirectUri::from_stored),
            kind: if row.public_since.is_some() { ClientKind::Public } else { ClientKind::Confidential },
            pkce: if row.pkce_required_since.is_some() { Pkce::Required } else { Pkce::Optional },
            requires_consent: row.consent_required_since.is_some(),
            has_id_token_claims: row.id_token_claims_since.is_some(),
            algorithm: if row.es256_since.is_some() { Algorithm::Es256 } else { Algorithm::Rs256 },
            access_tokens: if row.jwt_since.is_some() { TokenForm::Jwt } else { TokenForm::Opaque },
        }
    }
}

fn uris(column: &str) -> Vec<RedirectUri> {
    column.lines().map(|line| RedirectUri::from_stored(line.to_owned())).collect()
}

fn stored(uris: &[RedirectUri]) -> String {
    uris.iter().map(RedirectUri::as_str).collect::<Vec<_>>().join("\n")
}

/// The client with this id.
pub async fn find(db: &Db, id: &ClientId) -> Result<Option<Client>> {
    let sql = AssertSqlSafe(format!("select {COLUMNS} from oidc_clients where id = $1"));
    let row: Option<Row> = sqlx::query_as(sql).bind(id).fetch_optional(&db.read).await?;
    Ok(row.map(Client::from))
}

/// All clients, by name.
pub async fn list(db: &Db) -> Result<Vec<Client>> {
    let sql = AssertSqlSafe(format!("select {COLUMNS} from oidc_clients order by name"));
    let rows: Vec<Row> = sqlx::query_as(sql).fetch_all(&db.read).await?;
    Ok(rows.into_iter().map(Client::from).collect())
}

/// The clients of an account's applications, by name.
pub async fn of_account(db: &Db, account_id: &AccountId) -> Result<Vec<Client>> {
    let sql = AssertSqlSafe(format!(
        "select {COLUMNS} from oidc_clients
        where application_id in (select application_id from application_accounts where account_id = $1) order by name"
    ));
    let rows: Vec<Row> = sqlx::query_as(sql).bind(account_id).fetch_all(&db.read).await?;
    Ok(rows.into_iter().map(Client::from).collect())
}

/// The number of clients.
pub async fn total(db: &Db) -> Result<i64> {
    sqlx::query_scalar("select count(*) from oidc_clients").fetch_one(&db.read).await
}

/// The names of the clients of an application.
pub(super) async fn names_of(tx: &mut Tx, application_id: &ApplicationId) -> Result<Vec<String>> {
    let sql = "select name from oidc_clients where application_id = $1 order by name";
    sqlx::query_scalar(sql).bind(application_id).fetch_all(&mut **tx).await
}

/// The client with this id.
pub(super) async fn find_in(tx: &mut Tx, id: &ClientId) -> Result<Option<Client>> {
    let sql = AssertSqlSafe(format!("select {COLUMNS} from oidc_clients where id = $1"));
    let row: Option<Row> = sqlx::query_as(sql).bind(id).fetch_optional(&mut **tx).await?;
    Ok(row.map(Client::from))
}

/// Locks the row of the client with this name.
pub(super) async fn claim_named(tx: &mut Tx, name: &str) -> Result<Option<Client>> {
    let sql = AssertSqlSafe(format!("update oidc_clients set name = name where name = $1 returning {COLUMNS}"));
    let row: Option<Row> = sqlx::query_as(sql).bind(name).fetch_optional(&mut **tx).await?;
    Ok(row.map(Client::from))
}

/// Adds a client; `false` if its name is taken.
pub(super) async fn add(tx: &mut Tx, client: &Client, now: UnixTime) -> Result<bool> {
    let sql = "insert into oidc_clients (id, application_id, name, redirect_uris, sign_out_uris, back_channel_uri, public_since,
            pkce_required_since, consent_required_since, id_token_claims_since, es256_since, jwt_since, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict (name) do nothing";
    let query = sqlx::query(sql).bind(&client.id).bind(&client.application_id).bind(&client.name);
    let query = query.bind(stored(&client.redirect_uris)).bind(stored(&client.sign_out_uris));
    let query = query.bind(client.back_channel_uri.as_ref().map(|uri| uri.as_str().to_owned()));
    let query = switches(client, now).into_iter().fold(query, sqlx::query::Query::bind).bind(now);
    Ok(query.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Changes a client; `false` if its new name is taken. A property that it already had keeps its time.
pub(super) async fn change(tx: &mut Tx, client: &Client, now: UnixTime) -> Result<bool> {
    let sql = "update oidc_clients set application_id = $2, name = $3, redirect_uris = $4, sign_out_uris = $5,
            back_channel_uri = $6,
            public_since = case when $7 is null then null else coalesce(public_since, $7) end,
            pkce_required_since = case when $8 is null then null else coalesce(pkce_required_since, $8) end,
            consent_required_since = case when $9 is null then null else coalesce(consent_required_since, $9) end,
            id_token_claims_since = case when $10 is null then null else coalesce(id_token_claims_since, $10) end,
            es256_since = case when $11 is null then null else coalesce(es256_since, $11) end,
            jwt_since = case when $12 is null then null else coalesce(jwt_since, $12) end
        where id = $1 and not exists (select 1 from oidc_clients o where o.name = $3 and o.id <> $1)";
    let query = sqlx::query(sql).bind(&client.id).bind(&client.application_id).bind(&client.name);
    let query = query.bind(stored(&client.redirect_uris)).bind(stored(&client.sign_out_uris));
    let query = query.bind(client.back_channel_uri.as_ref().map(|uri| uri.as_str().to_owned()));
    let query = switches(client, now).into_iter().fold(query, sqlx::query::Query::bind);
    Ok(query.execute(&mut **tx).await?.rows_affected() == 1)
}

/// The columns that say what a client is or is not, in their order.
fn switches(client: &Client, now: UnixTime) -> [Option<UnixTime>; 6] {
    [
        client.kind == ClientKind::Public,
        client.pkce == Pkce::Required,
        client.requires_consent,
        client.has_id_token_claims,
        client.algorithm == Algorithm::Es256,
        client.access_tokens == TokenForm::Jwt,
    ]
    .map(|is_on| is_on.then_some(now))
}

/// Removes a client, with everything that belongs to it.
pub(super) async fn remove(tx: &mut Tx, id: &ClientId) -> Result<()> {
    sqlx::query("delete from oidc_clients where id = $1").bind(id).execute(&mut **tx).await.map(drop)
}
