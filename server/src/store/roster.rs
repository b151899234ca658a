//! What an account's list of people is searched and sorted by: a copy of names, states and times. Every statement that changes
//! one of them calls [`refresh`] in its transaction.

use std::fmt;

use super::{Db, Result, Tx};
use crate::clock::UnixTime;
use crate::folding::fold;
use crate::ids::UserId;

/// Memberships that are looked at in one transaction of [`complete`], so that others do not wait.
const AT_ONCE: i64 = 500;

/// Brings the rows of a user or of an invitation up to date.
pub(super) async fn refresh(tx: &mut Tx, id: &(impl fmt::Display + Sync)) -> Result<()> {
    let id = id.to_string();
    let names = "select name from users where id = $1 union all select name from invitations where id = $1";
    let forget = "delete from roster where member_id = $1";
    let sql = "insert into roster (account_id, email, member_id, name_folded, locked, two_factor, last_sign_in_at)
        select m.account_id, u.email, u.id, cast($2 as text),
            case when m.locked_at is null and u.locked_at is null then 0 else 1 end,
            case when u.two_factor_since is null then 0 else 1 end, coalesce(m.last_sign_in_at, 0)
        from memberships m join users u on u.id = m.user_id where u.id = $1
        union all select i.account_id, i.email, i.id, cast($2 as text),
            case when i.active_since is null then 1 else 0 end, 0, 0
        from invitations i where i.id = $1
            and not exists (select 1 from memberships m where m.account_id = i.account_id and m.user_id = i.id)
        on conflict (account_id, email) do update set member_id = excluded.member_id,
            name_folded = excluded.name_folded, locked = excluded.locked, two_factor = excluded.two_factor,
            last_sign_in_at = excluded.last_sign_in_at";
    sqlx::query(forget).bind(&id).execute(&mut **tx).await?;
    let name: Option<String> = sqlx::query_scalar(names).bind(&id).fetch_optional(&mut **tx).await?;
    let Some(name) = name else { return Ok(()) };
    sqlx::query(sql).bind(&id).bind(fold(&name)).execute(&mut **tx).await.map(drop)
}

/// Notes a log-in in the accounts where the user is active, which happens more often than anything else.
pub(super) async fn note_sign_in(tx: &mut Tx, id: &UserId, now: UnixTime) -> Result<()> {
    let sql = "update roster set last_sign_in_at = $2 where member_id = $1 and locked = 0";
    sqlx::query(sql).bind(id).bind(now).execute(&mut **tx).await.map(drop)
}

/// Adds the rows that an earlier version has not written.
pub async fn complete(db: &Db) -> Result<()> {
    let missing = "select m.user_id from memberships m where m.user_id > $1 and not exists
            (select 1 from roster r where r.member_id = m.user_id and r.account_id = m.account_id)
        union select i.id from invitations i where i.id > $1 and not exists
            (select 1 from roster r where r.member_id = i.id)
        order by 1 limit $2";
    let mut last = String::new();
    loop {
        let ids: Vec<String> = sqlx::query_scalar(missing).bind(&last).bind(AT_ONCE).fetch_all(&db.read).await?;
        let Some(latest) = ids.last() else { return Ok(()) };
        let mut tx = db.begin().await?;
        for id in &ids {
            refresh(&mut tx, id).await?;
        }
        tx.commit().await?;
        last.clone_from(latest);
    }
}
