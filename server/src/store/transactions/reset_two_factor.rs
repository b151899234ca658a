use postern_types::{Detail, Email, What};

use super::change_refused::ChangeRefused;
use super::claim::claim_member;
use super::queue_mails::{Seal, queue_all};
use super::stop_reset::expire;
use crate::auth::password::PasswordHash;
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::{AccountId, MemberId, ResetId, UserId};
use crate::mail::{Mail, Queued};
use crate::store::authority::AdminAuthority;
use crate::store::events::{self, Act, Subject};
use crate::store::members::Whom;
use crate::store::reset_requests::{self, NewRequest};
use crate::store::{Db, Result as StoreResult, Tx, factors, known_browsers, outbox, sessions, set_up_codes, users};

/// A reset that an administrator asks for.
pub struct NewReset<'a> {
    /// Hash of a new set-up code, which counts only if an account demands one. Without it, the reset is refused where one does.
    pub code: Option<&'a PasswordHash>,
    /// Hash of the token in the link by which the user cancels it, and that link; they count only if there is a delay.
    pub cancel: (&'a TokenHash, &'a str),
    /// The address of an account's list of requests.
    pub requests_of: &'a (dyn Fn(&AccountId) -> String + Send + Sync),
    /// Seals the mails.
    pub seal: Seal<'a>,
}

/// What came of asking for a reset.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Whether it was done at once; otherwise there is an open request.
    pub is_done: bool,
    /// Whether the next set-up needs the set-up code.
    pub needs_code: bool,
}

/// Removes the second factor of a member: the next log-in asks for set-up again, all sessions end, and the person is notified
/// (R21, R22). If somebody has to approve it, or there is a delay, it becomes an open request.
///
/// # Errors
/// If there is no such user in the account, the user has no second factor, there is an open request already, or a set-up code is demanded
/// and there is none.
pub async fn reset_member_two_factor(
    db: &Db,
    by: &AdminAuthority<'_>,
    id: &MemberId,
    new: &NewReset<'_>,
) -> Result<Asked, ChangeRefused> {
    let (act, account_id) = (by.act(), by.account_id);
    let mut tx = db.begin().await?;
    let (whom, email) = claim_member(&mut tx, by, id).await?;
    let Whom::Member(user_id) = whom else { return Err(ChangeRefused::NoSecondFactor) };
    if users::two_factor_since(&mut tx, &user_id).await?.is_none() {
        return Err(ChangeRefused::NoSecondFactor);
    }
    if let Some(ended) = reset_requests::ended_about(&mut tx, &user_id, act.now).await? {
        expire(&mut tx, &ended, act.now, new.seal).await?;
    }
    let needs_code = set_up_codes::are_demanded(&mut tx, &user_id).await?;
    if needs_code && new.code.is_none() {
        return Err(ChangeRefused::CodeNeeded);
    }
    let code = new.code.filter(|_| needs_code);
    let delay_h = reset_requests::delay_h(&mut tx, &user_id).await?;
    let not_before = act.now + delay_h * 3_600;
    let request = NewRequest {
        id: &ResetId::random(),
        user_id: &user_id,
        account_id,
        asked_by: by.user.session.user_id(),
        asked_at: act.now,
        not_before,
        cancel: (delay_h > 0).then_some(new.cancel.0),
        code,
    };
    if !reset_requests::add(&mut tx, &request).await? {
        return Err(ChangeRefused::ResetRequested);
    }
    let is_done = reset_requests::close_if_ready(&mut tx, request.id, act.now).await?;
    if is_done {
        let subject = ToReset { user_id: &user_id, email: &email, account_id, code };
        reset_and_record(&mut tx, &act, &subject, by.user.session.email(), new.seal).await?;
    } else {
        let delay = (delay_h > 0).then(|| (not_before, new.cancel.1.to_owned()));
        let asked = Mail::TwoFactorResetAsked { by: by.user.session.email().to_string(), at: act.now, delay };
        record(&mut tx, &act, account_id, (&user_id, &email), What::ResetAsked).await?;
        mail_request(&mut tx, by, &request, (&email, &asked), new).await?;
    }
    tx.commit().await?;
    Ok(Asked { is_done, needs_code })
}

/// Tells the user, and everybody who can approve. Those of other accounts do not learn who asked.
async fn mail_request(
    tx: &mut Tx,
    by: &AdminAuthority<'_>,
    request: &NewRequest<'_>,
    (email, asked): (&Email, &Mail),
    new: &NewReset<'_>,
) -> StoreResult<()> {
    let seal = new.seal;
    outbox::remove_stopped(tx, email).await?;
    let mut mails = vec![seal(email, asked).from_account(by.account_id)];
    for (admin, account_id) in reset_requests::approvers(tx, request.id).await? {
        let asker = (account_id == *by.account_id).then(|| by.user.session.email().to_string());
        let until = request.not_before + reset_requests::LIFETIME_S;
        let link = Some((new.requests_of)(&account_id));
        let mail =
            Mail::TwoFactorResetApproval { user: email.to_string(), by: asker, at: request.asked_at, until, link };
        mails.push(seal(&admin, &mail).from_account(&account_id).while_open(request.id));
    }
    queue_all(tx, mails).await
}

/// The result of [`reset_user_two_factor`].
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// The second factor is gone.
    Done {
        /// Whether the next set-up needs the set-up code.
        needs_code: bool,
    },
    /// There was none, so nothing happened.
    NoSecondFactor,
    /// There is no such user.
    NoSuchUser,
}

/// The same by the operator, for the user with this name: at once, recorded in every account. An open request is closed. `by` are the words
/// for the operator in the mail.
pub async fn reset_user_two_factor(
    db: &Db,
    act: &Act<'_>,
    email: &Email,
    code: &PasswordHash,
    (by, seal): (&str, Seal<'_>),
) -> StoreResult<Reset> {
    let mut tx = db.begin().await?;
    let Some(user_id) = users::claim_named(&mut tx, email).await? else { return Ok(Reset::NoSuchUser) };
    let needs_code = set_up_codes::are_demanded(&mut tx, &user_id).await?;
    let notice = Mail::TwoFactorReset { by: by.to_owned(), at: act.now, set_up_code: needs_code };
    if !reset(&mut tx, &user_id, act.now, needs_code.then_some(code), &seal(email, &notice)).await? {
        return Ok(Reset::NoSecondFactor);
    }
    events::record_in_all_accounts(&mut tx, act, &user_id, email, What::TwoFactorReset).await?;
    tx.commit().await?;
    Ok(Reset::Done { needs_code })
}

/// A second factor to remove.
#[derive(Clone, Copy)]
pub(super) struct ToReset<'a> {
    pub(super) user_id: &'a UserId,
    /// The user name.
    pub(super) email: &'a Email,
    /// The account whose administrator asked.
    pub(super) account_id: &'a AccountId,
    /// Hash of the set-up code that is in force from now on.
    pub(super) code: Option<&'a PasswordHash>,
}

/// Does the reset that an administrator asked for. Its request is closed.
pub(super) async fn reset_and_record(
    tx: &mut Tx,
    act: &Act<'_>,
    to: &ToReset<'_>,
    asker: &Email,
    seal: Seal<'_>,
) -> StoreResult<()> {
    let notice = Mail::TwoFactorReset { by: asker.to_string(), at: act.now, set_up_code: to.code.is_some() };
    let notice = seal(to.email, &notice).from_account(to.account_id);
    reset(tx, to.user_id, act.now, to.code, &notice).await?;
    record(tx, act, to.account_id, (to.user_id, to.email), What::TwoFactorReset).await
}

/// Records in every account of the person what an administrator of one of them did. The other accounts do not learn who it was.
pub(super) async fn record(
    tx: &mut Tx,
    act: &Act<'_>,
    account_id: &AccountId,
    (user_id, email): (&UserId, &Email),
    what: What,
) -> StoreResult<()> {
    events::record_elsewhere(tx, act.now, account_id, user_id, email, what).await?;
    events::record(tx, act, account_id, Subject::Person(email), what, &Detail::None).await
}

/// `false`, and nothing happens, if the user has no second factor.
async fn reset(
    tx: &mut Tx,
    user_id: &UserId,
    now: UnixTime,
    code: Option<&PasswordHash>,
    notice: &Queued,
) -> StoreResult<bool> {
    if !factors::remove(tx, user_id, now).await? {
        return Ok(false);
    }
    outbox::remove_stopped(tx, &notice.to).await?;
    match code {
        Some(code) => set_up_codes::keep(tx, user_id, code, now).await?,
        None => set_up_codes::forget(tx, user_id).await?,
    }
    sessions::end_all(tx, user_id).await?;
    known_browsers::forget(tx, user_id).await?;
    outbox::queue(tx, notice).await?;
    Ok(true)
}
