use postern_types::{Email, What};

use crate::auth::password::PasswordHash;
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::mail::Queued;
use crate::store::events::{self, Act};
use crate::store::links::{self, Kind};
use crate::store::{Db, Result, memberships, outbox, set_up_codes, users};

/// Puts a request for a link to a new password into the outbox, whether there is such a user or not: what it does and how long
/// it takes says nothing about users.
pub async fn request_password_link(db: &Db, request: &Queued) -> Result<()> {
    let mut tx = db.begin().await?;
    outbox::queue(&mut tx, request).await?;
    tx.commit().await
}

/// Issues a link for a user who has forgotten the password. Earlier links stay valid until one is used, so that a stranger who
/// asks repeatedly cannot invalidate them. `false` if there is no such active user.
pub async fn issue_password_link(db: &Db, email: &Email, token: &TokenHash, now: UnixTime) -> Result<bool> {
    let mut tx = db.begin().await?;
    let Some(user_id) = users::claim_active_named(&mut tx, email).await? else { return Ok(false) };
    links::keep(&mut tx, token, Kind::Password, &user_id, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// Issues the link of an alarm that is being sent. `false` if there is no such active user.
pub async fn issue_link_of_alarm(db: &Db, email: &Email, token: &TokenHash, now: UnixTime) -> Result<bool> {
    let mut tx = db.begin().await?;
    let Some(user_id) = users::claim_active_named(&mut tx, email).await? else { return Ok(false) };
    links::keep_of_alarm(&mut tx, token, &user_id, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// A link that lets a locked-out administrator back in.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakGlass {
    /// Whether the set-up to which it leads needs the set-up code.
    pub needs_code: bool,
}

/// Issues such a link. `None` if there is no such user, or they administer no account.
pub async fn issue_break_glass_link(
    db: &Db,
    act: &Act<'_>,
    email: &Email,
    token: &TokenHash,
    code: &PasswordHash,
) -> Result<Option<BreakGlass>> {
    let mut tx = db.begin().await?;
    let Some(user_id) = users::claim_named(&mut tx, email).await? else { return Ok(None) };
    if !memberships::is_admin(&mut tx, &user_id).await? {
        return Ok(None);
    }
    let needs_code = set_up_codes::are_demanded(&mut tx, &user_id).await?;
    if needs_code {
        set_up_codes::keep(&mut tx, &user_id, code, act.now).await?;
    }
    links::keep(&mut tx, token, Kind::BreakGlass, &user_id, act.now).await?;
    events::record_where_admin(&mut tx, act, &user_id, email, What::AdminLinkMade).await?;
    tx.commit().await?;
    Ok(Some(BreakGlass { needs_code }))
}
