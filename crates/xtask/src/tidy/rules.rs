//! Rules about single files: what they may use, and how long they may be.

use super::Finding;
use super::source::{Source, has_word};

/// Words that some files may not have.
struct Rule {
    /// Which files it binds.
    binds: fn(&str) -> bool,
    /// What it looks at in them.
    looks_at: Scope,
    forbidden: &'static [&'static str],
    reason: &'static str,
}

enum Scope {
    /// Rust without comments.
    Code,
    /// Rust without comments and without the file's test module.
    CodeWithoutTests,
    /// Everything.
    Text,
}

const RULES: [Rule; 15] = [
    Rule {
        binds: |path| path.starts_with("crates/postern-types/src/"),
        looks_at: Scope::Code,
        forbidden: &["tokio", "web_sys", "js_sys", "SystemTime", "Instant", "now_utc"],
        reason: "postern-types has no clock, no I/O and no async: it must behave the same on both sides",
    },
    Rule {
        binds: |path| is_server(path) && !path.starts_with("server/src/store"),
        looks_at: Scope::CodeWithoutTests,
        // `#[derive(sqlx::Type)]` is allowed: it says that a type may be stored.
        forbidden: &[
            "use sqlx",
            "sqlx::query(",
            "sqlx::query_as(",
            "sqlx::query_scalar(",
            "sqlx::FromRow",
            "sqlx::Any",
        ],
        reason: "all SQL lives in server/src/store*: a security decision is one statement that can be found",
    },
    Rule {
        binds: |path| path.starts_with("server/src/store"),
        looks_at: Scope::CodeWithoutTests,
        forbidden: &[
            "id: &str",
            "user_id: &str",
            "account_id: &str",
            "member_id: &str",
            "session_id: &str",
            "token: &str",
            "hash: &str",
            "email: &str",
        ],
        reason: "an identifier, a hash or a user name is a type, so that nothing else can stand in its place",
    },
    Rule {
        // Types that differ in their names alone.
        binds: |path| is_server(path) && path != "server/src/ids.rs",
        looks_at: Scope::Code,
        forbidden: &["macro_rules!"],
        reason: "a macro hides what returns and what waits: write a function",
    },
    Rule {
        binds: |path| path.starts_with("frontend/src/") && path != "frontend/src/api.rs",
        looks_at: Scope::Code,
        forbidden: &["gloo_net"],
        reason: "only frontend/src/api.rs talks to the server, so that every request and every failure passes one place",
    },
    Rule {
        binds: |path| is_server(path) && path != "server/src/clock.rs",
        looks_at: Scope::CodeWithoutTests,
        forbidden: &["SystemTime::now", "Instant::now", "now_utc"],
        reason: "only server/src/clock.rs reads the time; everything else is given `now`, so that tests can move it",
    },
    Rule {
        binds: |path| is_server(path) && path != "server/src/tasks.rs",
        looks_at: Scope::CodeWithoutTests,
        forbidden: &["spawn_blocking", "JoinError", "CatchPanicLayer::new"],
        reason: "these show the text of a panic, which may hold a secret: use server/src/tasks.rs, CatchPanicLayer::custom",
    },
    Rule {
        binds: |path| is_server(path) && !DRAW_RANDOMNESS.contains(&path),
        looks_at: Scope::CodeWithoutTests,
        forbidden: &["getrandom", "rand", "OsRng", "SysRng"],
        reason: "only auth/{token,password,totp,cipher,signing_key}.rs draw random numbers, so that a review finds every place",
    },
    Rule {
        binds: |path| is_server(path) && !speaks_http(path),
        looks_at: Scope::CodeWithoutTests,
        forbidden: &["axum"],
        reason: "HTTP ends at the routes and extractors: log-in logic and SQL never see a request",
    },
    Rule {
        binds: |path| path.starts_with("frontend/"),
        looks_at: Scope::Text,
        forbidden: &["local_storage", "session_storage", "localStorage", "sessionStorage"],
        reason: "the browser app stores nothing: a stolen device or an injected script finds nothing",
    },
    Rule {
        binds: |path| !is_lock_file(path),
        looks_at: Scope::Text,
        forbidden: &["TODO", "FIXME", "XXX", "todo!", "unimplemented!"],
        reason: "unfinished work is an issue, not a comment",
    },
    Rule {
        binds: |path| path.ends_with(".rs"),
        looks_at: Scope::Code,
        forbidden: &["#[ignore"],
        reason: EVERY_TEST_RUNS,
    },
    Rule {
        binds: |path| path.ends_with(".ts"),
        looks_at: Scope::Text,
        forbidden: &[".skip(", ".only(", ".fixme("],
        reason: EVERY_TEST_RUNS,
    },
    Rule {
        binds: |_| true,
        looks_at: Scope::Text,
        forbidden: &["/root/", "/home/", "/work/"],
        reason: "a path of somebody's own machine means nothing on another",
    },
    Rule {
        binds: |path| path == "e2e/package-lock.json",
        looks_at: Scope::Text,
        forbidden: &["\"resolved\""],
        reason: "an address in the lock file binds everybody to one mirror: keep e2e/.npmrc and lock again",
    },
];

const EVERY_TEST_RUNS: &str = "a test that does not run shows nothing: fix it or delete it";

/// Files of the server that may draw randomness.
const DRAW_RANDOMNESS: [&str; 5] = [
    "server/src/auth/token.rs",
    "server/src/auth/password.rs",
    "server/src/auth/totp.rs",
    "server/src/auth/cipher.rs",
    "server/src/auth/signing_key.rs",
];

/// Files of the server, besides the routes, that may use axum.
const SPEAK_HTTP: [&str; 4] = ["lib.rs", "routes.rs", "sign_in/step.rs", "web.rs"];

/// Longest Rust file, in lines; integration tests tell longer stories.
const LONGEST: usize = 300;
const LONGEST_TEST: usize = 400;

fn is_server(path: &str) -> bool {
    path.starts_with("server/src/") && path.ends_with(".rs") && !path.ends_with("_tests.rs")
}

fn speaks_http(path: &str) -> bool {
    let inner = path.trim_start_matches("server/src/");
    ["http/", "routes/", "web/"].iter().any(|folder| inner.starts_with(folder)) || SPEAK_HTTP.contains(&inner)
}

fn is_lock_file(path: &str) -> bool {
    path.ends_with("package-lock.json")
}

/// All that is wrong with one file.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    // This checker names everything that it forbids.
    if source.path.starts_with("crates/xtask/src/tidy") {
        return Vec::new();
    }
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule.broken_by(source)).collect();
    findings.extend(too_long(source));
    findings.extend(secret_that_prints(source));
    findings
}

impl Rule {
    fn broken_by(&self, source: &Source) -> Vec<Finding> {
        if !(self.binds)(&source.path) {
            return Vec::new();
        }
        let lines: Vec<(usize, &str)> = match self.looks_at {
            Scope::Code => source.code().collect(),
            Scope::CodeWithoutTests => source.code_without_tests().collect(),
            Scope::Text => source.text.lines().enumerate().map(|(index, line)| (index + 1, line)).collect(),
        };
        let mut findings = Vec::new();
        for (number, line) in lines {
            for word in self.forbidden.iter().filter(|word| has_word(line, word)) {
                let message = format!("`{word}` has no place here: {}", self.reason);
                findings.push(Finding { path: source.path.clone(), line: Some(number), message });
            }
        }
        findings
    }
}

fn too_long(source: &Source) -> Option<Finding> {
    let limit =
        if source.path.contains("/tests/") || source.path.ends_with("_tests.rs") { LONGEST_TEST } else { LONGEST };
    let lines = source.text.lines().count();
    (source.is_rust() && lines > limit).then(|| Finding {
        path: source.path.clone(),
        line: None,
        message: format!("{lines} lines, more than {limit}: is there a second noun inside?"),
    })
}

/// What wipes itself is secret, and a secret is never shown: no derived `Debug`, no `Display`, no way into a statement.
fn secret_that_prints(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut attributes = String::new();
    let mut secrets = Vec::new();
    for (number, line) in source.code() {
        let line = line.trim();
        if line.starts_with("#[") || (!attributes.is_empty() && !attributes.ends_with(']')) {
            attributes += line;
            continue;
        }
        if let Some(name) = type_name(line).filter(|_| has_word(&attributes, "ZeroizeOnDrop")) {
            secrets.push(name);
            if has_word(&attributes, "Debug") || attributes.contains("sqlx") {
                findings.push((number, name));
            }
        }
        let shows = has_word(line, "impl") && (has_word(line, "Display for") || line.contains("sqlx::"));
        findings.extend(secrets.iter().filter(|name| shows && has_word(line, name)).map(|name| (number, *name)));
        if !line.is_empty() {
            attributes.clear();
        }
    }
    let reason = "is secret: no derived Debug, no Display, no sqlx trait, so that no log and no statement can hold it";
    findings
        .into_iter()
        .map(|(line, name)| Finding {
            path: source.path.clone(),
            line: Some(line),
            message: format!("`{name}` {reason}"),
        })
        .collect()
}

/// The name that a line declares as a struct or an enum.
fn type_name(line: &str) -> Option<&str> {
    let (_, after) = line.split_once("struct ").or_else(|| line.split_once("enum "))?;
    after.split(|character: char| !character.is_alphanumeric() && character != '_').next()
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
