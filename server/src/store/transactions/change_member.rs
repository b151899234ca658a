//! Changes to a user of an account by an administrator. Name and e-mail belong to the person: they can be changed only if the
//! person is in no other account. A lock keeps the person out of this account only.

use postern_types::{Detail, Email, What};

use super::change_refused::ChangeRefused;
use super::claim::claim_member;
use super::lock_user::end_access_where_none_is_left;
use super::welcome::{Welcome, send_invitation};
use crate::addresses::AddressList;
use crate::display_name::DisplayName;
use crate::ids::{AccountId, MemberId, UserId};
use crate::mail::Queued;
use crate::store::authority::AdminAuthority;
use crate::store::events::{self, Act, Subject};
use crate::store::members::Whom;
use crate::store::user_names::EmailSet;
use crate::store::{Db, Tx, invitations, links, memberships, outbox, reset_requests, set_up_codes, user_names, users};

type Result<T> = std::result::Result<T, ChangeRefused>;

/// The changes. What is `None` stays unchanged.
#[derive(Clone, Debug, Default)]
pub struct Changes<'a> {
    /// The display name, of a person who belongs only to this account.
    pub name: Option<&'a DisplayName>,
    /// The user name, of such a person who has logged in before. Otherwise the user must be removed and added again: that is
    /// the only way for somebody invited, and the two must be indistinguishable.
    pub email: Option<EmailChange<'a>>,
    /// The administrator role in the account.
    pub admin: Option<bool>,
    /// The user's own list of addresses for this account.
    pub addresses: Option<&'a AddressList>,
    /// Whether the person is locked in the account. For somebody invited, whether the invitation is open.
    pub activity: Option<Activity>,
}

/// A new user name.
#[derive(Clone, Copy, Debug)]
pub struct EmailChange<'a> {
    /// The new user name.
    pub email: &'a Email,
    /// The mail to the old address.
    pub notice: &'a Queued,
}

/// Whether a user can use the account, and how a new one is notified.
#[derive(Clone, Debug)]
pub enum Activity {
    /// *User account active*.
    Active(Box<Welcome>),
    /// *User account locked*.
    Locked,
}

/// The user to change, and by whom.
struct Target<'a> {
    act: Act<'a>,
    account_id: &'a AccountId,
    whom: Whom,
    email: Email,
}

/// Changes a user, all of it or nothing.
///
/// # Errors
/// [`ChangeRefused`] says why nothing was changed.
pub async fn change_member(db: &Db, by: &AdminAuthority<'_>, id: &MemberId, changes: &Changes<'_>) -> Result<()> {
    let mut tx = db.begin().await?;
    let (whom, email) = claim_member(&mut tx, by, id).await?;
    let target = Target { act: by.act(), account_id: by.account_id, whom, email };
    if let Some(name) = changes.name {
        rename(&mut tx, &target, name).await?;
    }
    if let Some(change) = changes.email {
        set_email(&mut tx, &target, change).await?;
    }
    if let Some(admin) = changes.admin {
        set_admin(&mut tx, &target, admin).await?;
    }
    if let Some(addresses) = changes.addresses {
        set_addresses(&mut tx, &target, addresses).await?;
    }
    match &changes.activity {
        Some(Activity::Active(welcome)) => let_in(&mut tx, &target, welcome).await?,
        Some(Activity::Locked) => lock(&mut tx, &target).await?,
        None => {}
    }
    Ok(tx.commit().await?)
}

async fn record(tx: &mut Tx, target: &Target<'_>, what: What, detail: &Detail) -> Result<()> {
    let subject = Subject::Person(&target.email);
    Ok(events::record(tx, &target.act, target.account_id, subject, what, detail).await?)
}

async fn refuse_shared(tx: &mut Tx, target: &Target<'_>, user_id: &UserId) -> Result<()> {
    if memberships::is_shared(tx, user_id, target.account_id).await? {
        return Err(ChangeRefused::Shared);
    }
    Ok(())
}

async fn rename(tx: &mut Tx, target: &Target<'_>, name: &DisplayName) -> Result<()> {
    match &target.whom {
        Whom::Member(user_id) => {
            refuse_shared(tx, target, user_id).await?;
            users::rename(tx, user_id, name).await?;
        }
        Whom::Invited(id) => invitations::rename(tx, id, name).await?,
    }
    record(tx, target, What::UserChanged, &Detail::Name).await
}

/// Changes the user name, and removes links that were sent to the old address.
async fn set_email(tx: &mut Tx, target: &Target<'_>, change: EmailChange<'_>) -> Result<()> {
    let Whom::Member(user_id) = &target.whom else { return Err(ChangeRefused::NeverSignedIn) };
    refuse_shared(tx, target, user_id).await?;
    if invitations::exists(tx, target.account_id, change.email).await? {
        return Err(ChangeRefused::EmailTaken);
    }
    match user_names::set_email(tx, user_id, change.email, target.act.now).await? {
        EmailSet::Yes => {}
        EmailSet::Taken => return Err(ChangeRefused::EmailTaken),
        EmailSet::NeverSignedIn => return Err(ChangeRefused::NeverSignedIn),
    }
    links::forget(tx, user_id).await?;
    let detail = Detail::Email { from: target.email.to_string(), to: change.email.to_string() };
    record(tx, target, What::UserChanged, &detail).await?;
    outbox::queue(tx, change.notice).await?;
    Ok(())
}

async fn set_admin(tx: &mut Tx, target: &Target<'_>, admin: bool) -> Result<()> {
    let since = admin.then_some(target.act.now);
    match &target.whom {
        Whom::Member(user_id) => {
            if !admin && memberships::is_only_admin(tx, target.account_id, user_id).await? {
                return Err(ChangeRefused::LastAdministrator);
            }
            memberships::set_admin(tx, target.account_id, user_id, since).await?;
            if admin {
                set_up_codes::forget_if_shared(tx, user_id).await?;
            } else {
                reset_requests::forget_admin(tx, target.account_id, user_id).await?;
            }
        }
        Whom::Invited(id) => invitations::set_admin(tx, id, since).await?,
    }
    let what = if admin { What::AdminGranted } else { What::AdminTaken };
    record(tx, target, what, &Detail::None).await
}

async fn set_addresses(tx: &mut Tx, target: &Target<'_>, addresses: &AddressList) -> Result<()> {
    match &target.whom {
        Whom::Member(user_id) => memberships::set_addresses(tx, target.account_id, user_id, addresses).await?,
        Whom::Invited(id) => invitations::set_addresses(tx, id, addresses).await?,
    }
    record(tx, target, What::UserAddressesChanged, &Detail::Addresses { allowed: addresses.entries() }).await
}

/// Unlocks the person in the account, or opens the invitation. Somebody who has never logged in gets a new link.
async fn let_in(tx: &mut Tx, target: &Target<'_>, welcome: &Welcome) -> Result<()> {
    let now = target.act.now;
    match &target.whom {
        Whom::Member(user_id) => {
            let unlocked = memberships::unlock(tx, target.account_id, user_id).await?;
            let lifted = users::lift_unowned_lock(tx, user_id).await?;
            if !unlocked && !lifted {
                return Ok(());
            }
            if links::keep_first_password(tx, &welcome.link, user_id, now).await? {
                outbox::queue(tx, &welcome.first_password).await?;
            }
        }
        Whom::Invited(id) => {
            if !invitations::open(tx, id, now).await? {
                return Ok(());
            }
            send_invitation(tx, &target.act, id, &target.email, welcome).await?;
        }
    }
    record(tx, target, What::UserUnlocked, &Detail::None).await
}

/// Locks the person in the account, or closes an invitation.
async fn lock(tx: &mut Tx, target: &Target<'_>) -> Result<()> {
    let now = target.act.now;
    let is_new = match &target.whom {
        Whom::Member(user_id) => {
            if memberships::is_only_admin(tx, target.account_id, user_id).await? {
                return Err(ChangeRefused::LastAdministrator);
            }
            let locked = memberships::lock(tx, target.account_id, user_id, now).await?;
            reset_requests::forget_admin(tx, target.account_id, user_id).await?;
            end_access_where_none_is_left(tx, user_id).await?;
            locked
        }
        Whom::Invited(id) => {
            links::forget_invitation(tx, id).await?;
            invitations::close(tx, id).await?
        }
    };
    if is_new { record(tx, target, What::UserLocked, &Detail::None).await } else { Ok(()) }
}
