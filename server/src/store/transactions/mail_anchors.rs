use crate::mail::Queued;
use crate::store::{Db, Result, meta, outbox};

/// Queues an e-mail with anchors of the audit log, unless another server has queued one within the last `every_s` seconds.
pub async fn mail_anchors(db: &Db, mail: &Queued, every_s: i64) -> Result<()> {
    let mut tx = db.begin().await?;
    if !meta::claim_anchor_mail(&mut tx, mail.at, every_s).await? {
        return Ok(());
    }
    outbox::queue(&mut tx, mail).await?;
    tx.commit().await
}
