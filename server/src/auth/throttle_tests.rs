//! Tests of the counters' keys and policies.

use super::policy::*;
use super::*;

fn keys(email: &str, address: &str) -> Vec<String> {
    password_counters(email, address.parse().unwrap(), None).into_iter().map(|counter| counter.key).collect()
}

#[test]
fn spelling_does_not_change_the_counter() {
    assert_eq!(keys("Alice@example.com ", "192.0.2.1"), keys("alice@example.com", "192.0.2.1"));
}

#[test]
fn an_ipv6_client_counts_by_its_64_bit_network_and_the_wider_ones_around_it() {
    assert_eq!(keys("a@b", "2001:db8::1"), keys("a@b", "2001:db8::ffff:2"));
    let shared =
        |other: &str| keys("a@b", "2001:db8::1").into_iter().filter(|key| keys("a@b", other).contains(key)).count();
    assert_eq!(shared("2001:db8:0:1::1"), 4, "all but the pair and the network");
    assert_eq!(shared("2001:db8:0:100::1"), 3, "the /48, the user from the /48, and the user");
    assert_eq!(shared("2001:db8:1::1"), 1, "the user");
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
    const { assert!(CODE.end < 100 && CODE.forget_one_s == i64::MAX) };
}

#[test]
fn the_figures_in_the_documentation_are_those_of_the_code() {
    let page = include_str!("../../../docs/limits.md").split_whitespace().collect::<Vec<_>>().join(" ");
    for (name, policy) in [
        ("user name at a known browser; a user's own password in a session", PERSON),
        ("user name from an address", PERSON),
        ("user name from a wide network", WIDE_PAIR),
        ("user name from all networks that are not clean", USER),
        ("everybody at an address", NETWORK),
        ("everybody in an IPv6 /56", SITE),
        ("everybody in a wide network", WIDE_NETWORK),
        ("codes of a user from a known browser; from a wide network; from all networks that are not clean", CODE_WAITS),
        ("codes of a user from all unknown browsers", CODE_BUDGET),
        (
            "codes during set-up, from a known browser; from a wide network; from all networks that are not clean",
            SET_UP,
        ),
        ("all codes of a user during set-up", ALL_SET_UP),
        ("resets and set-up codes that the administrators of an account request", RESETS),
        ("challenges for passkeys without a session, from the known browsers of a user", CHALLENGES),
        ("the same from all other browsers at an address", NETWORK_CHALLENGES),
        ("the same in an IPv6 /56; in a wide network", WIDE_NETWORK_CHALLENGES),
        ("new passwords that are refused", NEW_PASSWORD),
        ("new sets of recovery codes", NEW_RECOVERY_CODES),
        ("password links for a user name from an address; from a wide network", RESET_PAIR),
        ("password links for a user name from all networks that are not clean", RESET_USER),
    ] {
        let Policy { free, first_wait_s, longest_wait_s, forget_one_s, .. } = policy;
        let most = policy.most();
        let row = format!("| {name} | {free} | {first_wait_s} | {longest_wait_s} | {most} | {forget_one_s} |");
        assert!(page.contains(&row), "{row}");
    }
    let end = CODE.end;
    let year = 365 * 86_400;
    let places = crate::auth::lane::PLACES;
    let deadline = crate::auth::queue::DEADLINE.as_secs();
    let browsers = crate::store::known_browsers::MOST;
    for text in [
        format!("| all codes of a user | {end} | none | none | {end} | never |"),
        format!("has at most {CLEAN} failures"),
        format!("a user has at most {browsers}"),
        format!("A lane has {places} places"),
        format!("within {deadline} seconds"),
        thousands(year / PERSON.longest_wait_s),
        thousands(year / USER.longest_wait_s),
        thousands(year / WIDE_PAIR.forget_one_s),
        thousands(1_000_000 / 3 / end),
    ] {
        assert!(page.contains(&text), "{text}");
    }
}

/// How many attempts somebody gets who makes each one as soon as it is allowed.
fn attempts_within(policy: Policy, seconds: i64) -> i64 {
    let (mut attempts, mut failures, mut forgotten_at, mut retry_at) = (0, 0, 0, 0);
    for now in 0..seconds {
        let forgotten = ((now - forgotten_at) / policy.forget_one_s).min(failures);
        failures -= forgotten;
        forgotten_at = if failures == 0 { now } else { forgotten_at + forgotten * policy.forget_one_s };
        while failures <= policy.free || retry_at <= now {
            let doublings = u32::try_from(failures - policy.free).unwrap_or(0);
            let is_free = failures < policy.free;
            retry_at = now + if is_free { 0 } else { (policy.first_wait_s << doublings).min(policy.longest_wait_s) };
            failures = (failures + 1).min(policy.most());
            attempts += 1;
        }
    }
    attempts
}

#[test]
fn the_guesses_at_a_set_up_code_are_as_few_as_the_documentation_says() {
    let page = include_str!("../../../docs/limits.md").split_whitespace().collect::<Vec<_>>().join(" ");
    let lifetime_s = crate::store::set_up_codes::LIFETIME_S;
    let while_clean = CLEAN + 1 + lifetime_s / SET_UP.forget_one_s;
    for (guesses, fewer_than) in [
        (attempts_within(SET_UP, lifetime_s), 1_500),
        (while_clean, 250),
        (attempts_within(ALL_SET_UP, lifetime_s), 150_000),
    ] {
        let text = format!("fewer than {}", thousands(fewer_than));
        assert!(guesses < fewer_than && page.contains(&text), "{guesses}: {text}");
    }
    let one_in = (1_i64 << 40) / attempts_within(ALL_SET_UP, lifetime_s);
    assert!(
        one_in > 5_000_000 && page.contains("At 40 random bits, they succeed with a probability below 2 in 10 million")
    );
}

fn thousands(n: i64) -> String {
    if n < 1000 { n.to_string() } else { format!("{},{:03}", n / 1000, n % 1000) }
}

#[test]
fn a_counter_stops_counting_where_its_wait_is_the_longest() {
    assert_eq!((PERSON.most(), USER.most(), CODE.most()), (13, 207, 99));
}
