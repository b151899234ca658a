use postern_types::{Detail, Factor, Outcome, What};

use super::stop_reset::cancel_about;
use crate::addresses::ClientAddress;
use crate::auth::password::PasswordHash;
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::UserId;
use crate::mail::Queued;
use crate::store::events::{self, Act};
use crate::store::links::Kind;
use crate::store::login_history::{self, Entry};
use crate::store::sessions::{self, Renewal};
use crate::store::users::{self, Credentials};
use crate::store::{
    Db, Result, Tx, attempts, factors, known_browsers, links, memberships, outbox, passkeys, recovery_codes,
    unfinished_log_ins, user_names,
};

/// Replaces the password of this version, ends the user's other sessions, and removes links (R27). `false` if the password
/// or the session has changed in the meantime.
pub async fn replace_password(
    db: &Db,
    renewal: &Renewal<'_>,
    old_version: i64,
    new: &PasswordHash,
    address: ClientAddress,
    notice: &Queued,
) -> Result<bool> {
    let Renewal { session_id, user_id, now, .. } = *renewal;
    let mut tx = db.begin().await?;
    if !users::claim_with_password(&mut tx, user_id, old_version).await? || !sessions::renew(&mut tx, renewal).await? {
        return Ok(false);
    }
    set(&mut tx, user_id, new, address, now).await?;
    sessions::note_new_password(&mut tx, session_id).await?;
    sessions::end_others(&mut tx, user_id, session_id).await?;
    outbox::queue(&mut tx, notice).await?;
    tx.commit().await?;
    Ok(true)
}

/// Uses up a link to a password: sets the password and ends all sessions (R27). A break-glass link also unlocks the person, in
/// the accounts that they administer, too, and removes the second factor. The user is notified, except of a first password. Returns
/// what a log-in with the new password needs; `None` if the link is no longer valid.
pub async fn set_password_by_link(
    db: &Db,
    token: &TokenHash,
    new: &PasswordHash,
    address: ClientAddress,
    now: UnixTime,
    notice: &Queued,
) -> Result<Option<(Kind, Credentials)>> {
    let mut tx = db.begin().await?;
    let Some((kind, user_id, made_at)) = links::use_for_password(&mut tx, token, now).await? else { return Ok(None) };
    if kind == Kind::BreakGlass {
        let email = users::unlock(&mut tx, &user_id).await?;
        memberships::unlock_admin(&mut tx, &user_id, made_at).await?;
        factors::remove(&mut tx, &user_id, now).await?;
        let act = Act::of_person(&email, now, address);
        events::record_where_admin(&mut tx, &act, &user_id, &email, What::AdminLinkUsed).await?;
    } else if !users::claim_active(&mut tx, &user_id).await? {
        return Ok(None);
    }
    set(&mut tx, &user_id, new, address, now).await?;
    sessions::end_all(&mut tx, &user_id).await?;
    if kind != Kind::BreakGlass {
        user_names::confirm_email(&mut tx, &user_id).await?;
    }
    if kind == Kind::NotMe {
        unfinished_log_ins::forget(&mut tx, &user_id).await?;
        let email = users::email_in(&mut tx, &user_id).await?;
        let act = Act::of_person(&email, now, address);
        // What the alarm is about may have happened as long before it as its link works.
        let suspect_since = made_at - kind.lifetime_s();
        for name in passkeys::remove_recent(&mut tx, &user_id, suspect_since).await? {
            let removed = Detail::Passkey { name };
            events::record_of_person_with(&mut tx, &act, &email, What::PasskeyRemoved, &removed).await?;
        }
        passkeys::require_password(&mut tx, &user_id, now).await?;
        recovery_codes::remove_recent(&mut tx, &user_id, suspect_since).await?;
        events::record_of_person(&mut tx, &act, &email, What::AlarmLinkUsed).await?;
        cancel_about(&mut tx, &act, &user_id).await?;
    }
    if kind != Kind::FirstPassword {
        outbox::queue(&mut tx, notice).await?;
    }
    let credentials = users::credentials_in(&mut tx, &user_id).await?;
    tx.commit().await?;
    Ok(Some((kind, credentials)))
}

/// Sets a new password, removes known browsers and links, and records it in the login history and as an event.
async fn set(tx: &mut Tx, user_id: &UserId, new: &PasswordHash, address: ClientAddress, now: UnixTime) -> Result<()> {
    users::set_password(tx, user_id, new, now).await?;
    known_browsers::forget(tx, user_id).await?;
    // Whoever has used up the budget knows only the old password.
    attempts::renew_code_budget(tx, user_id).await?;
    links::forget(tx, user_id).await?;
    let outcome = Outcome::PasswordChanged;
    let entry = Entry { user_id: Some(user_id), at: now, address, factor: Factor::Password, outcome };
    login_history::record(tx, &entry).await?;
    let email = users::email_in(tx, user_id).await?;
    let act = Act::of_person(&email, now, address);
    events::record_of_person(tx, &act, &email, What::PasswordChanged).await
}
