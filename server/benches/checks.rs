//! The cost of a check of a request to an application, compared with a handler that does nothing: warm and cold, with few and with
//! a million sessions, and the memory that the sessions take. One client sends requests to a server with a single thread, so that
//! each has a core. Run by `cargo xtask bench`.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, missing_docs, reason = "a measurement")]

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use futures::{StreamExt, stream};
use postern::auth::token::Token;
use postern::config::{Config, DatabaseUrl};
use postern::following;
use postern::http::listen;
use postern_testkit::{ACCOUNT, ADA, Portal};
use postern_types::route;
use tokio::runtime::{Builder, Runtime};

/// Connections of the client, each with one request in flight.
const CONNECTIONS: u64 = 32;
const MEASURE: Duration = Duration::from_secs(4);
/// Where nginx asks, and about which application.
const CHECK: &str = "/api/forward-auth/nginx";
const ORIGIN: &str = "https://app.example.com";
const FEW: u64 = 1_000;
const MANY: u64 = 1_000_000;
/// Rows per statement.
const ROWS: u64 = 1_000;
/// Concurrent checks while the memory is measured.
const AT_ONCE: usize = 16;

fn main() {
    let runtime = runtime();
    measure(&runtime, "SQLite", &runtime.block_on(Portal::on_sqlite()));
    if std::env::var_os("POSTERN_TEST_POSTGRES_URL").is_some() {
        measure(&runtime, "PostgreSQL", &runtime.block_on(Portal::on_postgres()));
    }
}

fn measure(runtime: &Runtime, name: &str, portal: &Portal) {
    runtime.block_on(fill(portal));
    let trusted = |config: &mut Config| config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let node = &runtime.block_on(portal.node_with(trusted));
    runtime.spawn(following::run(node.state.clone()));
    let nothing = Router::new().route(CHECK, get(async || ())).route(route::FLOW, get(async || "{}"));
    let (idle, checked) = (serve(nothing), serve(node.router.clone()));
    let row = |what: &str, request: Request, first: u64, sessions: u64| {
        let floor = per_second(idle, request, first, sessions);
        let rate = per_second(checked, request, first, sessions);
        let ratios = (rate.0 / floor.0, rate.1 / floor.1);
        println!(
            "{:<48} {:>9.0} /s, {:>5.2} of the no-op; by processor time {:>9.0} /s, {:.2}",
            format!("{what}, {name}"),
            rate.0,
            ratios.0,
            rate.1,
            ratios.1
        );
    };
    row("check of a request, cold", check, FEW, MANY - FEW);
    per_second(checked, check, 0, FEW);
    row("check of a request, warm, 1000 sessions", check, 0, FEW);
    let before = memory_kib();
    runtime.block_on(stream::iter(0..MANY).for_each_concurrent(AT_ONCE, async |n| {
        assert!(node.state.sessions.with_application(&token(n).hash(), node.now()).await.unwrap().is_some());
    }));
    let used_mb = memory_kib().saturating_sub(before) / 1000;
    println!("{:<48} {used_mb:>9} MB", format!("memory of {MANY} sessions, {name}"));
    row(&format!("check of a request, warm, {MANY} sessions"), check, 0, MANY);
    per_second(checked, flow, 0, FEW);
    row("GET /api/flow, warm, 1000 sessions", flow, 0, FEW);
}

/// A million users of an account, each with a session of the portal and one with its application.
async fn fill(portal: &Portal) {
    portal.add_user(ACCOUNT, ADA).await;
    let account = portal.account_id(ACCOUNT).await;
    let application = portal.application(ACCOUNT, "Wiki", ORIGIN, &["rest: members /*"]);
    let application = portal.add_application(&application).await;
    let (now, end) = (portal.now(), portal.now() + 86_400);
    for first in (0..MANY).step_by(ROWS as usize) {
        let rows = |row: &dyn Fn(u64) -> String| (first..first + ROWS).map(row).collect::<Vec<_>>().join(", ");
        let users = rows(&|n| format!("('{n:032x}', 'user{n:07}@example.com', 'User {n:07}', '', 0)"));
        let members = rows(&|n| format!("('{account}', '{n:032x}', 0)"));
        let sessions = rows(&|n| {
            let hash = token(n).hash();
            format!("('{n:032x}', '{}', '{n:032x}', {now}, {now}, {now}, {end}, '192.0.2.1', '')", hash.as_str())
        });
        let of_application = rows(&|n| format!("('{}', '{n:032x}', '{application}', {now})", token(n).hash().as_str()));
        for sql in [
            format!("insert into users (id, email, name, password_hash, created_at) values {users}"),
            format!("insert into memberships (account_id, user_id, created_at) values {members}"),
            format!(
                "insert into sessions (id, token_hash, user_id, created_at, authenticated_at, last_seen_at, expires_at,
                    address, user_agent) values {sessions}"
            ),
            format!(
                "insert into application_sessions (token_hash, session_id, application_id, created_at) values {of_application}"
            ),
        ] {
            portal.database.execute(&sql).await;
        }
    }
    if let DatabaseUrl::Postgres(_) = portal.database.url {
        portal.database.execute("analyze").await;
    }
}

/// The token of a session, in the form of a random one.
fn token(n: u64) -> Token {
    Token::parse(&format!("{n:042}A")).unwrap()
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// Serves on a thread of its own, as `postern serve` does.
fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    std::thread::spawn(move || runtime.block_on(listen::serve(router, listener, "http://localhost", &[])));
    address
}

/// Checks per second, of sessions in order from a first one on; and checks per second of processor time, not counting the
/// client's.
fn per_second(address: SocketAddr, request: Request, first: u64, sessions: u64) -> (f64, f64) {
    let mut connections: Vec<TcpStream> = (0..CONNECTIONS).map(|_| TcpStream::connect(address).unwrap()).collect();
    let length = exchange(&mut connections[0], &request(first));
    let (mut answer, mut checks, begun, busy) = (vec![0; length], 0, Instant::now(), busy_s());
    while begun.elapsed() < MEASURE {
        for connection in &mut connections {
            connection.write_all(request(first + checks % sessions).as_bytes()).unwrap();
            checks += 1;
        }
        // The last one first: when it is answered, all are, and the server need not wake the client for each.
        for connection in connections.iter_mut().rev() {
            connection.read_exact(&mut answer).unwrap();
            assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
        }
    }
    (checks as f64 / begun.elapsed().as_secs_f64(), checks as f64 / (busy_s() - busy))
}

/// Processor time used by all threads except this one, in seconds.
fn busy_s() -> f64 {
    let own = fs::read_link("/proc/thread-self").unwrap();
    let threads = fs::read_dir("/proc/self/task").unwrap().map(|thread| thread.unwrap().path());
    let others = threads.filter(|thread| thread.file_name() != own.file_name());
    let times = others.filter_map(|thread| fs::read_to_string(thread.join("schedstat")).ok());
    let nanoseconds = times.filter_map(|times| times.split(' ').next()?.parse::<u64>().ok());
    nanoseconds.sum::<u64>() as f64 / 1e9
}

/// A request with the token of this session.
type Request = fn(u64) -> String;

fn flow(n: u64) -> String {
    let cookie = token(n);
    format!("GET {} HTTP/1.1\r\nHost: localhost\r\nCookie: __Host-postern={}\r\n\r\n", route::FLOW, cookie.expose())
}

/// What nginx asks.
fn check(n: u64) -> String {
    format!(
        "GET {CHECK} HTTP/1.1\r\nHost: app.example.com\r\nCookie: __Host-postern-app={}\r\nX-Original-URL: {ORIGIN}/page?x=1\r\n\
         X-Original-Method: GET\r\nX-Forwarded-For: 198.51.100.7\r\nUser-Agent: Mozilla/5.0\r\nAccept: text/html\r\n\r\n",
        token(n).expose()
    )
}

/// Sends a request. Returns the length of the whole response, which is the same for all sessions.
fn exchange(connection: &mut TcpStream, request: &str) -> usize {
    connection.write_all(request.as_bytes()).unwrap();
    let mut bytes = vec![0; 65_536];
    let length = connection.read(&mut bytes).unwrap();
    assert!(bytes.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&bytes[..length]));
    length
}

/// Memory of this process that belongs to no file.
fn memory_kib() -> u64 {
    let rollup = fs::read_to_string("/proc/self/smaps_rollup").unwrap();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss_Anon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
