use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::ApplicationId;
use crate::store::{Db, Result, application_codes, application_sessions, sessions};

/// A code that a browser shows on an application's host.
#[derive(Clone, Copy, Debug)]
pub struct Redemption<'a> {
    /// Hash of the code.
    pub code: &'a TokenHash,
    /// Hash of the token that identifies the browser there.
    pub begin: &'a TokenHash,
    /// The application of the host.
    pub application_id: &'a ApplicationId,
    /// Hash of the new session's token.
    pub token: &'a TokenHash,
    /// Now.
    pub now: UnixTime,
}

/// The result of [`redeem_code`].
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// A session with the application has begun. The requested page has this path and query.
    Begun(String),
    /// The code was issued for a browser with another token, for a page with this path and query. It is used up.
    OfAnotherBrowser(String),
    /// There is no such code for this application, it has expired, or the portal's session has ended.
    Unknown,
}

/// Exchanges a code for a session with an application. Any attempt uses up the code.
pub async fn redeem_code(db: &Db, by: &Redemption<'_>) -> Result<Redeemed> {
    let mut tx = db.begin().await?;
    sessions::claim_by_code(&mut tx, by.code).await?;
    let Some(issued) = application_codes::take(&mut tx, by.code, by.application_id, by.now).await? else {
        return Ok(Redeemed::Unknown);
    };
    if issued.begin_hash != *by.begin {
        tx.commit().await?;
        return Ok(Redeemed::OfAnotherBrowser(issued.target));
    }
    if !application_sessions::begin(&mut tx, by.token, &issued.session_id, by.application_id, by.now).await? {
        return Ok(Redeemed::Unknown);
    }
    tx.commit().await?;
    Ok(Redeemed::Begun(issued.target))
}
