//! Invitations to become a user of an account. An invitation belongs to an e-mail: whether that is a user of another account
//! is only decided when it is accepted, so that nobody learns who is a user elsewhere.

use postern_types::Email;

use super::{Result, Tx, roster};
use crate::addresses::AddressList;
use crate::clock::UnixTime;
use crate::display_name::DisplayName;
use crate::ids::{AccountId, MemberId, UserId};

/// Adds an invitation, which is closed; `false` if the account has a user or an invitation with this e-mail.
pub(super) async fn add(
    tx: &mut Tx,
    id: &MemberId,
    account_id: &AccountId,
    email: &Email,
    name: &DisplayName,
    admin: bool,
    now: UnixTime,
) -> Result<bool> {
    let sql = "insert into invitations (id, account_id, email, name, created_at, admin_since)
        select $1, a.id, $3, $4, $5, $6 from accounts a where a.id = $2
            and not exists (select 1 from memberships m join users u on u.id = m.user_id
                where m.account_id = a.id and u.email = $3)
        on conflict (account_id, email) do nothing";
    let invited = sqlx::query(sql)
        .bind(id)
        .bind(account_id)
        .bind(email)
        .bind(name)
        .bind(now)
        .bind(admin.then_some(now))
        .execute(&mut **tx)
        .await?;
    roster::refresh(tx, id).await?;
    Ok(invited.rows_affected() == 1)
}

/// Whether the account has an invitation for this e-mail.
pub(super) async fn exists(tx: &mut Tx, account_id: &AccountId, email: &Email) -> Result<bool> {
    let sql = "select count(*) from invitations where account_id = $1 and email = $2";
    let found: i64 = sqlx::query_scalar(sql).bind(account_id).bind(email).fetch_one(&mut **tx).await?;
    Ok(found > 0)
}

/// Removes an invitation.
pub(super) async fn remove(tx: &mut Tx, id: &MemberId) -> Result<()> {
    sqlx::query("delete from invitations where id = $1").bind(id).execute(&mut **tx).await?;
    roster::refresh(tx, id).await
}

/// Changes the display name that the account sees.
pub(super) async fn rename(tx: &mut Tx, id: &MemberId, name: &DisplayName) -> Result<()> {
    sqlx::query("update invitations set name = $2 where id = $1").bind(id).bind(name).execute(&mut **tx).await?;
    roster::refresh(tx, id).await
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

/// Opens an invitation; `false` if it is open, and its link works.
pub(super) async fn open(tx: &mut Tx, id: &MemberId, now: UnixTime) -> Result<bool> {
    let sql = "update invitations set active_since = $2 where id = $1 and (active_since is null
        or not exists (select 1 from links l where l.invitation_id = invitations.id and l.expires_at > $2))";
    let changed = sqlx::query(sql).bind(id).bind(now).execute(&mut **tx).await?.rows_affected() == 1;
    roster::refresh(tx, id).await?;
    Ok(changed)
}

/// Closes an invitation; `false` if it is closed.
pub(super) async fn close(tx: &mut Tx, id: &MemberId) -> Result<bool> {
    let sql = "update invitations set active_since = null where id = $1 and active_since is not null";
    let changed = sqlx::query(sql).bind(id).execute(&mut **tx).await?.rows_affected() == 1;
    roster::refresh(tx, id).await?;
    Ok(changed)
}

/// Who was invited to which account.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Invited {
    pub(super) account_id: AccountId,
    pub(super) email: Email,
    pub(super) name: DisplayName,
    /// `None` while the invitation is closed.
    pub(super) active_since: Option<UnixTime>,
}

/// An invitation.
pub(super) async fn find(tx: &mut Tx, id: &MemberId) -> Result<Option<Invited>> {
    let sql = "select account_id, email, name, active_since from invitations where id = $1";
    sqlx::query_as(sql).bind(id).fetch_optional(&mut **tx).await
}

/// Makes a user a member, with the role and addresses of the invitation. `false` if the invitation is closed, or the user is
/// already a member.
pub(super) async fn join(tx: &mut Tx, id: &MemberId, user_id: &UserId, now: UnixTime) -> Result<bool> {
    let sql = "insert into memberships (account_id, user_id, created_at, admin_since, allowed_addresses)
        select account_id, $3, $2, admin_since, allowed_addresses from invitations
        where id = $1 and active_since is not null on conflict (account_id, user_id) do nothing";
    let changed = sqlx::query(sql).bind(id).bind(now).bind(user_id).execute(&mut **tx).await?.rows_affected() == 1;
    roster::refresh(tx, user_id).await?;
    Ok(changed)
}
