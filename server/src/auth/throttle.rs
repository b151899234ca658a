//! How long to wait after how many wrong attempts. The counting itself is one statement in `store/attempts.rs`.
//!
//! ```text
//! password, from a browser that this user has logged in from:      known browser
//! password, from anywhere else:                                    user and network · network · user
//! one-time code (reachable only after the right password):         code
//! ```
//! After its free attempts a counter refuses for a time that doubles with every further failure up to a maximum, so that a
//! stranger can never shut anybody out for good. Only the second factor has a hard limit (R11).

use std::net::IpAddr;

use super::token::{TokenHash, sha256_hex};
use crate::addresses::network;
use crate::ids::UserId;

/// The rule for one kind of counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Failures without a wait.
    pub free: i64,
    /// Wait after the next failure, in seconds. Doubles with each further one.
    pub first_wait_s: i64,
    /// Maximum wait in seconds.
    pub longest_wait_s: i64,
    /// Failures are forgotten after this many seconds without a new one; `i64::MAX` for never.
    pub forget_after_s: i64,
    /// After this many failures every further attempt is refused; `i64::MAX` for never.
    pub end: i64,
}

/// Typing errors of one person, from one place: 3 free, then 2 s, 4 s, … 15 minutes.
const USER_AND_NETWORK: Policy =
    Policy { free: 3, first_wait_s: 2, longest_wait_s: 900, forget_after_s: 3600, end: i64::MAX };
/// Everybody in one network. Offices share an address, so many are free and the wait is short.
const NETWORK: Policy = Policy { free: 100, first_wait_s: 1, longest_wait_s: 30, forget_after_s: 900, end: i64::MAX };
/// All strangers together against one user. Slows down a botnet; does not apply to the user's known browsers.
const USER: Policy = Policy { free: 200, first_wait_s: 1, longest_wait_s: 60, forget_after_s: 86_400, end: i64::MAX };
/// Codes, counted until success or reset (R11): 4 free, then 15 s, 30 s, … 15 minutes, and never a 100th.
pub const CODE: Policy = Policy { free: 4, first_wait_s: 15, longest_wait_s: 900, forget_after_s: i64::MAX, end: 99 };
/// Codes during set-up. The secret is on the screen, so there is nothing to guess; the waits only limit the work.
pub const SET_UP: Policy =
    Policy { free: 10, first_wait_s: 5, longest_wait_s: 60, forget_after_s: 3600, end: i64::MAX };

/// Requests for a password link, for one user name from one place: 3 free, then 1 minute, 2, 4, … 1 hour.
const RESET_PAIR: Policy =
    Policy { free: 3, first_wait_s: 60, longest_wait_s: 3600, forget_after_s: 86_400, end: i64::MAX };
/// The same from everywhere: limits the mails to one person, and shuts nobody out for long.
const RESET_USER: Policy =
    Policy { free: 10, first_wait_s: 60, longest_wait_s: 600, forget_after_s: 86_400, end: i64::MAX };

/// Passwords that somebody chose and that may be refused. Nothing is guessed; the waits only limit the work.
const NEW_PASSWORD: Policy =
    Policy { free: 10, first_wait_s: 5, longest_wait_s: 60, forget_after_s: 3600, end: i64::MAX };

/// A counter in the database, and its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Primary key of the counter.
    pub key: String,
    /// Its rule.
    pub policy: Policy,
}

/// The key of a counter whose parts a stranger typed: a hash.
fn key(kind: &str, parts: [&str; 2]) -> String {
    format!("{kind}:{}", sha256_hex(&[kind.as_bytes(), parts[0].as_bytes(), parts[1].as_bytes()]))
}

/// The counters of a password attempt. The first one is the person's own: success clears it, and takes this attempt back from
/// the others. Keys are hashes, because people sometimes type a password into the e-mail field.
#[must_use]
pub fn password_counters(email: &str, address: IpAddr, known_browser: Option<&TokenHash>) -> Vec<Counter> {
    let folded = email.trim().to_lowercase();
    if let Some(browser) = known_browser {
        return vec![Counter { key: key("browser", [&folded, browser.as_str()]), policy: USER_AND_NETWORK }];
    }
    let network = network(address);
    vec![
        Counter { key: key("pair", [&folded, &network]), policy: USER_AND_NETWORK },
        Counter { key: key("network", [&network, ""]), policy: NETWORK },
        Counter { key: key("user", [&folded, ""]), policy: USER },
    ]
}

/// The counter of a user's second factor: one for all sessions and addresses.
#[must_use]
pub fn code_counter(user_id: &UserId) -> Counter {
    Counter { key: format!("code:{user_id}"), policy: CODE }
}

/// The counter of a user's own password during a session.
#[must_use]
pub fn own_password_counter(user_id: &UserId) -> Counter {
    Counter { key: format!("own-password:{user_id}"), policy: USER_AND_NETWORK }
}

/// The counter of new passwords that a user, or the owner of a first-run link, chooses.
#[must_use]
pub fn new_password_counter(of: &str) -> Counter {
    Counter { key: format!("new-password:{of}"), policy: NEW_PASSWORD }
}

/// The counters of requests for a password link, so that nobody's mailbox is flooded.
#[must_use]
pub fn reset_counters(email: &str, address: IpAddr) -> Vec<Counter> {
    let folded = email.trim().to_lowercase();
    let network = network(address);
    vec![
        Counter { key: key("reset-pair", [&folded, &network]), policy: RESET_PAIR },
        Counter { key: key("reset-network", [&network, ""]), policy: NETWORK },
        Counter { key: key("reset-user", [&folded, ""]), policy: RESET_USER },
    ]
}

/// The counter of a user's set-up.
#[must_use]
pub fn set_up_counter(user_id: &UserId) -> Counter {
    Counter { key: format!("set-up:{user_id}"), policy: SET_UP }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(email: &str, address: &str) -> Vec<String> {
        password_counters(email, address.parse().unwrap(), None).into_iter().map(|counter| counter.key).collect()
    }

    #[test]
    fn spelling_does_not_change_the_counter() {
        assert_eq!(keys("Alice@example.com ", "192.0.2.1"), keys("alice@example.com", "192.0.2.1"));
    }

    #[test]
    fn an_ipv6_client_counts_by_its_64_bit_network() {
        assert_eq!(keys("a@b", "2001:db8::1"), keys("a@b", "2001:db8::ffff:2"));
        assert_ne!(keys("a@b", "2001:db8::1")[0], keys("a@b", "2001:db8:0:1::1")[0]);
    }

    #[test]
    fn keys_do_not_hold_what_was_typed() {
        assert!(keys("my-password", "192.0.2.1").iter().all(|key| !key.contains("my-password")));
    }

    #[test]
    fn a_known_browser_has_a_counter_of_its_own() {
        let browser = crate::auth::token::Token::random().hash();
        let counters = password_counters("a@b", "192.0.2.1".parse().unwrap(), Some(&browser));
        assert_eq!(counters.len(), 1);
        assert!(counters[0].key.starts_with("browser:"));
    }

    #[test]
    fn r11_the_code_counter_ends_below_100() {
        const { assert!(CODE.end < 100) };
    }
}
