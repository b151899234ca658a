//! What a running portal can do: log-ins and session checks a second, with few and with many users, beside what the machine
//! could do at most (the bare hash, a handler that does nothing). Run by `cargo xtask bench`; never a test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a measurement"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use postern::audit::chaining::{self, Chaining};
use postern::auth::password::{PasswordHash, PasswordHasher};
use postern::store::roster;
use postern_testkit::{ACCOUNT, ADA, PASSWORD, Portal};
use postern_types::{Password, route};
use tokio::runtime::Runtime;

/// Connections that ask at once.
const CLIENTS: usize = 8;
/// Names in several scripts, for half of the users.
const MIXED_NAMES: &str =
    "update users set name = case when id like '%1' then 'Özlem Yılmaz' when id like '%3' then 'Червь Иван'
    when id like '%5' then 'Σοφός Παπάς' when id like '%7' then '田中 太郎' else 'Straße Groß' end
    where name = '' and (id like '%1' or id like '%3' or id like '%5' or id like '%7' or id like '%9')";
const MEASURE: Duration = Duration::from_secs(5);

fn main() {
    let runtime = Runtime::new().unwrap();
    let no_op = serve(&runtime, Router::new().route(route::FLOW, axum::routing::get(async || "{}")));
    let floor = per_second(no_op, |_| get(None));
    println!("{:<48} {floor:>9.0} /s", "no-op axum handler");
    let hash_ms = hash_cost();
    println!("{:<48} {hash_ms:>9.1} ms", "one Argon2id hash (19 MiB, 2 passes)");
    measure(&runtime, "SQLite", &runtime.block_on(Portal::on_sqlite()), floor);
    if std::env::var_os("POSTERN_TEST_POSTGRES_URL").is_some() {
        measure(&runtime, "PostgreSQL", &runtime.block_on(Portal::on_postgres()), floor);
    }
}

/// The rows of one database.
fn measure(runtime: &Runtime, name: &str, portal: &Portal, floor: f64) {
    let portal = runtime.block_on(with_real_hashes(portal));
    let hash = portal.state.hasher.hash(&Password::new(PASSWORD.to_owned())).unwrap();
    runtime.block_on(portal.add_user(ACCOUNT, ADA));
    let address = serve(runtime, portal.router.clone());
    for users in [1_000, 200_000] {
        runtime.block_on(fill(&portal, users, &hash));
        let cookie = sign_in(address, ADA).expect("a session");
        let flow = per_second(address, |_| get(Some(&cookie)));
        let ratio = flow / floor * 100.0;
        println!("{:<48} {flow:>9.0} /s  {ratio:>5.1} % of the no-op", format!("GET /api/flow, {name}, {users} users"));
        let log_ins = per_second(address, |n| post_sign_in(&format!("user{}@example.com", n + 2), PASSWORD));
        println!("{:<48} {log_ins:>9.1} /s", format!("log-ins, {name}, {users} users"));
        let chained = while_chaining(runtime, &portal, || {
            per_second(address, |n| post_sign_in(&format!("user{}@example.com", n + 12), PASSWORD))
        });
        println!(
            "{:<48} {chained:>9.1} /s  {:>5.1} % of the above",
            format!("the same with the audit log, {name}"),
            chained / log_ins * 100.0
        );
        let wait = |email: &str, password: &str| median_ms(address, email, password);
        let known = wait(&format!("user{users}@example.com"), "wrong");
        let unknown = wait(&format!("nobody{users}@example.com"), "wrong");
        println!(
            "{:<48} {known:>9.1} ms {unknown:>6.1} ms",
            format!("wrong password, unknown user, {name}, {users} users")
        );
    }
    administration(runtime, address, name, &portal);
    let rows = runtime.block_on(chained_per_second(&portal));
    println!("{:<48} {rows:>9.0} /s", format!("rows of an existing database chained, {name}"));
}

/// Measures while the rows that are written get their entries in the audit log, as in a running server.
fn while_chaining(runtime: &Runtime, portal: &Portal, measure: impl FnOnce() -> f64) -> f64 {
    // The clock of the portal has to go for this.
    let passing = portal.clone();
    let passing = runtime.spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            passing.advance(1);
        }
    });
    let chaining = runtime.spawn(chaining::run(portal.state.clone()));
    let measured = measure();
    chaining.abort();
    passing.abort();
    measured
}

/// How many rows get their entries a second when the audit log begins in a database with a million rows, with its pauses.
async fn chained_per_second(portal: &Portal) -> f64 {
    let count = async || portal.database.count("select count(*) from audit_entries").await;
    // What the log knows so far is of before these rows.
    for table in ["audit_entries", "audit_chains", "audit_state"] {
        portal.database.execute(&format!("delete from {table}")).await;
    }
    let mut chaining = Chaining::new(portal.state.clone());
    drop(tokio::time::timeout(MEASURE, chaining.round()).await);
    count().await as f64 / MEASURE.as_secs_f64()
}

/// The same portal with hashes that cost what they cost in production.
async fn with_real_hashes(portal: &Portal) -> Portal {
    let config = &portal.state.config;
    let hasher = PasswordHasher::new(
        config.passwords.hash_memory_kib,
        config.passwords.hash_iterations,
        config.passwords.hash_concurrency,
    );
    portal.node_with_hasher(hasher.unwrap()).await
}

/// What an administrator waits for, in an account of 200 000 users with 1 000 000 rows of login history.
fn administration(runtime: &Runtime, address: SocketAddr, name: &str, portal: &Portal) {
    let account = runtime.block_on(fill_account(portal));
    let cookie = sign_in(address, ADA).expect("a session");
    let users = route::fill(route::ACCOUNT_USERS, &[&account]);
    let history = route::fill(route::ACCOUNT_LOGIN_HISTORY, &[&account]);
    for (what, path) in [
        ("users of 200000, first page", format!("{users}?per_page=25")),
        ("users of 200000, middle page", format!("{users}?per_page=25&page=4000")),
        ("users of 200000, last page", format!("{users}?per_page=25&page=8000")),
        ("users of 200000, middle page by name", format!("{users}?sort=name&page=4000")),
        ("users of 200000, middle page by state", format!("{users}?sort=-state&page=4000")),
        ("users of 200000, by second factor", format!("{users}?sort=-two_factor")),
        ("users of 200000, by last log-in", format!("{users}?sort=-last_sign_in")),
        ("users of 200000, search with few matches", format!("{users}?search=user7777")),
        ("users of 200000, search with many matches", format!("{users}?search=example")),
        ("users of 200000, search for a name", format!("{users}?search=%C3%96ZLEM&sort=name")),
        ("login history of 1000000, first page", format!("{history}?per_page=25")),
        ("login history of 1000000, last page", format!("{history}?per_page=25&page=40000")),
        ("login history of 1000000, search", format!("{history}?search=user777")),
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n");
        let mut connection = connect(address);
        let ms = median((0..5).map(|_| {
            let begun = Instant::now();
            let head = exchange(&mut connection, &request);
            assert!(head.starts_with("HTTP/1.1 200"), "{what}: {head}");
            begun.elapsed()
        }));
        println!("{:<48} {ms:>9.1} ms", format!("{what}, {name}"));
    }
}

/// Gives 10 000 of the users a history of the last 20 days, and makes Ada the administrator; the account's id.
async fn fill_account(portal: &Portal) -> String {
    let history = "insert into login_history (id, at, user_id, account_id, email, address, factor, result)
        with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 1000000)
        select 'bench' || n, cast($1 as bigint) - n, 'user' || (n % 9998 + 2), a.id,
            'user' || (n % 9998 + 2) || '@example.com', '192.0.2.' || (n % 250), 'password', 'signed_in'
        from numbers, accounts a";
    portal.database.execute("update memberships set admin_since = 1").await;
    portal.database.execute_with(history, &[&portal.now().to_string()]).await;
    portal.database.execute("analyze").await;
    portal.account_id(ACCOUNT).await
}

/// Adds users up to a number, all with one password hash.
async fn fill(portal: &Portal, number: i64, hash: &PasswordHash) {
    let users = "insert into users (id, email, name, password_hash, created_at)
        with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < cast($1 as bigint))
        select 'user' || n, 'user' || n || '@example.com', '', $2, 0 from numbers where true on conflict do nothing";
    let members = "insert into memberships (account_id, user_id, created_at)
        select a.id, u.id, 0 from accounts a, users u where true on conflict do nothing";
    portal.database.execute_with(users, &[&number.to_string(), hash.as_str()]).await;
    portal.database.execute(members).await;
    portal.database.execute(MIXED_NAMES).await;
    roster::complete(&portal.state.db).await.unwrap();
    portal.database.execute("analyze").await;
}

fn serve(runtime: &Runtime, router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await
    });
    address
}

/// Milliseconds of one hash, the median of 20.
fn hash_cost() -> f64 {
    let hasher = PasswordHasher::new(19_456, 2, 1).unwrap();
    let password = Password::new(PASSWORD.to_owned());
    median((0..20).map(|_| {
        let begun = Instant::now();
        hasher.hash(&password).unwrap();
        begun.elapsed()
    }))
}

fn median_ms(address: SocketAddr, email: &str, password: &str) -> f64 {
    let request = post_sign_in(email, password);
    // Three attempts are free for each name from one address; the names of one kind cost the same.
    median((0..3).map(|_| {
        let mut connection = connect(address);
        let begun = Instant::now();
        exchange(&mut connection, &request);
        begun.elapsed()
    }))
}

fn median(times: impl Iterator<Item = Duration>) -> f64 {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

fn get(cookie: Option<&str>) -> String {
    let cookie = cookie.map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
    format!("GET {} HTTP/1.1\r\nHost: localhost\r\n{cookie}\r\n", route::FLOW)
}

fn post_sign_in(email: &str, password: &str) -> String {
    let body = format!("{{\"email\":\"{email}\",\"password\":\"{password}\"}}");
    format!(
        "POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        route::SIGN_IN,
        body.len()
    )
}

/// Logs in and gives the session's cookie.
fn sign_in(address: SocketAddr, email: &str) -> Option<String> {
    let head = exchange(&mut connect(address), &post_sign_in(email, PASSWORD));
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("set-cookie: __host-postern="))?;
    line.split_once(": ")?.1.split(';').next().map(str::to_owned)
}

/// Good answers a second, over several connections with a request of its own each.
fn per_second(address: SocketAddr, request: impl Fn(usize) -> String) -> f64 {
    let (good, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (request, good, over) = (request(client), &good, &over);
            scope.spawn(move || {
                let mut connection = connect(address);
                while !over.load(Ordering::Relaxed) {
                    let answer = exchange(&mut connection, &request);
                    good.fetch_add(u64::from(answer.starts_with("HTTP/1.1 200")), Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(MEASURE);
        over.store(true, Ordering::Relaxed);
    });
    good.into_inner() as f64 / begun.elapsed().as_secs_f64()
}

fn connect(address: SocketAddr) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    BufReader::new(stream)
}

/// Sends a request and reads the answer to its end; gives the head.
fn exchange(connection: &mut BufReader<TcpStream>, request: &str) -> String {
    connection.get_mut().write_all(request.as_bytes()).unwrap();
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let start = head.len();
        connection.read_line(&mut head).unwrap();
        let line = head[start..].trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    connection.read_exact(&mut vec![0; length]).unwrap();
    head
}
