//! A browser at the end of a real socket, and the authenticator app beside it.

use std::collections::BTreeMap;
use std::io;
use std::process::Command;

use postern_types::route;
use serde_json::{Value, json};

use crate::answers::{Answer, exchange};

/// Keeps cookies and sends what browsers send. Every request has a connection of its own.
#[derive(Clone, Debug)]
pub(crate) struct Browser {
    pub(crate) port: u16,
    pub(crate) cookies: BTreeMap<String, String>,
    /// Further lines of the request's head.
    pub(crate) headers: Vec<String>,
}

impl Browser {
    pub(crate) fn new(port: u16) -> Self {
        Self { port, cookies: BTreeMap::new(), headers: Vec::new() }
    }

    /// As a trusted proxy would announce it.
    pub(crate) fn at_address(mut self, address: &str) -> Self {
        self.headers.push(format!("X-Forwarded-For: {address}"));
        self
    }

    /// The same browser, with its cookies, at another process.
    pub(crate) fn moved_to(&self, port: u16) -> Self {
        Self { port, ..self.clone() }
    }

    #[track_caller]
    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.try_send("GET", path, b"").unwrap_or_else(|error| panic!("GET {path}: {error}"))
    }

    #[track_caller]
    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.try_post(path, body).unwrap_or_else(|error| panic!("POST {path}: {error}"))
    }

    pub(crate) fn try_post(&mut self, path: &str, body: &Value) -> io::Result<Answer> {
        self.try_send("POST", path, body.to_string().as_bytes())
    }

    #[track_caller]
    pub(crate) fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.post(route::SIGN_IN, &credentials(email, password))
    }

    #[track_caller]
    pub(crate) fn code(&mut self, code: &str) -> Answer {
        self.post(route::SIGN_IN_CODE, &json!({"code": code}))
    }

    #[track_caller]
    pub(crate) fn confirm(&mut self, code: &str) -> Answer {
        self.post(route::SET_UP_CONFIRM, &json!({"code": code}))
    }

    /// The step at which this browser stands.
    #[track_caller]
    pub(crate) fn flow(&mut self) -> Answer {
        self.get(route::FLOW).expect(200)
    }

    pub(crate) fn try_send(&mut self, method: &str, path: &str, body: &[u8]) -> io::Result<Answer> {
        let answer = exchange(self.port, &self.request(method, path, body))?;
        for line in answer.headers("set-cookie").map(str::to_owned).collect::<Vec<_>>() {
            let cookie = cookie::Cookie::parse(line).unwrap();
            if cookie.max_age().is_some_and(|age| age.is_zero()) {
                self.cookies.remove(cookie.name());
            } else {
                self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
        Ok(answer)
    }

    /// The bytes of a request.
    pub(crate) fn request(&self, method: &str, path: &str, body: &[u8]) -> Vec<u8> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\nSec-Fetch-Site: same-origin\r\n",
            self.port
        );
        if !cookies.is_empty() {
            head += &format!("Cookie: {}\r\n", cookies.join("; "));
        }
        for line in &self.headers {
            head += &format!("{line}\r\n");
        }
        if method != "GET" {
            head += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        }
        [head.as_bytes(), b"\r\n", body].concat()
    }
}

pub(crate) fn credentials(email: &str, password: &str) -> Value {
    json!({"email": email, "password": password})
}

/// The code that an authenticator app shows now.
pub(crate) fn code(key: &str) -> String {
    code_in(key, 0)
}

/// The code that it shows at another time, so many seconds from now.
pub(crate) fn code_in(key: &str, seconds: i64) -> String {
    oathtool(&["--totp", "-b", "-N", &format!("{seconds} seconds"), key])
}

/// Six digits that are wrong now and in every step near.
pub(crate) fn wrong_code(key: &str) -> String {
    let near: Vec<String> = (-3..=3).map(|step| code_in(key, step * 30)).collect();
    (314_159..).map(|n| format!("{n:06}")).find(|code| !near.contains(code)).unwrap()
}

/// The secret's bytes in hexadecimal.
pub(crate) fn key_in_hex(key: &str) -> String {
    let told = oathtool(&["--totp", "-v", "-b", key]);
    told.lines().find_map(|line| line.strip_prefix("Hex secret: ")).unwrap().to_owned()
}

fn oathtool(arguments: &[&str]) -> String {
    let output = Command::new("oathtool").args(arguments).output();
    let output = output.expect("oathtool is installed; `cargo xtask setup` does it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
