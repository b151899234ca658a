//! The session of every request. What the database says about a session is cached until it may have changed; whatever depends
//! on the time is checked at each request. The last uses of sessions are collected and written together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::account_security::{self, Access, Accesses};
use super::application_sessions::{self, ApplicationSession};
use super::batches::Batches;
use super::cache::Cache;
use super::{Db, Result, Session, session_uses, sessions};
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::{SessionId, UserId};
use crate::metrics::moment;

/// Size of the cache for sessions of the portal, and of the one for sessions of applications, in bytes. Each holds about a
/// million.
const SESSIONS: u64 = 320_000_000;
/// Size of the cache for the accounts of users, in bytes.
const ACCESSES: u64 = 128_000_000;
/// A use is recorded if the last recorded use is at least this fraction of the idle limit ago: a tenth.
const RECORDED_AFTER: i64 = 10;
/// A use is written at once, before the request is handled, if the last recorded use is at least this fraction of the idle
/// limit ago: a quarter. Uses that have only been collected can be lost.
const WRITTEN_AFTER: i64 = 4;

/// The sessions that are in use at this node.
#[derive(Debug)]
pub struct LiveSessions {
    db: Db,
    sessions: Cache<Session>,
    of_applications: Cache<ApplicationSession>,
    accesses: Cache<Accesses>,
    /// Sessions with applications that are being read.
    reads: Batches<ApplicationSession>,
    /// The last uses of sessions that have not been written yet.
    used: Mutex<HashMap<SessionId, UnixTime>>,
    idle_s: i64,
}

impl LiveSessions {
    /// Empty caches. A session ends when it has been idle for `idle_s` seconds.
    #[must_use]
    pub fn new(db: Db, idle_s: i64) -> Self {
        let cache = || Arc::clone(db.changes());
        Self {
            sessions: Cache::new(cache(), SESSIONS),
            of_applications: Cache::new(cache(), SESSIONS),
            accesses: Cache::new(cache(), ACCESSES),
            reads: Batches::default(),
            used: Mutex::default(),
            idle_s,
            db,
        }
    }

    /// The live session of a token; see [`sessions::find`]. For reads only: a statement that changes something on the authority
    /// of a session checks the session again.
    pub async fn find(&self, token: &TokenHash, now: UnixTime) -> Result<Option<Session>> {
        let is_live = |session: &Session| session.is_live(now, self.idle_s);
        let load = sessions::find(&self.db, token, now, self.idle_s);
        self.sessions.get(token.as_str(), now, is_live, load).await
    }

    /// The accounts in which a user is active, ordered by their names.
    pub async fn accesses(&self, user_id: &UserId, now: UnixTime) -> Result<Vec<Access>> {
        let load = async {
            let all = account_security::accesses(&self.db, user_id).await?;
            Ok(Some(Accesses { user_id: user_id.clone(), all }))
        };
        let accesses = self.accesses.get(user_id.as_str(), now, |_| true, load).await?;
        Ok(accesses.map(|accesses| accesses.all).unwrap_or_default())
    }

    /// The live session of a token with an application; see [`application_sessions::find`].
    pub async fn with_application(&self, token: &TokenHash, now: UnixTime) -> Result<Option<ApplicationSession>> {
        let is_live = |session: &ApplicationSession| session.is_live(now, self.idle_s);
        let (db, idle_s) = (self.db.clone(), self.idle_s);
        let read = move |tokens: Vec<TokenHash>, now| {
            let db = db.clone();
            async move { application_sessions::find(&db, &tokens, now, idle_s).await }
        };
        let load = self.reads.row(token, now, read);
        self.of_applications.get(token.as_str(), now, is_live, load).await
    }

    /// Records a use of a session if it is due (R26).
    pub async fn note_use(&self, session: &Session, token: &TokenHash, now: UnixTime) -> Result<()> {
        if self.record_use(session.id(), session.last_seen_at(), now).await? {
            self.sessions.amend(token.as_str(), |session| session.seen(now));
        }
        Ok(())
    }

    /// Records a use of the portal's session through its session with an application, if it is due.
    pub async fn note_use_of(&self, session: &ApplicationSession, token: &TokenHash, now: UnixTime) -> Result<()> {
        if self.record_use(&session.session_id, session.last_seen_at, now).await? {
            let seen = |session| ApplicationSession { last_seen_at: now, ..session };
            self.of_applications.amend(token.as_str(), seen);
        }
        Ok(())
    }

    /// Records a use if it is due. Returns whether it was.
    async fn record_use(&self, id: &SessionId, last_seen_at: UnixTime, now: UnixTime) -> Result<bool> {
        let unrecorded_s = now - last_seen_at;
        if unrecorded_s < self.idle_s / RECORDED_AFTER {
            return Ok(false);
        }
        if unrecorded_s < self.idle_s / WRITTEN_AFTER {
            self.used().insert(id.clone(), now);
        } else {
            session_uses::record(&self.db, id, now).await?;
        }
        Ok(true)
    }

    /// Writes the collected uses. If this fails, the next call tries again.
    pub async fn write_uses(&self) -> Result<()> {
        let used: Vec<_> = self.used().drain().collect();
        let written = session_uses::record_all(&self.db, &used).await;
        if written.is_err() {
            let mut later = self.used();
            for (id, at) in used {
                later.entry(id).or_insert(at);
            }
        }
        written
    }

    /// The caches, for the figures.
    #[must_use]
    pub fn caches_now(&self) -> Vec<moment::Cache> {
        vec![
            self.sessions.now("sessions"),
            self.of_applications.now("application_sessions"),
            self.accesses.now("accounts"),
        ]
    }

    fn used(&self) -> std::sync::MutexGuard<'_, HashMap<SessionId, UnixTime>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
