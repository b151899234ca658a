//! A database that goes away and comes back, and a disk that is full for a while.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use postern::config::DatabaseUrl;
use postern_testkit::authenticator::code_in;
use postern_testkit::{ADA, Installation, PASSWORD, Server, credentials, eventually, program};
use postern_types::route;
use serde_json::json;

/// Stands between the portal and PostgreSQL, and can be cut.
pub(crate) struct Cable {
    pub(crate) port: u16,
    state: Arc<AtomicU8>,
    connections: Arc<Mutex<Vec<TcpStream>>>,
}

const PLUGGED_IN: u8 = 0;
/// Nobody listens: the server was stopped.
pub(crate) const REFUSES: u8 = 1;
/// Connections are accepted and closed: a proxy has no server behind it.
const CLOSES: u8 = 2;

impl Cable {
    pub(crate) fn to(server: String) -> Self {
        let mut listener = Some(TcpListener::bind("127.0.0.1:0").unwrap());
        let address = listener.as_ref().unwrap().local_addr().unwrap();
        let cable = Self { port: address.port(), state: Arc::default(), connections: Arc::default() };
        let (state, open) = (Arc::clone(&cable.state), Arc::clone(&cable.connections));
        thread::spawn(move || {
            loop {
                thread::sleep(Duration::from_millis(1));
                let state = state.load(Ordering::SeqCst);
                if state == REFUSES {
                    listener = None;
                    continue;
                }
                let listening = listener.get_or_insert_with(|| TcpListener::bind(address).unwrap());
                listening.set_nonblocking(true).unwrap();
                let Ok((mut near, _)) = listening.accept() else { continue };
                near.set_nonblocking(false).unwrap();
                if state == PLUGGED_IN {
                    let far = TcpStream::connect(&server).unwrap();
                    open.lock().unwrap().extend([near.try_clone().unwrap(), far.try_clone().unwrap()]);
                    pump(near.try_clone().unwrap(), far.try_clone().unwrap());
                    pump(far, near);
                } else {
                    // What was sent is read, so that the connection ends in order.
                    near.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
                    drop(near.read(&mut [0; 64]));
                }
            }
        });
        cable
    }

    pub(crate) fn cut(&self, how: u8) {
        self.state.store(how, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(20));
        self.end_connections();
    }

    fn end_connections(&self) {
        for connection in self.connections.lock().unwrap().drain(..) {
            drop(connection.shutdown(Shutdown::Both));
        }
    }

    pub(crate) fn mend(&self) {
        self.state.store(PLUGGED_IN, Ordering::SeqCst);
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        let mut bytes = [0; 8192];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            if to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        drop(to.shutdown(Shutdown::Both));
    });
}

/// `host:port` of a PostgreSQL URL, and the URL with another one in its place.
pub(crate) fn rerouted(url: &str, port: u16) -> (String, String) {
    let rest = url.split_once("://").unwrap().1;
    let authority = rest.split(['/', '?']).next().unwrap();
    let host = authority.rsplit('@').next().unwrap();
    let address = if host.contains(':') { host.to_owned() } else { format!("{host}:5432") };
    (address, url.replacen(host, &format!("127.0.0.1:{port}"), 1))
}

#[tokio::test(flavor = "multi_thread")]
async fn while_postgres_is_stopped_the_answer_is_503_and_everything_comes_back_by_itself() {
    postgres_goes_away_and_comes_back(REFUSES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_proxy_has_no_postgres_behind_it_the_answer_is_503_too() {
    postgres_goes_away_and_comes_back(CLOSES).await;
}

async fn start_behind_cable(portal: &Installation) -> (Server, Cable) {
    let DatabaseUrl::Postgres(url) = &portal.database.url else { unreachable!() };
    let cable = Cable::to(rerouted(url, 0).0);
    let mut command = program::command(&["serve", "--database", &rerouted(url, cable.port).1]);
    command.arg("--data-dir").arg(portal.data_dir());
    let mut server = portal.launch(command, &[]);
    server.wait_until_ready().await;
    (server, cable)
}

async fn postgres_goes_away_and_comes_back(how: u8) {
    let portal = Installation::on_postgres().await.with_ada();
    let (server, cable) = start_behind_cable(&portal).await;
    let (mut browser, key) = server.set_up(ADA).await;
    let mut pending = server.browser();
    pending.sign_in(ADA).await.expect(200);

    cable.cut(how);
    let is_busy = async || browser.get(route::FLOW).await.status == 503;
    eventually("what is kept in memory is not used any more", is_busy).await;
    let begun = Instant::now();
    browser.get(route::FLOW).await.expect_busy();
    pending.code(&code_in(&key, 30)).await.expect_busy();
    server.browser().sign_in(ADA).await.expect_busy();
    browser.post(route::SIGN_OUT, json!({})).await.expect_busy();
    server.browser().get("/health/ready").await.expect_busy();
    assert!(begun.elapsed() < Duration::from_secs(30), "no answer waits for ever: {:?}", begun.elapsed());
    server.browser().get("/health/live").await.expect(200);
    server.browser().get(route::FLOW).await.expect(200);
    server.browser().page("/").await.expect(200);

    cable.mend();
    eventually("ready again", async || server.is_ready().await).await;
    assert_eq!(browser.flow().await.step(), "signed_in");
    assert_eq!(pending.code(&code_in(&key, 30)).await.expect(200).step(), "signed_in", "the code was not used up");
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_died_while_idle_are_not_what_a_user_sees() {
    let portal = Installation::on_postgres().await.with_ada();
    let (server, cable) = start_behind_cable(&portal).await;
    let (mut browser, _) = server.set_up(ADA).await;
    for n in 0..5 {
        cable.end_connections();
        for _ in 0..5 {
            browser.get(route::FLOW).await.expect(200);
        }
        server.browser().sign_in(&format!("nobody{n}@example.com")).await.expect_error(401, "invalid_credentials");
    }
}

/// Bounds or frees the size of files that a process may write.
fn limit_file_size(server: &Server, bytes: &str) {
    let status =
        Command::new("prlimit").args(["--pid", &server.id().to_string(), &format!("--fsize={bytes}:")]).status();
    assert!(status.expect("prlimit is part of util-linux").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_disk_is_full_the_answer_is_503_and_what_was_committed_stays() {
    let portal = Installation::on_sqlite().with_ada();
    // Without this signal a write over the limit fails as it does on a full disk.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" serve --data-dir \"$1\""]);
    command.arg(program::path()).arg(portal.data_dir());
    let mut server = portal.launch_logging_to(command, &[], std::process::Stdio::null());
    server.wait_until_ready().await;
    let (mut browser, key) = server.set_up(ADA).await;
    let mut pending = server.browser();
    pending.sign_in(ADA).await.expect(200);
    let count = async |table| portal.database.count(&format!("select count(*) from {table}")).await;
    let rows = async || [count("sessions").await, count("totp_factors").await, count("login_history").await];
    let before = rows().await;

    limit_file_size(&server, "1");
    server.browser().sign_in(ADA).await.expect_busy();
    pending.code(&code_in(&key, 30)).await.expect_busy();
    browser.post(route::SIGN_OUT, json!({})).await.expect_busy();
    eventually("not ready", async || !server.is_ready().await).await;
    assert_eq!(browser.flow().await.step(), "signed_in", "what only reads still works");
    server.browser().get("/health/live").await.expect(200);

    limit_file_size(&server, "unlimited");
    let mut again = server.browser();
    let credentials = credentials(ADA, PASSWORD);
    let signs_in = async || {
        let answer = again.try_post(route::SIGN_IN, credentials.clone()).await;
        answer.is_ok_and(|answer| answer.status == 200)
    };
    eventually("log-ins work again", signs_in).await;
    assert_eq!(again.flow().await.step(), "code", "the log-in was written");
    assert_eq!(pending.code(&code_in(&key, 30)).await.expect(200).step(), "signed_in", "the code was not used up");
    portal.run(&["account", "add", "Beside the server"]);
    let after = rows().await;
    assert!(after[0] > before[0] && after[1] == before[1] && after[2] > before[2], "{before:?} {after:?}");
    server.kill();
    let server = portal.start().await;
    assert_eq!(pending.moved_to(&server).flow().await.step(), "signed_in");
    assert_eq!(portal.database.texts("pragma integrity_check").await, ["ok"]);
}
