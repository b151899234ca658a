//! A browser without pages: cookies and JSON.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// A browser at a portal on this machine.
pub(super) struct Browser {
    port: u16,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// Without cookies.
    pub(super) const fn new(port: u16) -> Self {
        Self { port, cookies: BTreeMap::new() }
    }

    /// Gets JSON, or any other text as `null`.
    pub(super) fn get(&mut self, path: &str) -> Result<Value> {
        self.send("GET", path, "")
    }

    /// Posts JSON.
    pub(super) fn post(&mut self, path: &str, body: &Value) -> Result<Value> {
        self.send("POST", path, &body.to_string())
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> Result<Value> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let host = format!("localhost:{}", self.port);
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nContent-Type: application/json\r\nCookie: {}\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            cookies.join("; "),
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("an answer has a head and a body")?;
        for line in head.lines() {
            self.keep(line);
        }
        let status = head.split(' ').nth(1).unwrap_or_default();
        ensure!(status == "200", "{method} {path}: {status} {body}");
        Ok(serde_json::from_str(body).unwrap_or(Value::Null))
    }

    /// Keeps the cookie of a header, if it sets one.
    fn keep(&mut self, header: &str) {
        let Some((name, value)) = header.split_once(':') else { return };
        if !name.eq_ignore_ascii_case("set-cookie") {
            return;
        }
        if let Some((name, value)) = value.split(';').next().and_then(|pair| pair.trim().split_once('=')) {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}
