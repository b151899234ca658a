use postern_types::Email;

use crate::mail::{Mail, Queued};
use crate::store::{Result as StoreResult, Tx, outbox};

/// Seals a mail for a recipient.
pub type Seal<'a> = &'a (dyn Fn(&Email, &Mail) -> Queued + Send + Sync);

/// Queues mails in an order that is the same for every transaction, because each takes the limits of its account and recipient.
pub(super) async fn queue_all(tx: &mut Tx, mut mails: Vec<Queued>) -> StoreResult<()> {
    mails.sort_by(|one, other| (&one.account_id, one.to.as_str()).cmp(&(&other.account_id, other.to.as_str())));
    for mail in &mails {
        outbox::queue(tx, mail).await?;
    }
    Ok(())
}
