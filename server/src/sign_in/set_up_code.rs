//! Set-up codes: drawing one, and checking the one that a set-up needs.

use postern_types::Outcome;

use super::second_factor::{self, Shows};
use crate::auth::look_up_secret::SetUpCode;
use crate::auth::password::{PasswordHash, Slot};
use crate::auth::throttle::{Counter, known_caller, set_up_counters};
use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::AppError;
use crate::ids::SessionId;
use crate::state::AppState;
use crate::store::{Session, set_up_codes, unfinished_log_ins};

/// Draws a code and hashes it, for an administrator.
pub(crate) async fn draw(
    app: &AppState,
    session: &Session,
    client: &Client,
) -> Result<(SetUpCode, PasswordHash), AppError> {
    let slot = app.hasher.admit(known_caller(session.user_id().as_str(), client.counted_as())).await?;
    let code = SetUpCode::random();
    let hash = slot.hash_codes(vec![code.clone()]).await?.pop();
    Ok((code, hash.ok_or_else(|| anyhow::anyhow!("a code has a hash"))?))
}

/// What a set-up needs before its code is compared.
pub(crate) struct Check {
    /// A turn to hash, if an account demands a set-up code. It is taken before the attempt is counted.
    slot: Option<Slot>,
    session_id: SessionId,
    /// The counters on which the attempt was counted.
    pub(crate) counters: Vec<Counter>,
}

impl Check {
    /// Finds out whether a code is demanded, and counts the attempt at it and at the factor that is sent with it.
    pub(crate) async fn begin(
        app: &AppState,
        session: &Session,
        shows: Shows<'_>,
        cookies: &Cookies,
    ) -> Result<Self, AppError> {
        let (user_id, address) = (session.user_id(), shows.client.counted_as());
        let slot = if set_up_codes::demanded_by(&app.db, user_id).await?.is_empty() {
            None
        } else {
            Some(app.hasher.admit(known_caller(user_id.as_str(), address)).await?)
        };
        let browser = match cookies.browser() {
            Some(token) => set_up_codes::known_browser(&app.db, user_id, &token).await?,
            None => None,
        };
        let counters = set_up_counters(user_id, address, browser.as_ref());
        second_factor::count(app, shows, &counters).await?;
        Ok(Self { slot, session_id: session.id().clone(), counters })
    }

    /// The hash of the code that was typed; `None` if none is demanded. A wrong code is recorded, and reported unless the set-up is
    /// completed in time.
    pub(crate) async fn verify(
        self,
        app: &AppState,
        shows: Shows<'_>,
        typed: Option<&str>,
    ) -> Result<Option<PasswordHash>, AppError> {
        let Some(slot) = self.slot else { return Ok(None) };
        let kept = set_up_codes::hash(&app.db, shows.user_id, app.clock.now()).await?;
        // The same work if there is no code, or if the text cannot be one, so that the time reveals nothing about it.
        let code = typed.and_then(SetUpCode::parse);
        let is_code = code.is_some();
        let found = slot.find_code(code.unwrap_or_else(SetUpCode::random), kept.into_iter().collect()).await?;
        if let Some(hash) = found.filter(|_| is_code) {
            return Ok(Some(hash));
        }
        // Somebody who leaves the field empty is still waiting for the code.
        if typed.is_some_and(|typed| !typed.trim().is_empty()) {
            let (from, agent, now) = (shows.client.address(), shows.client.user_agent(), app.clock.now());
            unfinished_log_ins::begin_set_up(&app.db, shows.user_id, &self.session_id, from, agent, now).await?;
        }
        Err(second_factor::refuse(app, shows, Outcome::WrongSetUpCode).await)
    }
}
