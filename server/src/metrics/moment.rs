//! What is read when Prometheus asks.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::{Registry, Unit};

/// The server at this moment.
#[derive(Clone, Debug)]
pub struct Moment {
    /// The queue for password hashing.
    pub hash_queue: HashQueue,
    /// The caches.
    pub caches: Vec<Cache>,
    /// The connections to the database.
    pub pools: Vec<Pool>,
    /// The e-mails that wait; `None` if the database does not answer.
    pub outbox: Option<Outbox>,
    /// How long the oldest row has waited for its entry in the audit log, in seconds; 0 if none waits, `None` if it is not known.
    pub audit_age_s: Option<i64>,
}

/// The queue for password hashing.
#[derive(Clone, Copy, Debug, Default)]
pub struct HashQueue {
    /// Requests of known users that wait.
    pub known: usize,
    /// Requests of others that wait.
    pub strangers: usize,
    /// Requests whose turn it is.
    pub working: usize,
    /// Requests that were turned away since the start.
    pub refused: u64,
}

/// A cache, since the start.
#[derive(Clone, Copy, Debug)]
pub struct Cache {
    /// What it holds.
    pub name: &'static str,
    /// How often the cache had the answer.
    pub hits: u64,
    /// How often the database was asked.
    pub misses: u64,
    /// Its entries.
    pub entries: usize,
}

/// Connections to the database.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    /// What they do.
    pub name: &'static str,
    /// All that are open.
    pub size: u32,
    /// Those that do nothing.
    pub idle: usize,
}

/// The outbox, which all nodes share.
#[derive(Clone, Copy, Debug)]
pub struct Outbox {
    /// E-mails that wait.
    pub waiting: i64,
    /// How long the oldest one has waited, in seconds; 0 if there is none.
    pub oldest_age_s: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Lane {
    lane: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Lookup {
    cache: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfCache {
    cache: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Connections {
    pool: &'static str,
    state: &'static str,
}

impl Moment {
    pub(super) fn register(&self, registry: &mut Registry) {
        self.hash_queue.register(registry);
        self.register_caches(registry);
        self.register_pools(registry);
        let is_up = i64::from(self.outbox.is_some());
        registry.register("database_up", "Whether the database answers: 1 or 0", ConstGauge::new(is_up));
        if let Some(Outbox { waiting, oldest_age_s }) = self.outbox {
            registry.register("outbox_mails", "E-mails that wait, of all nodes", ConstGauge::new(waiting));
            let age = "How long the oldest of them has waited";
            registry.register_with_unit("outbox_oldest_age", age, Unit::Seconds, ConstGauge::new(oldest_age_s));
        }
        if let Some(age) = self.audit_age_s {
            let meaning = "How long the oldest row has waited for its entry in the audit log";
            registry.register_with_unit("audit_oldest_age", meaning, Unit::Seconds, ConstGauge::new(age));
        }
    }

    fn register_caches(&self, registry: &mut Registry) {
        let (lookups, entries) = (Family::<Lookup, Counter>::default(), Family::<OfCache, Gauge>::default());
        for Cache { name: cache, hits, misses, entries: count } in self.caches.iter().copied() {
            lookups.get_or_create(&Lookup { cache, result: "hit" }).inc_by(hits);
            lookups.get_or_create(&Lookup { cache, result: "miss" }).inc_by(misses);
            entries.get_or_create(&OfCache { cache }).set(count as i64);
        }
        registry.register("cache_lookups", "Look-ups in the caches", lookups);
        registry.register("cache_entries", "Entries of the caches", entries);
    }

    fn register_pools(&self, registry: &mut Registry) {
        let connections = Family::<Connections, Gauge>::default();
        for Pool { name: pool, size, idle } in self.pools.iter().copied() {
            let busy = i64::from(size) - idle as i64;
            connections.get_or_create(&Connections { pool, state: "idle" }).set(idle as i64);
            connections.get_or_create(&Connections { pool, state: "busy" }).set(busy.max(0));
        }
        registry.register("database_connections", "Connections to the database", connections);
    }
}

impl HashQueue {
    fn register(self, registry: &mut Registry) {
        let waiting = Family::<Lane, Gauge>::default();
        waiting.get_or_create(&Lane { lane: "known" }).set(self.known as i64);
        waiting.get_or_create(&Lane { lane: "strangers" }).set(self.strangers as i64);
        registry.register("hash_queue_waiting", "Requests that wait for a password hash", waiting);
        let working = ConstGauge::new(self.working as i64);
        registry.register("hash_queue_working", "Requests that hash or count their attempt", working);
        let refused = ConstCounter::new(self.refused);
        registry.register("hash_queue_refused", "Requests that the queue has turned away", refused);
    }
}
