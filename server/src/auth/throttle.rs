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
//! challenge for a passkey alone, from a known browser:             user
//! challenge for a passkey alone, from anywhere else:               networks
//! code during set-up, from a browser known before the set-up code: set-up · browser
//! code during set-up, from anywhere else:                          set-up · wide network · all other browsers
//! ```
//! After its free attempts a counter refuses for a time that doubles with every further failure up to a maximum, and it forgets
//! failures one by one, even while it is in use. So a stranger can never shut anybody out for good. Only the second factor has a
//! hard limit (R11).

pub mod policy;

use std::net::IpAddr;

use policy::{
    ALL_SET_UP, CHALLENGES, CODE, CODE_BUDGET, CODE_WAITS, NETWORK, NETWORK_CHALLENGES, NEW_PASSWORD,
    NEW_RECOVERY_CODES, PERSON, Policy, RESET_PAIR, RESET_USER, RESETS, SET_UP, SITE, USER, WIDE_NETWORK,
    WIDE_NETWORK_CHALLENGES, WIDE_PAIR,
};

use super::queue::Caller;
use super::token::{TokenHash, sha256_hex};
use crate::addresses::networks;
use crate::ids::{AccountId, UserId};

/// A counter in the database, and its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Primary key of the counter.
    pub key: String,
    /// Its rule.
    pub policy: Policy,
    /// Whether success clears it. From a shared counter success takes back only its own attempt.
    pub own: bool,
    /// Whether the counters after it do not matter while it has at most [`policy::CLEAN`] failures.
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

/// The counters of challenges for passkeys without a session. Those of a user's known browsers are counted together, because a passkey
/// makes as many of them as its owner likes.
#[must_use]
pub fn challenge_counters(address: IpAddr, known_user: Option<&UserId>) -> Vec<Counter> {
    if let Some(user_id) = known_user {
        return vec![Counter::own(format!("challenge-user:{user_id}"), CHALLENGES)];
    }
    let policies = [NETWORK_CHALLENGES, WIDE_NETWORK_CHALLENGES, WIDE_NETWORK_CHALLENGES];
    let of_network =
        |(network, policy): (String, Policy)| Counter::shared(key("challenge-network", [&network, ""]), policy);
    networks(address).into_iter().zip(policies).map(of_network).collect()
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
