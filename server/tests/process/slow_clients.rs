//! Many clients at once that do not send or do not read, and the files and the memory of the program.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use axum::http::Method;
use postern_testkit::{ADA, Installation, Server, eventually};
use postern_types::route;
use serde_json::Value;
use tokio::net::TcpSocket;

const UNFINISHED: &str = "POST /api/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

/// A connection from an address of this machine, which keeps little of what it is sent.
async fn connect_from(from: [u8; 4], port: u16) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.bind((Ipv4Addr::from(from), 0).into()).unwrap();
    let stream = socket.connect(([127, 0, 0, 1], port).into()).await.unwrap().into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream
}

/// The processor time that the program has used, in clock ticks: as a user and as the system.
fn processor_time(server: &Server) -> Vec<String> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.id())).unwrap();
    stat.split(' ').skip(13).take(2).map(str::to_owned).collect()
}

/// Begins a request. The server may have closed the connection for others.
async fn begin(from: [u8; 4], port: u16, framing: &str) -> TcpStream {
    let mut stream = connect_from(from, port).await;
    let _ = stream.write_all(format!("{UNFINISHED}{framing}\r\n\r\n").as_bytes());
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn unfinished_bodies_beyond_the_limit_of_open_files_do_not_stop_log_ins() {
    let portal = Installation::on_sqlite().with_ada();
    let serve = portal.command(&["serve"]);
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -n 1024; exec \"$0\" \"$@\""]).arg(serve.get_program()).args(serve.get_args());
    limited.env_clear().current_dir(serve.get_current_dir().unwrap());
    let mut server = portal.launch(limited, &[]);
    server.wait_until_ready().await;
    let mut unfinished = Vec::new();
    // From one address, and from as many as there are connections.
    for n in 0..1_100_u16 {
        unfinished.push(begin([127, 0, 1, 1], server.port, "Content-Length: 100").await);
        let [high, low] = n.to_be_bytes();
        unfinished.push(begin([127, 1, high, low], server.port, "Transfer-Encoding: chunked").await);
        if n % 100 == 0 {
            assert!(server.is_ready().await, "after {n}");
        }
    }
    server.browser().sign_in(ADA).await.expect(200);
    assert!(server.is_ready().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_of_the_history_that_do_not_read_take_no_memory_and_hold_up_no_stop() {
    let portal = Installation::on_sqlite().with_ada();
    portal.database.execute("update memberships set admin_since = 1").await;
    let mut server = portal.start().await;
    let (browser, _) = server.set_up(ADA).await;
    // Of yesterday, so that the audit log has nothing to do with them.
    portal
        .database
        .execute(
            "insert into login_history (id, at, user_id, account_id, email, address, factor, result)
             with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 300000)
             select 'row' || n, (select max(at) from login_history) - 86400, u.id, a.id, u.email, '192.0.2.1', 'password', 'signed_in'
             from numbers, users u, accounts a",
        )
        .await;
    let account = portal.database.texts("select id from accounts").await.remove(0);
    let path = route::fill(route::ACCOUNT_LOGIN_HISTORY_CSV, &[&account]);
    let request = browser.bytes_of(Method::GET, &path, &Value::Null, server.port);
    let before = server.memory_kib();
    let mut readers = Vec::new();
    for _ in 0..30 {
        let mut stream = connect_from([127, 0, 0, 1], server.port).await;
        stream.write_all(&request).unwrap();
        readers.push(stream);
    }
    let mut before_last = Vec::new();
    eventually("nothing more is prepared", async || {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let last = std::mem::replace(&mut before_last, processor_time(&server));
        last == before_last
    })
    .await;
    let mut status = [0; 12];
    readers[29].read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    let grown = server.memory_kib().saturating_sub(before);
    assert!(grown < 12 * 1024, "{grown} KiB more");
    let begun = Instant::now();
    server.signal("TERM");
    assert_eq!(server.wait(Duration::from_secs(15)).code(), Some(0), "{}", server.log());
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    drop(readers);
}
