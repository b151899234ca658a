//! A mail server that stores what it receives. It supports as much SMTP (RFC 5321) as a client needs.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A running mail server. Dropping it stops it.
#[derive(Debug)]
pub struct MailServer {
    /// Its port, on 127.0.0.1.
    pub port: u16,
    received: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl MailServer {
    /// Starts on a free port.
    pub async fn start() -> Self {
        Self::start_on(0).await
    }

    /// Starts on this port.
    pub async fn start_on(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::default();
        let kept = Arc::clone(&received);
        let task = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                tokio::spawn(talk(client, Arc::clone(&kept)));
            }
        });
        Self { port, received, task }
    }

    /// The received mails, decoded as far as tests need: soft line breaks are joined.
    #[must_use]
    pub fn mails(&self) -> Vec<String> {
        let decoded = |mail: &String| mail.replace("=\r\n", "").replace("=3D", "=").replace("\r\n", "\n");
        self.received.lock().unwrap().iter().map(decoded).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn talk(client: TcpStream, received: Arc<Mutex<Vec<String>>>) {
    let mut client = BufReader::new(client);
    let mut say = "220 catcher\r\n".to_owned();
    loop {
        client.write_all(say.as_bytes()).await.unwrap();
        let mut line = String::new();
        if client.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let verb = line.split([' ', '\r']).next().unwrap_or_default().to_uppercase();
        say = match verb.as_str() {
            "EHLO" | "HELO" => "250 catcher\r\n".to_owned(),
            "DATA" => {
                client.write_all(b"354 go on\r\n").await.unwrap();
                let mut mail = Vec::new();
                while !mail.ends_with(b"\r\n.\r\n") {
                    mail.push(client.read_u8().await.unwrap());
                }
                received.lock().unwrap().push(String::from_utf8(mail).unwrap());
                "250 kept\r\n".to_owned()
            }
            "QUIT" => {
                let _ = client.write_all(b"221 bye\r\n").await;
                return;
            }
            _ => "250 ok\r\n".to_owned(),
        };
    }
}
