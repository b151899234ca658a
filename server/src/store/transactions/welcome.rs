use postern_types::Email;

use crate::auth::token::TokenHash;
use crate::ids::MemberId;
use crate::mail::Queued;
use crate::store::events::Act;
use crate::store::{Result, Tx, links, outbox, users};

/// The link for somebody who is activated for the first time, and the mails with it.
#[derive(Clone, Debug)]
pub struct Welcome {
    /// Hash of the link's token.
    pub link: TokenHash,
    /// For a new user, who has no password yet.
    pub first_password: Queued,
    /// For somebody who is a user elsewhere.
    pub invitation: Queued,
}

/// The mail says what the link leads to: a first password, or a further account.
pub(super) async fn send_invitation(
    tx: &mut Tx,
    act: &Act<'_>,
    id: &MemberId,
    email: &Email,
    welcome: &Welcome,
) -> Result<()> {
    links::keep_invitation(tx, &welcome.link, id, act.now).await?;
    let is_user = users::exists(tx, email).await?;
    outbox::queue(tx, if is_user { &welcome.invitation } else { &welcome.first_password }).await.map(drop)
}
