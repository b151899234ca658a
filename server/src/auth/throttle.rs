//! How long to wait after how many wrong attempts. `docs/limits.md` says what follows from these figures. The counting itself
//! is one conditional statement in `store/attempts.rs`.
//!
//! ```text
//! password, from a browser that this user has logged in from:      browser
//! password, from anywhere else:                                    pair · wide pair · networks · user
//! one-time code, from a browser that this user has logged in from: code · browser
//! one-time code, from anywhere else (after the correct password):  code · budget · wide network · all other browsers
//! passkey, after the password or in a session:                     those of a code, without code and budget
//! passkey alone:                                                   the same, and networks unless the browser is known
//! code during set-up, from a browser known before the set-up code: set-up · browser
//! code during set-up, from anywhere else:                          set-up · wide network · all other browsers
//! ```
//! After its free attempts a counter refuses for a time that doubles with every further failure up to a maximum, and it forgets
//! failures one by one, even while it is in use. So a stranger can never shut anybody out for good. Only the second factor has a
//! hard limit (R11).

use std::net::IpAddr;

use super::queue::Caller;
use super::token::{TokenHash, sha256_hex};
use crate::addresses::networks;
use crate::ids::{AccountId, UserId};

/// The rule for one kind of counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Failures without a wait.
    pub free: i64,
    /// Wait after the next failure, in seconds. Doubles with each further one.
    pub first_wait_s: i64,
    /// Maximum wait in seconds.
    pub longest_wait_s: i64,
    /// One failure is forgotten after each of this many seconds; `i64::MAX` for never.
    pub forget_one_s: i64,
    /// After this many failures every further attempt is refused; `i64::MAX` for never.
    pub end: i64,
}

impl Policy {
    /// The most failures that are counted: from there on the wait is the longest. A counter without an end would otherwise take
    /// longer and longer to forget an attack.
    #[must_use]
    pub fn most(&self) -> i64 {
        if self.end != i64::MAX {
            return self.end;
        }
        let doublings = (0..32).find(|n| self.first_wait_s << n >= self.longest_wait_s).unwrap_or(32);
        self.free + 1 + doublings
    }
}

const NEVER: i64 = i64::MAX;

/// Typing errors of one person, from one place.
pub const PERSON: Policy = Policy { free: 3, first_wait_s: 2, longest_wait_s: 900, forget_one_s: 3600, end: NEVER };
/// One user name, from the wide network around the place.
pub const WIDE_PAIR: Policy =
    Policy { free: 12, first_wait_s: 2, longest_wait_s: 900, forget_one_s: 28_800, end: NEVER };
/// Up to this many failures of its own, a wide network is not held up by what others do to the user.
pub const CLEAN: i64 = 3;
/// Everybody in one network: an IPv4 address or an IPv6 /64. More are free than one node has places to hash.
pub const NETWORK: Policy = Policy { free: 100, first_wait_s: 1, longest_wait_s: 30, forget_one_s: 5, end: NEVER };
/// Everybody in an IPv6 /56.
pub const SITE: Policy = Policy { free: 200, first_wait_s: 1, longest_wait_s: 30, forget_one_s: 3, end: NEVER };
/// Everybody in a wide network: an IPv4 /24 or an IPv6 /48.
pub const WIDE_NETWORK: Policy = Policy { free: 400, first_wait_s: 1, longest_wait_s: 30, forget_one_s: 2, end: NEVER };
/// All networks that are not [`CLEAN`], against one user. Slows down a botnet; does not apply to the user's known browsers.
pub const USER: Policy = Policy { free: 200, first_wait_s: 1, longest_wait_s: 60, forget_one_s: 60, end: NEVER };

/// All codes of a user, counted until success or reset (R11): never a 100th.
pub const CODE: Policy = Policy { free: 99, first_wait_s: 1, longest_wait_s: 1, forget_one_s: NEVER, end: 99 };
/// Codes of a user from all unknown browsers. A log-in of the user does not clear it, because it says nothing about who uses the
/// others. So it limits the guesses in a year.
pub const CODE_BUDGET: Policy =
    Policy { free: 50, first_wait_s: 28_800, longest_wait_s: 28_800, forget_one_s: 28_800, end: NEVER };
/// Codes of a user from one known browser, from one wide network, or from all networks that are not [`CLEAN`].
pub const CODE_WAITS: Policy =
    Policy { free: 4, first_wait_s: 15, longest_wait_s: 900, forget_one_s: 14_400, end: NEVER };
/// Codes during set-up, of a user from one known browser, from one wide network, or from all networks that are not [`CLEAN`]. The secret is
/// on the screen, so there is nothing to guess in a one-time code; a set-up code has 40 bits.
pub const SET_UP: Policy = Policy { free: 10, first_wait_s: 5, longest_wait_s: 60, forget_one_s: 360, end: NEVER };
/// All codes of a user during set-up. Limits the guesses at a set-up code from any number of networks and browsers. Only somebody who
/// guesses from hundreds of wide networks can make others wait by it, and then for two seconds.
pub const ALL_SET_UP: Policy =
    Policy { free: 100_000, first_wait_s: 2, longest_wait_s: 2, forget_one_s: 2, end: NEVER };

/// Requests for a password link, for one user name from one address, or from one wide network.
pub const RESET_PAIR: Policy =
    Policy { free: 3, first_wait_s: 60, longest_wait_s: 3600, forget_one_s: 28_800, end: NEVER };
/// The same from all networks that are not [`CLEAN`]. Mails have limits of their own.
pub const RESET_USER: Policy =
    Policy { free: 10, first_wait_s: 60, longest_wait_s: 600, forget_one_s: 7200, end: NEVER };

/// Passwords that somebody chose and that may be refused. Nothing is guessed; the waits only limit the work.
pub const NEW_PASSWORD: Policy =
    Policy { free: 10, first_wait_s: 5, longest_wait_s: 60, forget_one_s: 360, end: NEVER };

/// New sets of recovery codes. Nothing is guessed; the waits only limit the work, which is that of ten hashes.
pub const NEW_RECOVERY_CODES: Policy =
    Policy { free: 3, first_wait_s: 60, longest_wait_s: 900, forget_one_s: 3600, end: NEVER };

/// Resets that the administrators of an account request, and set-up codes that they create. Each costs a hash, and may mail several
/// people. A wait is short, because the administrators of an account share it.
pub const RESETS: Policy = Policy { free: 30, first_wait_s: 30, longest_wait_s: 300, forget_one_s: 600, end: NEVER };

/// A counter in the database, and its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Primary key of the counter.
    pub key: String,
    /// Its rule.
    pub policy: Policy,
    /// Whether success clears it. From a shared counter success takes back only its own attempt.
    pub own: bool,
    /// Whether the counters after it do not matter while it has at most [`CLEAN`] failures.
    pub spares_the_rest: bool,
}

impl Counter {
    const fn own(key: String, policy: Policy) -> Self {
        Self { key, policy, own: true, spares_the_rest: false }
    }

    const fn shared(key: String, policy: Policy) -> Self {
        Self { key, policy, own: false, spares_the_rest: false }
    }
}

/// The key of a counter whose parts a stranger typed: a hash.
fn key(kind: &str, parts: [&str; 2]) -> String {
    format!("{kind}:{}", sha256_hex(&[kind.as_bytes(), parts[0].as_bytes(), parts[1].as_bytes()]))
}

/// The counters of everybody in the networks around an address.
fn network_counters(prefix: &str, networks: &[String]) -> Vec<Counter> {
    let policies: &[(&str, Policy)] = match networks.len() {
        2 => &[("network", NETWORK), ("wide-network", WIDE_NETWORK)],
        _ => &[("network", NETWORK), ("site", SITE), ("wide-network", WIDE_NETWORK)],
    };
    let counter = |(network, (kind, policy)): (&String, &(&str, Policy))| {
        Counter::shared(key(&format!("{prefix}{kind}"), [network, ""]), *policy)
    };
    networks.iter().zip(policies).map(counter).collect()
}

/// Who asks for a hash at a log-in.
#[must_use]
pub fn caller(email: &str, address: IpAddr, is_known: bool) -> Caller {
    if is_known { known_caller(&email.trim().to_lowercase(), address) } else { stranger(address) }
}

/// A user who asks for a hash in a session or with a link of their own.
#[must_use]
pub fn known_caller(user: &str, address: IpAddr) -> Caller {
    Caller::Known { user: user.to_owned(), network: networks(address).pop().unwrap_or_default() }
}

/// Somebody who asks for a hash and is no user, or is not known to be one.
#[must_use]
pub fn stranger(address: IpAddr) -> Caller {
    Caller::Stranger { network: networks(address).pop().unwrap_or_default() }
}

/// The counters of a password attempt. Keys are hashes, because people sometimes type a password into the e-mail field.
#[must_use]
pub fn password_counters(email: &str, address: IpAddr, known_browser: Option<&TokenHash>) -> Vec<Counter> {
    let folded = email.trim().to_lowercase();
    if let Some(browser) = known_browser {
        return vec![Counter::own(key("browser", [&folded, browser.as_str()]), PERSON)];
    }
    stranger_counters("", &folded, address, [PERSON, WIDE_PAIR, USER])
}

/// The counters of somebody unknown who names a user: of the name from the address, of everybody around, of the name from the
/// wide network, and of the name from all others.
fn stranger_counters(prefix: &str, folded: &str, address: IpAddr, policies: [Policy; 3]) -> Vec<Counter> {
    let [pair, wide_pair, user] = policies;
    let networks = networks(address);
    let of_name = |kind: &str, network: &str| key(&format!("{prefix}{kind}"), [folded, network]);
    let mut counters = vec![Counter::own(of_name("pair", &networks[0]), pair)];
    counters.extend(network_counters(prefix, &networks));
    let wide = of_name("wide-pair", &networks[networks.len() - 1]);
    counters.push(Counter { spares_the_rest: true, ..Counter::own(wide, wide_pair) });
    counters.push(Counter::shared(of_name("user", ""), user));
    counters
}

/// The counters of a user's second factor: one for all browsers and addresses, and those that make this browser wait. Only the
/// budget is shared with others, so a correct code takes back no more than its own attempt there.
#[must_use]
pub fn code_counters(user_id: &UserId, address: IpAddr, known_browser: Option<&TokenHash>) -> Vec<Counter> {
    let all = Counter::own(format!("code:{user_id}"), CODE);
    if let Some(browser) = known_browser {
        let of_browser = format!("code-browser:{user_id}:{}", browser.as_str());
        return vec![all, Counter::own(of_browser, CODE_WAITS)];
    }
    let budget = Counter::shared(format!("code-budget:{user_id}"), CODE_BUDGET);
    let of_network = Counter::own(code_network_key(user_id, address), CODE_WAITS);
    let elsewhere = Counter::own(format!("code-elsewhere:{user_id}"), CODE_WAITS);
    vec![all, budget, Counter { spares_the_rest: true, ..of_network }, elsewhere]
}

/// The counters of a recovery code: the waits of codes, which are counted together (R20). The counters that bound guesses at codes are
/// left out, because a recovery code cannot be guessed, and must not disable codes.
#[must_use]
pub fn recovery_code_counters(user_id: &UserId, address: IpAddr, known_browser: Option<&TokenHash>) -> Vec<Counter> {
    let mut counters = code_counters(user_id, address, known_browser);
    counters.retain(|counter| counter.policy == CODE_WAITS);
    counters
}

/// The counters of a passkey after the password, or in a session: those of recovery codes, for the same reason.
#[must_use]
pub fn passkey_counters(user_id: &UserId, address: IpAddr, known_browser: Option<&TokenHash>) -> Vec<Counter> {
    recovery_code_counters(user_id, address, known_browser)
}

/// The counters of a log-in by passkey alone: of the networks, which are those of passwords, unless the owner of the passkey is
/// known in this browser; and of the owner, if there is one.
#[must_use]
pub fn lone_passkey_counters(
    owner: Option<&UserId>,
    address: IpAddr,
    known_browser: Option<&TokenHash>,
) -> Vec<Counter> {
    let of_owner = owner.map(|user_id| passkey_counters(user_id, address, known_browser));
    let of_networks = known_browser.is_none().then(|| network_counters("", &networks(address)));
    of_networks.into_iter().chain(of_owner).flatten().collect()
}

/// The key of the codes of a user from the wide network around an address.
#[must_use]
pub fn code_network_key(user_id: &UserId, address: IpAddr) -> String {
    let wide_network = networks(address).pop().unwrap_or_default();
    format!("code-network:{user_id}:{wide_network}")
}

/// The counter of a user's own password during a session.
#[must_use]
pub fn own_password_counter(user_id: &UserId) -> Counter {
    Counter::own(format!("own-password:{user_id}"), PERSON)
}

/// The counter of new sets of recovery codes that a user creates.
#[must_use]
pub fn new_recovery_codes_counter(user_id: &UserId) -> Counter {
    Counter::own(format!("new-recovery-codes:{user_id}"), NEW_RECOVERY_CODES)
}

/// The counter of new passwords that a user, or the owner of a first-run link, chooses.
#[must_use]
pub fn new_password_counter(of: &str) -> Counter {
    Counter::own(format!("new-password:{of}"), NEW_PASSWORD)
}

/// The counters of requests for a password link, so that nobody's mailbox is flooded.
#[must_use]
pub fn reset_counters(email: &str, address: IpAddr) -> Vec<Counter> {
    let folded = email.trim().to_lowercase();
    stranger_counters("reset-", &folded, address, [RESET_PAIR, RESET_PAIR, RESET_USER])
}

/// The counters of a user's set-up: somebody else who has the password holds up no known browser, and no clean network.
#[must_use]
pub fn set_up_counters(user_id: &UserId, address: IpAddr, known_browser: Option<&TokenHash>) -> Vec<Counter> {
    let all = Counter::own(format!("set-up:{user_id}"), ALL_SET_UP);
    if let Some(browser) = known_browser {
        let of_browser = format!("set-up-browser:{user_id}:{}", browser.as_str());
        return vec![all, Counter::own(of_browser, SET_UP)];
    }
    let of_network = Counter::own(set_up_network_key(user_id, address), SET_UP);
    let elsewhere = Counter::own(format!("set-up-elsewhere:{user_id}"), SET_UP);
    vec![all, Counter { spares_the_rest: true, ..of_network }, elsewhere]
}

/// The key of the codes during set-up of a user from the wide network around an address.
#[must_use]
pub fn set_up_network_key(user_id: &UserId, address: IpAddr) -> String {
    let wide_network = networks(address).pop().unwrap_or_default();
    format!("set-up-network:{user_id}:{wide_network}")
}

/// The counter of the resets that the administrators of an account request.
#[must_use]
pub fn resets_counter(account_id: &AccountId) -> Counter {
    Counter::own(format!("resets:{account_id}"), RESETS)
}

#[cfg(test)]
#[path = "throttle_tests.rs"]
mod tests;
