//! What a running portal can do: log-ins and session checks a second, with few and with many users, beside what the machine
//! could do at most (the bare hash, a handler that does nothing). Run by `cargo xtask bench`; never a test.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, missing_docs, reason = "a measurement")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use postern::auth::cipher::Cipher;
use postern::auth::password::{PasswordHash, PasswordHasher};
use postern::auth::token::random_id;
use postern::clock::Clock;
use postern::config::{Config, DatabaseUrl};
use postern::state::AppState;
use postern::store::users::NewUser;
use postern::store::{Db, accounts, users};
use postern::web::Web;
use postern_types::{Email, Password, route};

const PASSWORD: &str = "correct horse battery staple";
/// Connections that ask at once.
const CLIENTS: usize = 8;
const MEASURE: Duration = Duration::from_secs(5);

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let no_op = serve(&runtime, Router::new().route(route::FLOW, axum::routing::get(async || "{}")));
    let floor = per_second(no_op, |_| get(None));
    println!("{:<48} {floor:>9.0} /s", "no-op axum handler");
    let hash_ms = hash_cost();
    println!("{:<48} {hash_ms:>9.1} ms", "one Argon2id hash (19 MiB, 2 passes)");
    measure(&runtime, "SQLite", &|dir| DatabaseUrl::Sqlite(dir.join("postern.sqlite")), floor);
    if let Ok(url) = std::env::var("POSTERN_TEST_POSTGRES_URL") {
        measure(&runtime, "PostgreSQL", &|_| DatabaseUrl::Postgres(in_new_schema(&runtime, &url)), floor);
    }
}

/// The rows of one database.
fn measure(runtime: &tokio::runtime::Runtime, name: &str, url: &dyn Fn(&std::path::Path) -> DatabaseUrl, floor: f64) {
    let dir = tempfile::tempdir().unwrap();
    let url = url(dir.path());
    let (state, hash) = runtime.block_on(portal(dir.path(), &url));
    let address = serve(runtime, postern::app(&state));
    for users in [1_000, 200_000] {
        runtime.block_on(fill(&url, users, &hash));
        let cookie = sign_in(address, "ada@example.com").expect("a session");
        let flow = per_second(address, |_| get(Some(&cookie)));
        let ratio = flow / floor * 100.0;
        println!("{:<48} {flow:>9.0} /s  {ratio:>5.1} % of the no-op", format!("GET /api/flow, {name}, {users} users"));
        let log_ins = per_second(address, |n| post_sign_in(&format!("user{}@example.com", n + 2), PASSWORD));
        println!("{:<48} {log_ins:>9.1} /s", format!("log-ins, {name}, {users} users"));
        let wait = |email: &str, password: &str| median_ms(address, email, password);
        let known = wait(&format!("user{users}@example.com"), "wrong");
        let unknown = wait(&format!("nobody{users}@example.com"), "wrong");
        println!(
            "{:<48} {known:>9.1} ms {unknown:>6.1} ms",
            format!("wrong password, unknown user, {name}, {users} users")
        );
    }
    administration(runtime, address, name, &url);
}

/// What an administrator waits for, in an account of 10 000 users with 1 000 000 rows of login history.
fn administration(runtime: &tokio::runtime::Runtime, address: SocketAddr, name: &str, url: &DatabaseUrl) {
    let account = runtime.block_on(fill_account(url));
    let cookie = sign_in(address, "ada@example.com").expect("a session");
    let users = route::fill(route::ACCOUNT_USERS, &[&account]);
    let history = route::fill(route::ACCOUNT_LOGIN_HISTORY, &[&account]);
    for (what, path) in [
        ("users of 10000, first page", format!("{users}?per_page=25")),
        ("users of 10000, last page", format!("{users}?per_page=25&page=400")),
        ("users of 10000, search", format!("{users}?search=user777")),
        ("users of 10000, by last log-in", format!("{users}?sort=-last_sign_in")),
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

/// Makes 10 000 users members, gives them a history of the last 20 days, and makes Ada the administrator; the account's id.
async fn fill_account(url: &DatabaseUrl) -> String {
    let now = Clock::system().now();
    let statements = [
        "update memberships set admin_since = 1",
        "insert into memberships (account_id, user_id, created_at)
            select a.id, u.id, 0 from accounts a, users u where u.id like 'user%' and cast(substr(u.id, 5) as bigint) < 10000
            on conflict do nothing",
        "insert into login_history (id, at, user_id, account_id, email, address, factor, result)
            with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 1000000)
            select 'bench' || n, cast($1 as bigint) - n, 'user' || (n % 9998 + 2), a.id,
                'user' || (n % 9998 + 2) || '@example.com', '192.0.2.' || (n % 250), 'password', 'signed_in'
            from numbers, accounts a",
        "analyze",
    ];
    macro_rules! run {
        ($pool:expr) => {{
            let pool = $pool;
            for (number, sql) in statements.into_iter().enumerate() {
                let query = sqlx::query(sql);
                let query = if number == 2 { query.bind(now) } else { query };
                query.execute(&pool).await.unwrap();
            }
            sqlx::query_scalar("select id from accounts").fetch_one(&pool).await.unwrap()
        }};
    }
    match url {
        DatabaseUrl::Sqlite(path) => run!(sqlx::SqlitePool::connect(&path.to_string_lossy()).await.unwrap()),
        DatabaseUrl::Postgres(url) => run!(sqlx::PgPool::connect(url).await.unwrap()),
    }
}

async fn portal(dir: &std::path::Path, url: &DatabaseUrl) -> (AppState, PasswordHash) {
    let db = Db::connect(url).await.unwrap();
    db.migrate(url).await.unwrap();
    let config = Config::defaults(dir.to_owned(), url.clone());
    let hasher = PasswordHasher::new(
        config.passwords.hash_memory_kib,
        config.passwords.hash_iterations,
        config.passwords.hash_concurrency,
    );
    let hasher = hasher.unwrap();
    let hash = hasher.hash(&Password::new(PASSWORD.to_owned())).unwrap();
    accounts::add(&db, &random_id(), "Acme", 0).await.unwrap();
    let email = &Email::parse("ada@example.com").unwrap();
    let id = random_id();
    let ada = NewUser {
        id: &id,
        email,
        name: "",
        account: "Acme",
        admin: false,
        active: true,
        password_hash: &hash,
        temporary: false,
    };
    assert_eq!(users::add(&db, &ada, 0).await.unwrap(), users::Added::Yes);
    let web = Arc::new(Web::load(&config.brand.product_name).unwrap());
    (AppState::new(config, db, Clock::system(), Cipher::random(), hasher, web).unwrap(), hash)
}

/// Adds users up to a number, all with one password hash.
async fn fill(url: &DatabaseUrl, number: i64, hash: &PasswordHash) {
    let sql = "insert into users (id, email, name, password_hash, created_at)
        with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < cast($1 as bigint))
        select 'user' || n, 'user' || n || '@example.com', '', $2, 0 from numbers where true on conflict do nothing";
    match url {
        DatabaseUrl::Sqlite(path) => {
            let pool = sqlx::SqlitePool::connect(&path.to_string_lossy()).await.unwrap();
            sqlx::query(sql).bind(number).bind(hash.as_str()).execute(&pool).await.unwrap();
            sqlx::query("analyze").execute(&pool).await.unwrap();
        }
        DatabaseUrl::Postgres(url) => {
            let pool = sqlx::PgPool::connect(url).await.unwrap();
            sqlx::query(sql).bind(number).bind(hash.as_str()).execute(&pool).await.unwrap();
            sqlx::query("analyze").execute(&pool).await.unwrap();
        }
    }
}

fn in_new_schema(runtime: &tokio::runtime::Runtime, url: &str) -> String {
    let schema = format!("bench_{}", random_id());
    let create = format!("create schema {schema}");
    runtime.block_on(async {
        let pool = sqlx::PgPool::connect(url).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(create)).execute(&pool).await.unwrap();
    });
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}options=-csearch_path%3D{schema}")
}

fn serve(runtime: &tokio::runtime::Runtime, router: Router) -> SocketAddr {
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
    // Three tries are free for each name from one address; the names of one kind cost the same.
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
