use postern_types::{Detail, Factor, Outcome, What};

use super::change_refused::ChangeRefused;
use super::claim::{claim_member, claim_own};
use super::lock_user::end_access;
use super::queue_mails::Seal;
use super::stop_reset::{cancel_about, mail_stop};
use crate::auth::password::PasswordHash;
use crate::ids::{MemberId, UserId};
use crate::mail::{Queued, Stopped};
use crate::store::attempts::{self, Forgotten};
use crate::store::authority::{AdminAuthority, Authority};
use crate::store::events::{self, Act, Subject};
use crate::store::login_history::{self, Entry};
use crate::store::members::Whom;
use crate::store::{
    Db, Result as StoreResult, Tx, factors, links, memberships, outbox, passkeys, recovery_codes, reset_requests,
    unfinished_log_ins, users,
};

/// What a lockdown ends besides sessions, known browsers and one-time links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Recovery codes, too. New ones are offered at the next log-in.
    WithRecoveryCodes,
    /// Nothing.
    WithoutRecoveryCodes,
}

impl Extent {
    /// What was asked for.
    #[must_use]
    pub const fn of(recovery_codes: bool) -> Self {
        if recovery_codes { Self::WithRecoveryCodes } else { Self::WithoutRecoveryCodes }
    }
}

/// Locks down the person's own user account: sessions end, links stop working, known browsers are forgotten, and the next log-in asks
/// for a new password.
///
/// # Errors
/// If the session has ended, or has not shown a second factor recently enough.
pub async fn lock_down_own(db: &Db, by: &Authority<'_>, extent: Extent, notice: &Queued) -> Result<(), ChangeRefused> {
    let mut tx = db.begin().await?;
    claim_own(&mut tx, by).await?;
    lock_down_and_record(&mut tx, by, extent, notice).await?;
    Ok(tx.commit().await?)
}

/// A recovery code in place of the second factor.
#[derive(Clone, Copy, Debug)]
pub struct UsedCode<'a> {
    /// Its hash.
    pub hash: &'a PasswordHash,
    /// Notifies the user that it was used.
    pub notice: &'a Queued,
}

/// The same with a recovery code, which is used up. `false`, and nothing happens, if it was used before. As with a log-in by recovery code,
/// disabled codes of the app work again: otherwise the lockdown could leave the user without any way in.
///
/// # Errors
/// If the session has ended.
pub async fn lock_down_own_by_recovery_code(
    db: &Db,
    by: &Authority<'_>,
    code: &UsedCode<'_>,
    extent: Extent,
    notice: &Queued,
) -> Result<bool, ChangeRefused> {
    let (user_id, email, at) = (by.session.user_id(), by.session.email(), by.at);
    let mut tx = db.begin().await?;
    claim_own(&mut tx, by).await?;
    if !recovery_codes::use_up(&mut tx, user_id, code.hash).await? {
        return Ok(false);
    }
    factors::enable(&mut tx, user_id).await?;
    attempts::forget_codes(&mut tx, user_id, Forgotten { from: by.address, budget: false }).await?;
    let (factor, outcome) = (Factor::RecoveryCode, Outcome::SteppedUp);
    let entry = Entry { user_id: Some(user_id), at, address: by.address, factor, outcome };
    login_history::record(&mut tx, &entry).await?;
    events::record_of_person(&mut tx, &by.act(), email, What::RecoveryCodeUsed).await?;
    outbox::queue(&mut tx, code.notice).await?;
    lock_down_and_record(&mut tx, by, extent, notice).await?;
    tx.commit().await?;
    Ok(true)
}

async fn lock_down_and_record(tx: &mut Tx, by: &Authority<'_>, extent: Extent, notice: &Queued) -> StoreResult<()> {
    lock_down(tx, &by.act(), by.session.user_id(), extent).await?;
    events::record_of_person(tx, &by.act(), by.session.email(), What::LockedDown).await?;
    outbox::queue(tx, notice).await.map(drop)
}

/// The same for a member, by an administrator. Somebody who is only invited has nothing but a link, which stops working. Whoever requested
/// a reset for the user is told that it will not be done.
///
/// # Errors
/// If there is no such user in the account, or the person also belongs to another account.
pub async fn lock_down_member(
    db: &Db,
    by: &AdminAuthority<'_>,
    id: &MemberId,
    extent: Extent,
    notice: &Queued,
    seal: Seal<'_>,
) -> Result<(), ChangeRefused> {
    let (act, account_id) = (by.act(), by.account_id);
    let mut tx = db.begin().await?;
    let (whom, email) = claim_member(&mut tx, by, id).await?;
    match &whom {
        Whom::Member(user_id) => {
            if memberships::is_shared(&mut tx, user_id, account_id).await? {
                return Err(ChangeRefused::Shared);
            }
            if let Some(request) = reset_requests::find_about(&mut tx, user_id).await? {
                let is_over = reset_requests::ended_about(&mut tx, user_id, act.now).await?.is_some();
                let why = if is_over { Stopped::Expired } else { Stopped::Refused };
                mail_stop(&mut tx, &request, why, act.now, seal).await?;
            }
            lock_down(&mut tx, &act, user_id, extent).await?;
            outbox::queue(&mut tx, notice).await?;
        }
        Whom::Invited(id) => links::forget_invitation(&mut tx, id).await?,
    }
    events::record(&mut tx, &act, account_id, Subject::Person(&email), What::LockedDown, &Detail::None).await?;
    Ok(tx.commit().await?)
}

async fn lock_down(tx: &mut Tx, act: &Act<'_>, user_id: &UserId, extent: Extent) -> StoreResult<()> {
    end_access(tx, user_id).await?;
    cancel_about(tx, act, user_id).await?;
    unfinished_log_ins::forget(tx, user_id).await?;
    passkeys::require_password(tx, user_id, act.now).await?;
    if extent == Extent::WithRecoveryCodes {
        recovery_codes::remove(tx, user_id).await?;
        recovery_codes::settle(tx, user_id, None).await?;
    }
    users::lock_down(tx, user_id, act.now).await
}
