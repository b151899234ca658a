//! Invitations of people who are users elsewhere. To the account they look like users who have never logged in, so that nobody
//! learns who is a user elsewhere.

use postern_types::Email;

use super::{Result, Tx};
use crate::addresses::AddressList;
use crate::clock::UnixTime;
use crate::display_name::DisplayName;
use crate::ids::{AccountId, MemberId, UserId};

/// Invites the user with this name; `false` if they are already a member or invited.
pub(super) async fn add(
    tx: &mut Tx,
    id: &MemberId,
    account_id: &AccountId,
    email: &Email,
    name: &DisplayName,
    admin: bool,
    now: UnixTime,
) -> Result<bool> {
    let sql = "insert into invitations (id, account_id, user_id, name, created_at, admin_since)
        select $1, $2, u.id, $4, $5, $6 from users u where u.email = $3
            and not exists (select 1 from memberships m where m.account_id = $2 and m.user_id = u.id)
        on conflict (account_id, user_id) do nothing";
    let invited = sqlx::query(sql)
        .bind(id)
        .bind(account_id)
        .bind(email)
        .bind(name)
        .bind(now)
        .bind(admin.then_some(now))
        .execute(&mut **tx)
        .await?;
    Ok(invited.rows_affected() == 1)
}

/// Removes an invitation.
pub(super) async fn remove(tx: &mut Tx, id: &MemberId) -> Result<()> {
    sqlx::query("delete from invitations where id = $1").bind(id).execute(&mut **tx).await.map(drop)
}

/// Changes the display name that the account sees.
pub(super) async fn rename(tx: &mut Tx, id: &MemberId, name: &DisplayName) -> Result<()> {
    sqlx::query("update invitations set name = $2 where id = $1").bind(id).bind(name).execute(&mut **tx).await.map(drop)
}

/// Grants or revokes the administrator role that the person will have.
pub(super) async fn set_admin(tx: &mut Tx, id: &MemberId, since: Option<UnixTime>) -> Result<()> {
    let sql = "update invitations set admin_since = $2 where id = $1";
    sqlx::query(sql).bind(id).bind(since).execute(&mut **tx).await.map(drop)
}

/// Sets the list of addresses that the person will have.
pub(super) async fn set_addresses(tx: &mut Tx, id: &MemberId, addresses: &AddressList) -> Result<()> {
    let sql = "update invitations set allowed_addresses = $2 where id = $1";
    sqlx::query(sql).bind(id).bind(addresses.to_stored()).execute(&mut **tx).await.map(drop)
}

/// Opens an invitation; `false` if it is open.
pub(super) async fn open(tx: &mut Tx, id: &MemberId, now: UnixTime) -> Result<bool> {
    let sql = "update invitations set active_since = $2 where id = $1 and active_since is null";
    Ok(sqlx::query(sql).bind(id).bind(now).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Closes an invitation; `false` if it is closed.
pub(super) async fn close(tx: &mut Tx, id: &MemberId) -> Result<bool> {
    let sql = "update invitations set active_since = null where id = $1 and active_since is not null";
    Ok(sqlx::query(sql).bind(id).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Who was invited to which account.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Invited {
    pub(super) account_id: AccountId,
    pub(super) user_id: UserId,
    pub(super) email: Email,
}

/// The person and the account of an invitation.
pub(super) async fn find(tx: &mut Tx, id: &MemberId) -> Result<Option<Invited>> {
    let sql =
        "select i.account_id, i.user_id, u.email from invitations i join users u on u.id = i.user_id where i.id = $1";
    sqlx::query_as(sql).bind(id).fetch_optional(&mut **tx).await
}

/// Makes the invited person a member, with the role and addresses of the invitation. `false` if the invitation is closed, or
/// the person is already a member.
pub(super) async fn join(tx: &mut Tx, id: &MemberId, now: UnixTime) -> Result<bool> {
    let sql = "insert into memberships (account_id, user_id, created_at, admin_since, allowed_addresses)
        select account_id, user_id, $2, admin_since, allowed_addresses from invitations
        where id = $1 and active_since is not null on conflict (account_id, user_id) do nothing";
    Ok(sqlx::query(sql).bind(id).bind(now).execute(&mut **tx).await?.rows_affected() == 1)
}
