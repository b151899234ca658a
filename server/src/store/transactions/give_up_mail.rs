use postern_types::{Detail, Email, MailKind, Undelivered, What};

use crate::clock::UnixTime;
use crate::ids::{AccountId, MailId};
use crate::store::events::{self, Act, Subject};
use crate::store::{Db, Result, memberships, outbox};

/// A mail that is not delivered.
#[derive(Debug)]
pub struct UndeliveredMail<'a> {
    /// Its id.
    pub id: &'a MailId,
    /// The recipient.
    pub to: &'a Email,
    /// What it is about.
    pub kind: MailKind,
    /// The account whose administrator caused it.
    pub account_id: Option<&'a AccountId>,
    /// Why it is not delivered.
    pub why: Undelivered,
}

/// Removes a mail that cannot be delivered, and records it in the account that caused it; a mail that the recipient caused, in
/// the accounts that see what the recipient does.
pub async fn give_up_mail(db: &Db, mail: &UndeliveredMail<'_>, now: UnixTime) -> Result<()> {
    let mut tx = db.begin().await?;
    if !outbox::remove_in(&mut tx, mail.id).await? {
        return Ok(());
    }
    let accounts = match mail.account_id {
        Some(account_id) => vec![account_id.clone()],
        None => memberships::witnesses(&mut tx, mail.to).await?,
    };
    let act = Act::of_operator(now);
    let detail = Detail::Mail { mail: mail.kind, why: mail.why };
    for account_id in accounts {
        let subject = Subject::Person(mail.to);
        events::record(&mut tx, &act, &account_id, subject, What::MailNotDelivered, &detail).await?;
    }
    tx.commit().await
}
