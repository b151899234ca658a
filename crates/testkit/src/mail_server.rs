//! A mail server that stores what it receives. It supports as much SMTP (RFC 5321) as a client needs.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A running mail server. Dropping it stops it.
#[derive(Debug)]
pub struct MailServer {
    /// Its port, on 127.0.0.1.
    pub port: u16,
    talks: Arc<Talks>,
    task: JoinHandle<()>,
}

/// What all sessions share.
#[derive(Debug)]
struct Talks {
    replies: Vec<(String, String)>,
    goes_on: watch::Sender<bool>,
    commands: Mutex<Vec<String>>,
    mails: Mutex<Vec<String>>,
}

/// In [`MailServer::start_with`]: no reply before [`MailServer::go_on`].
pub const HOLD: &str = "hold";
/// In [`MailServer::start_with`]: the end of a mail's text.
pub const END_OF_MAIL: &str = ".";

impl MailServer {
    /// Starts on a free port.
    pub async fn start() -> Self {
        Self::start_on(0).await
    }

    /// Starts on this port.
    pub async fn start_on(port: u16) -> Self {
        Self::begin(port, &[]).await
    }

    /// Starts on a free port. A command that begins with the first text of a pair gets the second as its reply.
    pub async fn start_with(replies: &[(&str, &str)]) -> Self {
        Self::begin(0, replies).await
    }

    async fn begin(port: u16, replies: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let replies = replies.iter().map(|(command, reply)| ((*command).to_owned(), (*reply).to_owned())).collect();
        let (goes_on, _) = watch::channel(false);
        let talks = Arc::new(Talks { replies, goes_on, commands: Mutex::default(), mails: Mutex::default() });
        let shared = Arc::clone(&talks);
        let task = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                tokio::spawn(talk(client, Arc::clone(&shared)));
            }
        });
        Self { port, talks, task }
    }

    /// The received mails, decoded as far as tests need: soft line breaks are joined.
    #[must_use]
    pub fn mails(&self) -> Vec<String> {
        let decoded = |mail: &String| mail.replace("=\r\n", "").replace("=3D", "=").replace("\r\n", "\n");
        self.talks.mails.lock().unwrap().iter().map(decoded).collect()
    }

    /// The received commands that begin so.
    #[must_use]
    pub fn commands(&self, beginning: &str) -> Vec<String> {
        let commands = self.talks.commands.lock().unwrap();
        commands.iter().filter(|command| command.starts_with(beginning)).cloned().collect()
    }

    /// Gives the replies that were held back.
    pub fn go_on(&self) {
        self.talks.goes_on.send_replace(true);
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Talks {
    async fn reply(&self, command: &str, usual: &str) -> String {
        self.commands.lock().unwrap().push(command.to_owned());
        let other = self.replies.iter().find(|(beginning, _)| command.starts_with(beginning));
        match other.map(|(_, reply)| reply.as_str()) {
            Some(HOLD) => {
                let _ = self.goes_on.subscribe().wait_for(|goes_on| *goes_on).await;
                usual.to_owned()
            }
            Some(reply) => reply.to_owned(),
            None => usual.to_owned(),
        }
    }
}

async fn talk(client: TcpStream, talks: Arc<Talks>) {
    let mut client = BufReader::new(client);
    let mut reply = "220 catcher".to_owned();
    loop {
        let mut line = String::new();
        if client.write_all(format!("{reply}\r\n").as_bytes()).await.is_err()
            || client.read_line(&mut line).await.unwrap_or(0) == 0
        {
            return;
        }
        let command = line.trim_end();
        reply = match command {
            "QUIT" => talks.reply(command, "221 bye").await,
            "DATA" => talks.reply(command, "354 go on").await,
            _ => talks.reply(command, "250 ok").await,
        };
        if command == "DATA" && reply.starts_with("354") {
            client.write_all(b"354 go on\r\n").await.unwrap();
            let mut mail = Vec::new();
            while !mail.ends_with(b"\r\n.\r\n") {
                let Ok(byte) = client.read_u8().await else { return };
                mail.push(byte);
            }
            reply = talks.reply(END_OF_MAIL, "250 kept").await;
            if reply.starts_with("250") {
                // The client has doubled every dot at the beginning of a line (RFC 5321, 4.5.2).
                let mail = String::from_utf8(mail).unwrap().replace("\r\n..", "\r\n.");
                talks.mails.lock().unwrap().push(mail);
            }
        }
    }
}
