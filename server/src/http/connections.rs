//! The open connections: how many there may be, and which one is closed where there are too many.
//!
//! A connection either waits for its client or works for it. Where a new one finds every place taken, the one that has waited
//! for its client longest is closed: whoever sends a whole request at once is served, however many others do not.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ipnet::IpNet;
use tokio::task::{AbortHandle, JoinSet};

use super::client_address::is_trusted;
use crate::addresses::networks;
use crate::clock::instant;

/// Bytes per second that a client must read, on average, while the server waits for it.
const MIN_RATE: u32 = 1024;

/// The limits of connections.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The head of a request must arrive within this time, counted from the end of the previous response. Ends idle
    /// connections, too.
    pub head: Duration,
    /// The same for a trusted proxy. Longer than the proxies themselves keep an idle connection (Caddy 2 minutes, Traefik 90 s,
    /// nginx 60 s), or a request may meet a connection that is just being closed.
    pub head_of_proxy: Duration,
    /// The body of a request must arrive within this time after its head.
    pub body: Duration,
    /// How long the server waits, in all, for a client to read what it asked for. Every 1,024 bytes read give back a second.
    pub write: Duration,
    /// At a shutdown, the server waits this long for a client to send or read.
    pub write_at_stop: Duration,
    /// At a shutdown, running requests have this time to finish.
    pub grace: Duration,
    /// Connections from one network (an IPv4 address, or the /64 of an IPv6 address). Trusted proxies have no such limit.
    pub per_network: usize,
    /// Connections in all.
    pub total: usize,
}

/// What a connection is waiting for.
#[derive(Debug)]
struct Waits {
    /// Since when it waits for a request. `None` while a request is handled.
    request_since: Option<Instant>,
    /// Since when it waits for its client to read.
    read_since: Option<Instant>,
    /// Earlier waits for its client to read, less what has been read since.
    behind: Duration,
    /// Whether it is closed because its client was waited for too long.
    is_cut: bool,
}

/// A connection, for those who serve it.
#[derive(Clone, Debug)]
pub struct Connection {
    body: Duration,
    waits: Arc<Mutex<Waits>>,
}

impl Connection {
    fn new(body: Duration) -> Self {
        let waits = Waits { request_since: Some(instant()), read_since: None, behind: Duration::ZERO, is_cut: false };
        Self { body, waits: Arc::new(Mutex::new(waits)) }
    }

    /// The time within which a body must arrive.
    #[must_use]
    pub const fn body_time(&self) -> Duration {
        self.body
    }

    /// A request has arrived and is being handled.
    pub fn works(&self) {
        self.with(|waits| waits.request_since = None);
    }

    /// A response is ready: the client must read it, and may send another request.
    pub fn waits(&self) {
        self.with(|waits| waits.request_since = Some(instant()));
    }

    /// The client must read before more can be written.
    pub fn is_full(&self) {
        self.with(|waits| _ = waits.read_since.get_or_insert_with(instant));
    }

    /// This many bytes were written.
    pub fn wrote(&self, bytes: usize) {
        self.with(|waits| {
            let waited = waits.read_since.take().map_or(Duration::ZERO, |since| since.elapsed());
            waits.behind = (waits.behind + waited).saturating_sub(Duration::from_secs(bytes as u64) / MIN_RATE);
            waits.request_since = waits.request_since.map(|_| instant());
        });
    }

    /// Closes it at once: what its client has not read is thrown away, so that the kernel keeps nothing for it.
    fn cut(&self, task: &AbortHandle) {
        self.with(|waits| waits.is_cut = true);
        task.abort();
    }

    /// Whether what its client has not read is thrown away.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.with(|waits| waits.is_cut)
    }

    /// Since when the client has been waited for; `None` while the server works.
    fn waits_since(&self) -> Option<Instant> {
        self.with(|waits| waits.request_since.into_iter().chain(waits.read_since).min())
    }

    /// How long the client has been waited for to read; zero if it is not waited for now.
    fn unread(&self) -> Duration {
        self.with(|waits| waits.read_since.map_or(Duration::ZERO, |since| waits.behind + since.elapsed()))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Waits) -> T) -> T {
        act(&mut self.waits.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An open connection, and the task that serves it.
#[derive(Debug)]
struct Open {
    /// `None` for a trusted proxy.
    network: Option<String>,
    connection: Connection,
    task: AbortHandle,
}

/// All open connections.
#[derive(Debug)]
pub(crate) struct Connections {
    limits: Limits,
    trusted_proxies: Vec<IpNet>,
    open: Vec<Open>,
    tasks: JoinSet<()>,
}

impl Connections {
    pub(crate) fn new(limits: Limits, trusted_proxies: Vec<IpNet>) -> Self {
        Self { limits, trusted_proxies, open: Vec::new(), tasks: JoinSet::new() }
    }

    /// Serves a new connection, for which the one that has waited longest may have to go. Where all are at work, the new one
    /// is closed.
    pub(crate) fn add<F>(&mut self, peer: SocketAddr, serve: impl FnOnce(Connection) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.forget_ended();
        let address = peer.ip().to_canonical();
        let network = (!is_trusted(address, &self.trusted_proxies)).then(|| networks(address).swap_remove(0));
        if !self.make_room(network.as_deref()) {
            return;
        }
        let connection = Connection::new(self.limits.body);
        let task = self.tasks.spawn(serve(connection.clone()));
        self.open.push(Open { network, connection, task });
    }

    fn make_room(&mut self, network: Option<&str>) -> bool {
        let is_near = |open: &Open| network.is_some() && open.network.as_deref() == network;
        if self.open.iter().filter(|open| is_near(open)).count() >= self.limits.per_network {
            return self.end_longest_waiting(is_near);
        }
        self.open.len() < self.limits.total || self.end_longest_waiting(|_| true)
    }

    /// Closes the connection that has waited for its client longest, so that its file descriptor can be used again.
    pub(crate) fn free_one(&mut self) {
        self.end_longest_waiting(|_| true);
    }

    /// Closes the one of those chosen that has waited longest. Says whether one waited.
    fn end_longest_waiting(&mut self, is_chosen: impl Fn(&Open) -> bool) -> bool {
        let waiting = self.open.iter().enumerate().filter(|(_, open)| is_chosen(open));
        let waiting = waiting.filter_map(|(place, open)| Some((open.connection.waits_since()?, place)));
        let Some((_, place)) = waiting.min() else { return false };
        let open = self.open.swap_remove(place);
        open.connection.cut(&open.task);
        true
    }

    /// Closes connections whose clients do not read.
    pub(crate) fn end_unread(&mut self) {
        self.end_where(|limits, connection| connection.unread() > limits.write);
    }

    /// At a shutdown: closes connections whose clients were waited for long enough.
    pub(crate) fn end_waiting(&mut self) {
        self.end_where(|limits, connection| {
            connection.waits_since().is_some_and(|since| since.elapsed() > limits.write_at_stop)
        });
    }

    fn end_where(&mut self, is_over: impl Fn(&Limits, &Connection) -> bool) {
        self.forget_ended();
        for open in self.open.iter().filter(|open| is_over(&self.limits, &open.connection)) {
            open.connection.cut(&open.task);
        }
    }

    /// Waits until one has ended; false if none is left.
    pub(crate) async fn one_ends(&mut self) -> bool {
        self.tasks.join_next().await.is_some()
    }

    fn forget_ended(&mut self) {
        while self.tasks.try_join_next().is_some() {}
        self.open.retain(|open| !open.task.is_finished());
    }
}
