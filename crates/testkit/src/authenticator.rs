//! An authenticator app: the codes of a security key (RFC 6238), computed by `oathtool` and not by the product's code.

use std::process::Command;

use postern::clock::Clock;

/// Seconds for which an app shows one code.
const PERIOD: i64 = 30;

/// The code that the app shows at a unix time.
#[must_use]
pub fn code_at(key: &str, time: i64) -> String {
    oathtool(&["--totp", "-b", "-N", &format!("@{time}"), key])
}

/// The code that an app with other settings shows at a unix time, as options of `oathtool`.
#[must_use]
pub fn code_with<const N: usize>(settings: [&str; N], key: &str, time: i64) -> String {
    oathtool(&[&settings[..], &["-b", "-N", &format!("@{time}"), key]].concat())
}

/// The code that it shows now, by the machine's clock.
#[must_use]
pub fn code(key: &str) -> String {
    code_in(key, 0)
}

/// The code that it shows so many seconds from now, by the machine's clock.
#[must_use]
pub fn code_in(key: &str, seconds: i64) -> String {
    code_at(key, Clock::system().now() + seconds)
}

/// Six digits that are wrong at a unix time, and three steps before and after it.
#[must_use]
pub fn wrong_code_at(key: &str, time: i64) -> String {
    let near: Vec<String> = (-3..=3).map(|step| code_at(key, time + step * PERIOD)).collect();
    (314_159..=999_999).map(|n| format!("{n:06}")).find(|code| !near.contains(code)).unwrap()
}

/// Six digits that are wrong now, by the machine's clock, and three steps before and after it.
#[must_use]
pub fn wrong_code(key: &str) -> String {
    wrong_code_at(key, Clock::system().now())
}

/// The secret's bytes in hexadecimal.
#[must_use]
pub fn key_in_hex(key: &str) -> String {
    let lines = oathtool(&["--totp", "-v", "-b", key]);
    lines.lines().find_map(|line| line.strip_prefix("Hex secret: ")).unwrap().to_owned()
}

fn oathtool(arguments: &[&str]) -> String {
    let output = Command::new("oathtool").args(arguments).output();
    let output = output.expect("oathtool is installed; `cargo xtask setup` does it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
