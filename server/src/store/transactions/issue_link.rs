use postern_types::{Email, What};

use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::mail::Queued;
use crate::store::events::{self, Act};
use crate::store::links::{self, Kind};
use crate::store::{Db, Result, outbox, users};

/// Issues a link for a user who has forgotten the password, and queues the mail with it. Earlier links stay valid until one is
/// used, so that a stranger who asks repeatedly cannot invalidate them. Nothing happens if there is no such active user.
pub async fn issue_password_link(
    db: &Db,
    email: &Email,
    token: &TokenHash,
    now: UnixTime,
    mail: &Queued,
) -> Result<()> {
    let mut tx = db.begin().await?;
    let Some(user_id) = users::claim_active_named(&mut tx, email).await? else { return Ok(()) };
    links::keep(&mut tx, token, Kind::Password, &user_id, now).await?;
    outbox::queue(&mut tx, mail).await?;
    tx.commit().await
}

/// Issues a link that lets a locked-out administrator back in. `false` if there is no such user.
pub async fn issue_break_glass_link(db: &Db, act: &Act<'_>, email: &Email, token: &TokenHash) -> Result<bool> {
    let mut tx = db.begin().await?;
    let Some(user_id) = users::claim_named(&mut tx, email).await? else { return Ok(false) };
    links::keep(&mut tx, token, Kind::BreakGlass, &user_id, act.now).await?;
    events::record_in_all_accounts(&mut tx, act, &user_id, email, What::AdminLinkMade).await?;
    tx.commit().await?;
    Ok(true)
}
