use postern_types::{ApiError, What};

use super::change_refused::ChangeRefused;
use super::claim::{claim_request, claim_reset};
use super::queue_mails::Seal;
use super::reset_two_factor::{ToReset, record, reset_and_record};
use super::stop_reset::{expire, mail_stop};
use crate::addresses::ClientAddress;
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::ResetId;
use crate::mail::{Mail, Stopped};
use crate::store::authority::AdminAuthority;
use crate::store::events::{self, Act, Actor};
use crate::store::reset_requests::{self, Request};
use crate::store::{Db, Result as StoreResult, Tx, outbox};

type Result<T> = std::result::Result<T, ChangeRefused>;

/// Approves a request for an account. The last approval does the reset, unless its delay is not over: `true` if it was done. Whoever asked
/// is told.
///
/// # Errors
/// If there is no such open request that concerns the account, if this administrator asked for it or it is about them, or if the
/// account has nothing to approve.
pub async fn approve_reset(db: &Db, by: &AdminAuthority<'_>, id: &ResetId, seal: Seal<'_>) -> Result<bool> {
    let mut tx = db.begin().await?;
    let request = claim_reset(&mut tx, by, id).await?;
    let admin = by.user.session.user_id();
    if Some(admin) == request.asked_by.as_ref() || *admin == request.user_id {
        return Err(ChangeRefused::NoAuthority(ApiError::Forbidden { public_url: None }));
    }
    if !reset_requests::approve(&mut tx, id, by.account_id, admin).await? {
        return Err(ChangeRefused::NoAuthority(ApiError::OutOfStep));
    }
    record(&mut tx, &by.act(), by.account_id, (&request.user_id, &request.email), What::ResetApproved).await?;
    let is_done = do_if_ready(&mut tx, &request, by.user.at, seal).await?;
    // After the request, as wherever one is closed.
    outbox::remove_asking(&mut tx, id, by.account_id).await?;
    tx.commit().await?;
    Ok(is_done)
}

/// Refuses a request, or withdraws one's own.
///
/// # Errors
/// If there is no such open request that concerns the account.
pub async fn refuse_reset(db: &Db, by: &AdminAuthority<'_>, id: &ResetId, seal: Seal<'_>) -> Result<()> {
    let mut tx = db.begin().await?;
    let request = claim_reset(&mut tx, by, id).await?;
    reset_requests::close(&mut tx, id).await?;
    record(&mut tx, &by.act(), by.account_id, (&request.user_id, &request.email), What::ResetRefused).await?;
    let is_withdrawn = request.asked_by.as_ref() == Some(by.user.session.user_id());
    let why = if is_withdrawn { Stopped::Withdrawn } else { Stopped::Refused };
    mail_stop(&mut tx, &request, why, by.user.at, seal).await?;
    Ok(tx.commit().await?)
}

/// Cancels a request with the link that was mailed to the user; `false` if the link no longer works.
pub async fn cancel_reset(
    db: &Db,
    token: &TokenHash,
    address: ClientAddress,
    now: UnixTime,
    seal: Seal<'_>,
) -> StoreResult<bool> {
    let mut tx = db.begin().await?;
    let Some(id) = reset_requests::of_link(&mut tx, token).await? else { return Ok(false) };
    let Some(request) = claim_request(&mut tx, &id, now, None).await? else { return Ok(false) };
    reset_requests::close(&mut tx, &id).await?;
    let act = Act::of_person(&request.email, now, address);
    events::record_in_all_accounts(&mut tx, &act, &request.user_id, &request.email, What::ResetCancelled).await?;
    mail_stop(&mut tx, &request, Stopped::Cancelled, now, seal).await?;
    tx.commit().await?;
    Ok(true)
}

/// Does the resets whose delay is over by `by`, and closes the requests that have ended. One that fails holds up no other; it is tried
/// again at the next round.
pub async fn do_due_resets(db: &Db, by: UnixTime, now: UnixTime, seal: Seal<'_>) -> StoreResult<()> {
    for id in reset_requests::due(db, by, now).await? {
        if let Err(error) = do_or_end(db, &id, now, seal).await {
            tracing::warn!(%error, request = %id, "a reset request cannot be completed; it will be tried again");
        }
    }
    Ok(())
}

async fn do_or_end(db: &Db, id: &ResetId, now: UnixTime, seal: Seal<'_>) -> StoreResult<()> {
    let mut tx = db.begin().await?;
    match claim_request(&mut tx, id, now, None).await? {
        Some(request) => {
            do_if_ready(&mut tx, &request, now, seal).await?;
        }
        None => end(&mut tx, id, now, seal).await?,
    }
    tx.commit().await
}

async fn do_if_ready(tx: &mut Tx, request: &Request, now: UnixTime, seal: Seal<'_>) -> StoreResult<bool> {
    if !reset_requests::close_if_ready(tx, &request.id, now).await? {
        return Ok(false);
    }
    let Request { user_id, email, account_id, code_hash, asker: Some(asker), .. } = request else { return Ok(false) };
    // The address of whoever asked was recorded with the request.
    let act = Act { actor: Actor::Person(asker), now, address: None };
    let to = ToReset { user_id, email, account_id, code: code_hash.as_ref() };
    reset_and_record(tx, &act, &to, asker, seal).await?;
    let done = Mail::TwoFactorResetDone { user: email.to_string(), at: now, set_up_code: code_hash.is_some() };
    outbox::queue(tx, &seal(asker, &done).from_account(account_id)).await?;
    Ok(true)
}

async fn end(tx: &mut Tx, id: &ResetId, now: UnixTime, seal: Seal<'_>) -> StoreResult<()> {
    let Some(user_id) = reset_requests::user_of(tx, id).await? else { return Ok(()) };
    let Some(request) = reset_requests::ended_about(tx, &user_id, now).await? else { return Ok(()) };
    expire(tx, &request, now, seal).await
}
