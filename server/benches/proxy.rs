//! Checks behind nginx, as the example in `docs/proxies` configures it, compared with a check that does nothing; and how long a
//! check takes while passwords are hashed. Run by `cargo xtask bench`; needs nginx and `wrk`.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, missing_docs, reason = "a measurement")]

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::any;
use postern::auth::password::PasswordHasher;
use postern::auth::token::Token;
use postern::config::Config;
use postern::following;
use postern::http::listen;
use postern_testkit::{ACCOUNT, PASSWORD, Portal};
use postern_types::{Password, route};
use tokio::runtime::Runtime;

const EXAMPLE: &str = include_str!("../../docs/proxies/nginx.conf");
const CHECK: &str = "/api/forward-auth/nginx";
const HOST: &str = "app.localhost";
const CONNECTIONS: usize = 64;
const MEASURE: Duration = Duration::from_secs(5);
/// Between two checks of which the time is measured.
const PAUSE: Duration = Duration::from_micros(500);
/// Between two log-ins: 50 a second.
const LOG_INS: Duration = Duration::from_millis(20);
/// Users who log in. Each has more log-ins than this bench needs before it has to wait.
const USERS: usize = 300;

fn main() {
    let runtime = Runtime::new().unwrap();
    let portal = runtime.block_on(Portal::on_sqlite());
    let trusted = |config: &mut Config| config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let node = runtime.block_on(portal.node_with(trusted));
    let node = runtime.block_on(node.node_with_hasher(PasswordHasher::new(19_456, 2, 2).unwrap()));
    let token = runtime.block_on(fill(&node));
    runtime.spawn(following::run(node.state.clone()));
    let identity = [("remote-user", "a"), ("remote-email", "a"), ("remote-name", "a"), ("remote-groups", "a")];
    let nothing = serve(&runtime, Router::new().fallback(any(async move || identity)));
    let checked = serve(&runtime, node.router.clone());
    let application = serve(&runtime, Router::new().fallback(any(async || "hello")));

    let [floor, rate] = [nothing, checked].map(|postern| behind_nginx(postern, application, &token));
    println!("{:<48} {floor:>9.0} /s", "behind nginx, a check that does nothing");
    println!("{:<48} {rate:>9.0} /s, {:>5.2} of that", "behind nginx, a check", rate / floor);

    let quiet = p99(checked, &token);
    let over = AtomicBool::new(false);
    let busy = std::thread::scope(|scope| {
        scope.spawn(|| log_in_until(&over, checked));
        std::thread::sleep(Duration::from_secs(1));
        let busy = p99(checked, &token);
        over.store(true, Ordering::Relaxed);
        busy
    });
    let (quiet, busy) = (quiet.as_secs_f64() * 1e3, busy.as_secs_f64() * 1e3);
    println!("{:<48} {quiet:>9.2} ms", "99 of 100 checks, on a quiet machine, within");
    println!("{:<48} {busy:>9.2} ms, {:>5.2} times that", "99 of 100 checks, beside 50 log-ins a second", busy / quiet);
}

/// An application, users, and a session of the first one with it: its token.
async fn fill(portal: &Portal) -> Token {
    let hash = portal.state.hasher.hash(&Password::new(PASSWORD.to_owned())).unwrap();
    portal.add_user(ACCOUNT, "user0@example.com").await;
    let account = portal.account_id(ACCOUNT).await;
    for n in 1..=USERS {
        let user = "insert into users (id, email, name, password_hash, created_at) values ($1, $1, '', $2, 0)";
        let email = format!("user{n}@example.com");
        portal.database.execute_with(user, &[&email, hash.as_str()]).await;
        let member = "insert into memberships (account_id, user_id, created_at) values ($1, $2, 0)";
        portal.database.execute_with(member, &[&account, &email]).await;
    }
    let application = portal.application(ACCOUNT, "Wiki", &format!("http://{HOST}"), &["rest: members /*"]);
    let application = portal.add_application(&application).await;
    let (token, now) = (Token::random(), portal.now());
    for sql in [
        format!(
            "insert into sessions (id, token_hash, user_id, created_at, authenticated_at, last_seen_at, expires_at, address,
                user_agent) values ('s', 'x', 'user1@example.com', {now}, {now}, {now}, {now} + 86400, '192.0.2.1', '')"
        ),
        format!(
            "insert into application_sessions (token_hash, session_id, application_id, created_at)
                values ('{}', 's', '{application}', {now})",
            token.hash().as_str()
        ),
    ] {
        portal.database.execute(&sql).await;
    }
    token
}

fn serve(runtime: &Runtime, router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let trusted = ["127.0.0.0/8".parse().unwrap()];
    runtime.spawn(async move { listen::serve(router, listener, "http://localhost", &trusted).await });
    address
}

/// Requests per second to an application behind nginx.
fn behind_nginx(postern: SocketAddr, application: SocketAddr, token: &Token) -> f64 {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().display();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let example = EXAMPLE
        .replace("127.0.0.1:8080", &postern.to_string())
        .replace("127.0.0.1:3000", &application.to_string())
        .replace("listen 443 ssl", &format!("listen 127.0.0.1:{port}"))
        .replace("app.example.com", HOST);
    let without_tls = |line: &&str| !line.trim_start().starts_with("ssl_");
    let example = example.lines().filter(without_tls).collect::<Vec<_>>().join("\n");
    let temporary =
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|it| format!("{it}_temp_path {place}/{it};"));
    let main = format!(
        "daemon off; master_process off; pid {place}/pid; error_log stderr; events {{}} http {{ access_log off;"
    );
    let file = dir.path().join("nginx.conf");
    fs::write(&file, format!("{main} {}\n{example}\n}}", temporary.join(" "))).unwrap();
    let mut nginx = Running(Command::new("/usr/sbin/nginx").args(["-e", "stderr", "-c"]).arg(&file).spawn().unwrap());
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(nginx.0.try_wait().unwrap().is_none(), "nginx has ended");
    }
    let wrk = Command::new("wrk")
        .args([
            "--threads",
            "1",
            "--connections",
            &CONNECTIONS.to_string(),
            "--duration",
            &format!("{}s", MEASURE.as_secs()),
        ])
        .args(["--header", &format!("Host: {HOST}"), "--header", &cookie(token)])
        .arg(format!("http://127.0.0.1:{port}/page"))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let report = String::from_utf8(wrk.stdout).unwrap();
    assert!(!report.contains("Non-2xx"), "{report}");
    let line = report.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:")).unwrap();
    line.trim().parse().unwrap()
}

/// A program that ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn cookie(token: &Token) -> String {
    format!("Cookie: __Host-postern-app={}", token.expose())
}

/// The time within which 99 of 100 checks are answered.
fn p99(address: SocketAddr, token: &Token) -> Duration {
    let request = format!(
        "GET {CHECK} HTTP/1.1\r\nHost: {HOST}\r\n{}\r\nX-Original-URL: http://{HOST}/page\r\nX-Original-Method: GET\r\n\
         X-Forwarded-For: 198.51.100.7\r\n\r\n",
        cookie(token)
    );
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_nodelay(true).unwrap();
    let (mut answer, mut times, begun) = ([0; 4096], Vec::new(), Instant::now());
    while begun.elapsed() < MEASURE {
        let asked = Instant::now();
        connection.write_all(request.as_bytes()).unwrap();
        let length = connection.read(&mut answer).unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..length]));
        times.push(asked.elapsed());
        std::thread::sleep(PAUSE);
    }
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

/// Logs in 50 times a second.
fn log_in_until(over: &AtomicBool, address: SocketAddr) {
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for n in (0..).take_while(|_| !over.load(Ordering::Relaxed)) {
            std::thread::sleep((begun + LOG_INS * n).saturating_duration_since(Instant::now()));
            scope.spawn(move || log_in(address, n as usize % USERS + 1));
        }
    });
}

fn log_in(address: SocketAddr, user: usize) {
    let body = format!("{{\"email\":\"user{user}@example.com\",\"password\":\"{PASSWORD}\"}}");
    let mut connection = TcpStream::connect(address).unwrap();
    write!(
        connection,
        "POST {} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 198.51.{}.7\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        route::SIGN_IN,
        user % 256,
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
