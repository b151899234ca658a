//! A database that goes away and comes back, and a disk that is full for a while.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use postern_types::route;
use serde_json::json;

use crate::browser::{code_in, credentials};
use crate::database::Database;
use crate::portal::{ADA, PASSWORD, Portal, Server, eventually, expect_busy};

/// Stands between the portal and PostgreSQL, and can be cut.
struct Cable {
    port: u16,
    plugged_in: Arc<AtomicBool>,
    connections: Arc<Mutex<Vec<TcpStream>>>,
}

impl Cable {
    fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (plugged_in, connections) = (Arc::new(AtomicBool::new(true)), Arc::new(Mutex::new(Vec::new())));
        let (plugged, open) = (Arc::clone(&plugged_in), Arc::clone(&connections));
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if !plugged.load(Ordering::SeqCst) {
                    continue;
                }
                let far = TcpStream::connect(&server).unwrap();
                let clones = [near.try_clone().unwrap(), far.try_clone().unwrap()];
                open.lock().unwrap().extend(clones);
                pump(near.try_clone().unwrap(), far.try_clone().unwrap());
                pump(far, near);
            }
        });
        Self { port, plugged_in, connections }
    }

    fn cut(&self) {
        self.plugged_in.store(false, Ordering::SeqCst);
        for connection in self.connections.lock().unwrap().drain(..) {
            drop(connection.shutdown(Shutdown::Both));
        }
    }

    fn mend(&self) {
        self.plugged_in.store(true, Ordering::SeqCst);
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
fn rerouted(url: &str, port: u16) -> (String, String) {
    let rest = url.split_once("://").unwrap().1;
    let authority = rest.split(['/', '?']).next().unwrap();
    let host = authority.rsplit('@').next().unwrap();
    let address = if host.contains(':') { host.to_owned() } else { format!("{host}:5432") };
    (address, url.replacen(host, &format!("127.0.0.1:{port}"), 1))
}

#[test]
fn while_postgres_is_away_the_answer_is_503_and_everything_comes_back_by_itself() {
    let portal = Portal::on_postgres().with_ada();
    let Database::Postgres(url) = &portal.database else { unreachable!() };
    let cable = Cable::to(rerouted(url, 0).0);
    let through = rerouted(url, cable.port).1;
    let mut server = portal.launch(portal.command(&["serve"]), &[]);
    server.wait_until_ready();
    drop(server);
    // The flag of `command` wins over the environment, so this one is made without it.
    let mut command = crate::portal::bare(&["serve", "--database", &through]);
    command.arg("--data-dir").arg(portal.data_dir());
    let mut server = portal.launch(command, &[]);
    server.wait_until_ready();
    let (mut browser, key) = server.set_up(ADA);
    let mut pending = server.browser();
    pending.sign_in(ADA, PASSWORD).expect(200);

    cable.cut();
    let begun = Instant::now();
    expect_busy(browser.get(route::FLOW));
    expect_busy(pending.code(&code_in(&key, 30)));
    expect_busy(server.browser().sign_in(ADA, PASSWORD));
    expect_busy(browser.post(route::SIGN_OUT, &json!({})));
    expect_busy(server.browser().get("/health/ready"));
    assert!(begun.elapsed() < Duration::from_secs(30), "no answer waits for ever: {:?}", begun.elapsed());
    server.browser().get("/health/live").expect(200);
    server.browser().get(route::FLOW).expect(200);

    cable.mend();
    let ready = || server.browser().get("/health/ready").status == 200;
    eventually("ready again", Duration::from_secs(15), ready);
    assert_eq!(browser.flow().step(), "signed_in");
    assert_eq!(pending.code(&code_in(&key, 30)).expect(200).step(), "signed_in", "the code was not used up");
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[test]
fn c81_a_dead_connection_in_the_pool_is_not_what_a_user_sees() {
    let portal = Portal::on_postgres().with_ada();
    let server = portal.start();
    let (mut browser, _) = server.set_up(ADA);
    // PostgreSQL was restarted, or an idle connection was ended.
    portal.database.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where pid <> pg_backend_pid() and query like '%' and datname = current_database()
            and application_name = '' and query_start is not null
            and pid in (select pid from pg_stat_activity where query like '%sessions%' or query like '%totp_factors%')",
    );
    let statuses: Vec<u16> = (0..20).map(|_| browser.get(route::FLOW).status).collect();
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
}

/// Bounds or frees the size of files that a process may write.
fn limit_file_size(server: &Server, bytes: &str) {
    let status = Command::new("prlimit").args(["--pid", &server.id().to_string(), &format!("--fsize={bytes}:")]).status();
    assert!(status.expect("prlimit is part of util-linux").success());
}

#[test]
fn while_the_disk_is_full_the_answer_is_503_and_what_was_committed_stays() {
    let portal = Portal::on_sqlite().with_ada();
    // Without this signal a write over the limit fails as it does on a full disk.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" serve --data-dir \"$1\"", env!("CARGO_BIN_EXE_postern")]);
    command.arg(portal.data_dir());
    let mut server = portal.launch_logging_to(command, &[], std::process::Stdio::null());
    server.wait_until_ready();
    let (mut browser, key) = server.set_up(ADA);
    let mut pending = server.browser();
    pending.sign_in(ADA, PASSWORD).expect(200);
    let rows = || ["sessions", "totp_factors", "login_history"].map(|t| portal.database.number(&format!("select count(*) from {t}")));
    let before = rows();

    limit_file_size(&server, "1");
    expect_busy(server.browser().sign_in(ADA, PASSWORD));
    expect_busy(pending.code(&code_in(&key, 30)));
    expect_busy(browser.post(route::SIGN_OUT, &json!({})));
    assert_eq!(browser.flow().step(), "signed_in", "what only reads still works");
    server.browser().get("/health/live").expect(200);

    limit_file_size(&server, "unlimited");
    let signs_in = || server.browser().try_post(route::SIGN_IN, &credentials(ADA, PASSWORD)).is_ok_and(|a| a.status == 200);
    eventually("log-ins work again", Duration::from_secs(10), signs_in);
    assert_eq!(pending.code(&code_in(&key, 30)).expect(200).step(), "signed_in", "the code was not used up");
    let after = rows();
    assert!(before.iter().zip(after).all(|(before, after)| *before <= after), "{before:?} {after:?}");
    assert_eq!(portal.database.texts("pragma integrity_check"), ["ok"]);
}
