//! A cache of all applications: there are few, and every request to one of them needs it.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;

use super::applications;
use super::sql::{AsOf, Subject};
use super::{Db, Result};
use crate::applications::{Application, Origin};

/// The subject of every change to an application: the name of the table.
const TABLE: &str = "applications";

/// The applications by origin, cached until one of them changes.
#[derive(Debug)]
pub struct KnownApplications {
    db: Db,
    kept: RwLock<Option<(AsOf, Arc<Applications>)>>,
    /// Held while they are read from the database.
    reading: Mutex<()>,
}

type Applications = HashMap<Origin, Arc<Application>>;

impl KnownApplications {
    /// An empty cache.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db, kept: RwLock::default(), reading: Mutex::default() }
    }

    /// The application with this origin, in its canonical form.
    pub async fn by_origin(&self, origin: &str) -> Result<Option<Arc<Application>>> {
        let of_origin = |all: Arc<Applications>| all.get(origin).cloned();
        if let Some(all) = self.kept() {
            return Ok(of_origin(all));
        }
        if self.db.changes().as_of().is_none() {
            return Ok(applications::by_origin(&self.db, origin).await?.map(Arc::new));
        }
        let _reading = self.reading.lock().await;
        if let Some(all) = self.kept() {
            return Ok(of_origin(all));
        }
        let as_of = self.db.changes().as_of();
        let all = applications::all(&self.db).await?;
        let all = Arc::new(all.into_iter().map(|one| (one.origin.clone(), Arc::new(one))).collect::<Applications>());
        if let Some(as_of) = as_of {
            *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some((as_of, Arc::clone(&all)));
        }
        Ok(of_origin(all))
    }

    fn kept(&self) -> Option<Arc<Applications>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let (as_of, all) = kept.as_ref()?;
        self.db.changes().as_of()?;
        self.db.changes().holds(*as_of, [Subject::of(TABLE)].into_iter()).then(|| Arc::clone(all))
    }
}
