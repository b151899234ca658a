//! What OpenID Connect costs: refreshes and user info a second, beside a handler that does nothing, and how long a browser with a session
//! waits for its code. Run by `cargo xtask bench`; never a test.
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
use axum::routing::get;
use postern::auth::token::Token;
use postern::display_name::DisplayName;
use postern::ids::ClientId;
use postern::oidc::client::{Client, ClientKind, Pkce, TokenForm};
use postern::oidc::key::Algorithm;
use postern::oidc::redirect_uri::RedirectUri;
use postern::store::transactions;
use postern_testkit::{ACCOUNT, ADA, PASSWORD, Portal};
use postern_types::{endpoint, route};
use tokio::runtime::Runtime;

/// Connections that ask at once, each with a log-in of its own.
const CLIENTS: usize = 8;
const CALLBACK: &str = "https://wiki.example.com/callback";

/// An answer: its head, and its body.
type Answer = (String, Vec<u8>);

/// A client that users have logged in to.
struct Rp {
    address: SocketAddr,
    id: String,
    secret: String,
    /// Of the portal's session.
    cookie: String,
}

fn main() {
    let measure_for = Duration::from_secs(if std::env::args().any(|argument| argument == "--short") { 1 } else { 5 });
    let runtime = Runtime::new().unwrap();
    let no_op = serve(&runtime, Router::new().route(endpoint::USERINFO, get(async || "{}")));
    let floor = per_second(measure_for, || {
        let mut connection = connect(no_op);
        move || exchange(&mut connection, &user_info("x"))
    });
    println!("{:<48} {floor:>9.0} /s", "no-op axum handler");
    measure(&runtime, "SQLite", &runtime.block_on(Portal::on_sqlite()), floor, measure_for);
    if std::env::var_os("POSTERN_TEST_POSTGRES_URL").is_some() {
        measure(&runtime, "PostgreSQL", &runtime.block_on(Portal::on_postgres()), floor, measure_for);
    }
}

/// The rows of one database.
fn measure(runtime: &Runtime, name: &str, portal: &Portal, floor: f64, measure_for: Duration) {
    let rp = runtime.block_on(register(portal));
    let rp = Rp { address: serve(runtime, portal.router.clone()), ..rp };
    let rp = Rp { cookie: sign_in(rp.address), ..rp };
    let told = per_second(measure_for, || {
        let access_token = text(&rp.tokens(), "access_token");
        let mut connection = connect(rp.address);
        move || exchange(&mut connection, &user_info(&access_token))
    });
    let ratio = told / floor * 100.0;
    println!("{:<48} {told:>9.0} /s  {ratio:>5.1} % of the no-op", format!("userinfo, {name}"));
    let refreshed = per_second(measure_for, || {
        let mut refresh_token = text(&rp.tokens(), "refresh_token");
        let mut connection = connect(rp.address);
        let rp = &rp;
        move || {
            let fields = format!("grant_type=refresh_token&refresh_token={refresh_token}");
            let answer = exchange(&mut connection, &rp.post(&fields));
            refresh_token = text(&answer.1, "refresh_token");
            answer
        }
    });
    let ratio = refreshed / floor * 100.0;
    println!("{:<48} {refreshed:>9.0} /s  {ratio:>5.1} % of the no-op", format!("token (refresh), {name}"));
    let mut connection = connect(rp.address);
    let mut waits: Vec<Duration> = (0..200)
        .map(|_| {
            let begun = Instant::now();
            rp.code(&mut connection);
            begun.elapsed()
        })
        .collect();
    waits.sort_unstable();
    let ms = waits[waits.len() / 2].as_secs_f64() * 1_000.0;
    println!("{:<48} {ms:>9.2} ms", format!("authorize with a session, median, {name}"));
}

/// Adds Ada, an application, and a client of it.
async fn register(portal: &Portal) -> Rp {
    portal.add_user(ACCOUNT, ADA).await;
    portal.add_application(&portal.application(ACCOUNT, "Wiki", "https://wiki.example.com", &[])).await;
    let secret = Token::random();
    let client = |application_id| Client {
        id: ClientId::random(),
        application_id,
        name: DisplayName::parse("Wiki").unwrap(),
        redirect_uris: vec![RedirectUri::from_stored(CALLBACK.to_owned())],
        sign_out_uris: Vec::new(),
        back_channel_uri: None,
        kind: ClientKind::Confidential,
        pkce: Pkce::Optional,
        requires_consent: false,
        has_id_token_claims: false,
        algorithm: Algorithm::Rs256,
        access_tokens: TokenForm::Opaque,
    };
    let added = transactions::add_client(&portal.state.db, &portal.operator(), "Wiki", client, &secret.hash()).await;
    let id = added.unwrap().id.to_string();
    Rp { address: ([127, 0, 0, 1], 0).into(), id, secret: secret.expose().to_owned(), cookie: String::new() }
}

impl Rp {
    /// A code for Ada's session.
    fn code(&self, connection: &mut BufReader<TcpStream>) -> String {
        let query = format!("client_id={}&redirect_uri={CALLBACK}&response_type=code&scope=openid+email", self.id);
        let request = format!(
            "GET {}?{query} HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\n\r\n",
            endpoint::AUTHORIZE,
            self.cookie
        );
        let (head, _) = exchange(connection, &request);
        let (_, rest) = head.split_once("code=").unwrap_or_else(|| panic!("no code: {head}"));
        rest.split(['&', '\r']).next().unwrap().to_owned()
    }

    /// Tokens for Ada's session, in JSON.
    fn tokens(&self) -> Vec<u8> {
        let mut connection = connect(self.address);
        let code = self.code(&mut connection);
        let fields = format!("grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}");
        exchange(&mut connection, &self.post(&fields)).1
    }

    fn post(&self, fields: &str) -> String {
        let body = format!("client_id={}&client_secret={}&{fields}", self.id, self.secret);
        post(endpoint::TOKEN, "application/x-www-form-urlencoded", &body)
    }
}

fn user_info(access_token: &str) -> String {
    format!("GET {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {access_token}\r\n\r\n", endpoint::USERINFO)
}

fn post(path: &str, media_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// Logs Ada in, and gives the session's cookie.
fn sign_in(address: SocketAddr) -> String {
    let body = format!("{{\"email\":\"{ADA}\",\"password\":\"{PASSWORD}\"}}");
    let (head, _) = exchange(&mut connect(address), &post(route::SIGN_IN, "application/json", &body));
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("set-cookie: __host-postern="));
    line.unwrap().split_once(": ").unwrap().1.split(';').next().unwrap().to_owned()
}

/// A text of a JSON object.
fn text(json: &[u8], name: &str) -> String {
    let value: serde_json::Value = serde_json::from_slice(json).unwrap();
    value[name].as_str().unwrap_or_else(|| panic!("no {name}: {value}")).to_owned()
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

/// Good answers a second. Each connection has an asker of its own.
fn per_second<A: FnMut() -> Answer + Send>(measure_for: Duration, asker: impl Fn() -> A) -> f64 {
    let (good, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let askers: Vec<A> = (0..CLIENTS).map(|_| asker()).collect();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for mut ask in askers {
            let (good, over) = (&good, &over);
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    let (head, _) = ask();
                    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
                    good.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(measure_for);
        over.store(true, Ordering::Relaxed);
    });
    good.into_inner() as f64 / begun.elapsed().as_secs_f64()
}

fn connect(address: SocketAddr) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    BufReader::new(stream)
}

/// Sends a request and reads the answer to its end.
fn exchange(connection: &mut BufReader<TcpStream>, request: &str) -> Answer {
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
    let mut body = vec![0; length];
    connection.read_exact(&mut body).unwrap();
    (head, body)
}
