//! Why the first code of a set-up is wrong.
//!
//! A wrong code is compared with the codes that the usual mistakes would produce. Nothing that is found here is ever accepted. If a
//! code fits several mistakes, the first counts: those with few codes, which hardly ever fit by chance, come before a wrong clock, and
//! the rarest, a mistyped key, is the last. Every candidate is computed, whichever fits.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};
use postern_types::{Cause, TotpCode};
use subtle::ConstantTimeEq;
use totp_rs::{Algorithm, Builder, Secret, Totp};

use super::totp::{DIGITS, PERIOD_S, TimeStep, TotpSecret};
use crate::clock::UnixTime;

/// How far off a phone's clock may be to be recognised, in time steps: an hour to either side.
pub const CLOCK_STEPS: i64 = 120;
/// The most mistyped keys that are tried.
pub const MISTYPED_KEYS: usize = 34;
/// The most codes that a wrong code is compared with, for a window of one step. As many of a million random codes fit by chance.
pub const MOST_CANDIDATES: usize = 358;

/// Digits that some apps show instead of [`DIGITS`].
const OTHER_DIGITS: u8 = 8;
/// Seconds for which some apps show one code instead of [`PERIOD_S`].
const OTHER_PERIOD_S: i64 = 60;
/// A code this many seconds old need not come from a slow clock: it may have been entered late.
const LATE_S: i64 = 90;
/// How many phones must agree before the server's clock is suspected.
const AGREEING_PHONES: usize = 3;

/// What is read or typed instead of a character of the key: another one, or one that apps drop.
///
/// Base32 has no 0, 1, 8 and 9. Somebody who types one of them for O, I or B depends on how the app treats it. Google Authenticator
/// reads 0 as O and 1 as I, and refuses 8; apps with the decoder of its PAM module read 0 as O, 1 as L and 8 as B; others refuse or
/// drop all of them.
/// A program that changes the case of `i` by the rules of Turkish drops it, too.
const MISREAD: [(char, Option<char>); 12] = [
    ('I', Some('L')),
    ('L', Some('I')),
    ('O', None),
    ('I', None),
    ('L', None),
    ('B', None),
    ('2', Some('Z')),
    ('Z', Some('2')),
    ('5', Some('S')),
    ('S', Some('5')),
    ('6', Some('G')),
    ('G', Some('6')),
];

/// Base32 as apps decode it: bits that are left over at the end do not matter.
static BASE32: LazyLock<Option<Encoding>> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    specification.check_trailing_bits = false;
    specification.encoding().ok()
});

/// What is wrong with this code, which is none of `new` within `window` steps of now. `old` are the secrets of the entries that the app
/// may still have.
#[must_use]
pub fn diagnose(new: &TotpSecret, old: &[TotpSecret], code: &TotpCode, now: UnixTime, window: u8) -> Option<Cause> {
    let mut found = None;
    for (cause, candidate) in candidates(new, old, now, window, code.as_str().len()) {
        let is_equal: bool = candidate.as_bytes().ct_eq(code.as_str().as_bytes()).into();
        if is_equal && found.is_none() {
            found = Some(cause);
        }
    }
    found
}

/// The codes that the mistakes would produce instead of the right one, in order of precedence. Of a longer code than ours, somebody may
/// have entered only the first `entered` digits.
fn candidates(new: &TotpSecret, old: &[TotpSecret], now: UnixTime, window: u8, entered: usize) -> Vec<(Cause, String)> {
    let key = new.expose();
    let other_period = entry(key, Algorithm::SHA1, DIGITS, OTHER_PERIOD_S);
    let eight_digits = entry(key, Algorithm::SHA1, OTHER_DIGITS, PERIOD_S);
    let mut candidates = Vec::new();
    for secret in old {
        candidates.extend(secret.codes(now, window).map(|(_, code)| (Cause::OldEntry, code.to_string())));
    }
    candidates.extend(shown(&other_period, OTHER_PERIOD_S, now, window).map(|code| (Cause::Period, code)));
    for code in shown(&eight_digits, PERIOD_S, now, window) {
        candidates.push((Cause::Digits, code.chars().take(entered).collect()));
    }
    for algorithm in [Algorithm::SHA256, Algorithm::SHA512] {
        let other = entry(key, algorithm, DIGITS, PERIOD_S);
        candidates.extend(shown(&other, PERIOD_S, now, window).map(|code| (Cause::Algorithm, code)));
    }
    candidates.extend(at_another_time(new, now, window));
    for key in mistyped(&new.to_base32()) {
        candidates.extend(shown(&standard(&key), PERIOD_S, now, window).map(|code| (Cause::MistypedKey, code)));
    }
    candidates
}

/// The codes of another time, the nearest first.
fn at_another_time(new: &TotpSecret, now: UnixTime, window: u8) -> impl Iterator<Item = (Cause, String)> {
    let current = now / PERIOD_S;
    let distances = i64::from(window) + 1..=CLOCK_STEPS;
    let steps = distances.flat_map(|distance| [-distance, distance]).filter(move |ahead| current + ahead >= 0);
    steps.map(move |ahead| {
        let cause = Cause::PhoneClock { offset_s: (ahead * PERIOD_S) as i32 };
        (cause, new.code(TimeStep(current + ahead)).to_string())
    })
}

fn standard(key: &[u8]) -> Totp {
    entry(key, Algorithm::SHA1, DIGITS, PERIOD_S)
}

/// An entry of an app.
fn entry(key: &[u8], algorithm: Algorithm, digits: u8, period_s: i64) -> Totp {
    let builder = Builder::new().with_algorithm(algorithm).with_digits(digits).with_skew(0);
    builder.with_step_duration(period_s.unsigned_abs()).with_secret(Secret::from(key)).build_noncompliant()
}

/// What an entry shows within `window` of its own steps.
fn shown(entry: &Totp, period_s: i64, now: UnixTime, window: u8) -> impl Iterator<Item = String> {
    let (current, window) = (now / period_s, i64::from(window));
    let steps: RangeInclusive<i64> = (current - window).max(0)..=current + window;
    steps.map(move |step| entry.generate((step * period_s).unsigned_abs()).to_string())
}

/// What apps may hold instead of a key: its text, not decoded; or the key with a character misread throughout, or once.
fn mistyped(key: &str) -> BTreeSet<Vec<u8>> {
    let throughout = MISREAD.iter().filter(|(right, _)| key.contains(*right)).map(|(right, wrong)| {
        key.chars().filter_map(|c| if c == *right { *wrong } else { Some(c) }).collect::<String>()
    });
    let once = MISREAD.iter().flat_map(|(right, wrong)| {
        key.match_indices(*right).map(move |(at, _)| {
            let wrong = wrong.map(String::from).unwrap_or_default();
            format!("{}{wrong}{}", &key[..at], &key[at + 1..])
        })
    });
    let mut keys = BTreeSet::from([key.as_bytes().to_vec(), key.to_lowercase().into_bytes()]);
    for wrong in throughout.chain(once) {
        if keys.len() < MISTYPED_KEYS {
            keys.extend(decode(&wrong));
        }
    }
    keys
}

/// A key as apps decode it: whole bytes, and nothing else.
fn decode(key: &str) -> Option<Vec<u8>> {
    let is_character_over = matches!(key.len() % 8, 1 | 3 | 6);
    let whole = &key[..key.len() - usize::from(is_character_over)];
    BASE32.as_ref()?.decode(whole.as_bytes()).ok()
}

/// Whether an offset says something about a clock, and not only that a code was entered late.
#[must_use]
pub fn is_about_clock(offset_s: i64) -> bool {
    !(-LATE_S..=0).contains(&offset_s)
}

/// By how many seconds the phones of most users are ahead of the server, to a time step, and how many phones these are. `None` if
/// fewer than three agree, or no more than half of all: then the phones' own clocks are wrong.
#[must_use]
pub fn agreed_offset(offsets: &[i64]) -> Option<(i64, usize)> {
    let agreeing = |offset: i64| offsets.iter().filter(|other| (**other - offset).abs() <= PERIOD_S).count();
    let offset = *offsets.iter().max_by_key(|offset| (agreeing(**offset), -offset.abs()))?;
    let phones = agreeing(offset);
    (phones >= AGREEING_PHONES && 2 * phones > offsets.len()).then_some((offset, phones))
}

#[cfg(test)]
#[path = "diagnosis_tests.rs"]
mod tests;
