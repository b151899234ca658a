//! Every mistake, with codes that the library computes; `server/tests/api/diagnosis.rs` has those of `oathtool`.

use super::*;
use crate::auth::totp::Parameters;

const KEY: &str = "GIL5OB2SZ6GEZDGNBVGY3TQOJQGEZDGN";
const NOW: UnixTime = 1_700_000_010;

fn new() -> TotpSecret {
    TotpSecret::from_bytes(&decode(KEY).unwrap())
}

fn cause_of(code: &str) -> Option<Cause> {
    diagnose(&new(), &[], &TotpCode::parse(code).unwrap(), NOW, 1)
}

/// The code of a secret, so many seconds from now.
fn code_of(key: &[u8], seconds: i64) -> String {
    standard(key).generate((NOW + seconds).unsigned_abs()).to_string()
}

#[test]
fn a_code_of_another_time_tells_the_offset_of_the_clock_up_to_an_hour() {
    let key = decode(KEY).unwrap();
    for steps in (-CLOCK_STEPS..=CLOCK_STEPS).filter(|steps| steps.abs() > 1) {
        let offset_s = steps * PERIOD_S;
        let found = cause_of(&code_of(&key, offset_s));
        assert_eq!(found, Some(Cause::PhoneClock { offset_s: offset_s as i32 }), "{steps}");
    }
    assert_eq!(cause_of(&code_of(&key, 3_630)), None);
    assert_eq!(cause_of(&code_of(&key, -3_630)), None);
}

#[test]
fn no_candidate_is_a_code_that_is_accepted() {
    let right = [-1, 0, 1].map(|step| code_of(&decode(KEY).unwrap(), step * PERIOD_S));
    for (cause, candidate) in candidates(&new(), &[], NOW, 1, 6) {
        assert!(!right.contains(&candidate), "{cause:?}");
    }
}

#[test]
fn the_key_may_be_misread_throughout_or_once() {
    for wrong in [
        KEY.replace('I', "L"),
        KEY.replace('L', "I"),
        KEY.replace('O', ""),
        KEY.replace('I', ""),
        KEY.replace('B', ""),
        KEY.replace('Z', "2"),
        KEY.replacen('Z', "2", 1),
        KEY.replacen('6', "G", 1),
        KEY.replacen('O', "", 1),
    ] {
        assert_eq!(cause_of(&code_of(&decode(&wrong).unwrap(), 0)), Some(Cause::MistypedKey), "{wrong}");
    }
}

#[test]
fn the_key_may_be_read_as_text() {
    for text in [KEY.to_owned(), KEY.to_lowercase()] {
        assert_eq!(cause_of(&code_of(text.as_bytes(), 0)), Some(Cause::MistypedKey), "{text}");
    }
}

#[test]
fn a_key_is_decoded_to_whole_bytes_as_apps_do_it() {
    assert_eq!(decode("GEZDGNBV").unwrap(), b"12345");
    assert_eq!(decode("GEZDGNB").unwrap(), b"1234");
    assert_eq!(decode("GEZDGN").unwrap(), b"123");
    assert_eq!(decode("GEZ").unwrap(), b"1");
    assert_eq!(decode("G").unwrap(), b"");
}

#[test]
fn an_old_entry_comes_before_every_other_cause_and_a_near_clock_before_a_far_one() {
    let old = [TotpSecret::random(), TotpSecret::random()];
    let all = candidates(&new(), &old, NOW, 1, 6);
    assert!(all[..6].iter().all(|(cause, _)| *cause == Cause::OldEntry), "{:?}", &all[..6]);
    let offsets = all.iter().filter_map(|(cause, _)| match cause {
        Cause::PhoneClock { offset_s } => Some(offset_s.abs()),
        _ => None,
    });
    assert!(offsets.is_sorted());
    let first = code_of(old[0].expose(), 0);
    assert_eq!(diagnose(&new(), &old, &TotpCode::parse(&first).unwrap(), NOW, 1), Some(Cause::OldEntry));
    let same = [new()];
    let ambiguous = code_of(new().expose(), 0);
    assert_eq!(diagnose(&new(), &same, &TotpCode::parse(&ambiguous).unwrap(), NOW, 1), Some(Cause::OldEntry));
}

#[test]
fn eight_digits_are_recognised_whole_or_by_the_first_six() {
    let eight =
        entry(&decode(KEY).unwrap(), Algorithm::SHA1, OTHER_DIGITS, PERIOD_S).generate(NOW.unsigned_abs()).to_string();
    assert_eq!(cause_of(&eight), Some(Cause::Digits));
    assert_eq!(cause_of(&eight[..6]), Some(Cause::Digits));
}

#[test]
fn an_old_entry_with_other_parameters_is_recognised() {
    let old = [TotpSecret::with(Parameters::new("SHA256", 8, 60).unwrap(), b"12345678901234567890")];
    let shown = old[0].code(TimeStep(NOW / 60));
    assert_eq!(diagnose(&new(), &old, &TotpCode::parse(&shown).unwrap(), NOW, 1), Some(Cause::OldEntry));
}

#[test]
fn the_number_of_candidates_is_that_of_the_documentation() {
    let mut most = 0;
    for _ in 0..200 {
        let old = [TotpSecret::random(), TotpSecret::random()];
        most = most.max(candidates(&TotpSecret::random(), &old, NOW, 1, 6).len());
    }
    assert!((MOST_CANDIDATES - 60..=MOST_CANDIDATES).contains(&most), "{most}");
    let every_letter_is_misread = TotpSecret::from_bytes(&decode(&"ILOB2Z5S".repeat(4)).unwrap());
    let old = [TotpSecret::random(), TotpSecret::random()];
    assert_eq!(candidates(&every_letter_is_misread, &old, NOW, 1, 6).len(), MOST_CANDIDATES);
    let limits = include_str!("../../../docs/limits.md");
    assert!(limits.contains(&format!("with at most {MOST_CANDIDATES} codes")));
}

#[test]
fn at_the_epoch_no_time_is_negative() {
    let is_slow = |cause| matches!(cause, Cause::PhoneClock { offset_s: ..0 });
    assert!(!candidates(&new(), &[], 0, 1, 6).into_iter().any(|(cause, _)| is_slow(cause)));
}

#[test]
fn the_servers_clock_is_suspected_if_most_of_at_least_three_phones_agree() {
    assert_eq!(agreed_offset(&[]), None);
    assert_eq!(agreed_offset(&[600, 600]), None);
    assert_eq!(agreed_offset(&[600, 630, 600]), Some((600, 3)));
    assert_eq!(agreed_offset(&[-300, -330, -300, 900, 60]), Some((-300, 3)));
    assert_eq!(agreed_offset(&[600, 600, 600, 60, -900, 1_800]), None, "not more than half");
    assert_eq!(agreed_offset(&[60, 300, 600, 900, -600]), None);
}

#[test]
fn a_code_of_the_last_90_seconds_says_nothing_about_a_clock() {
    assert_eq!([-120, -90, -60, 60, 120].map(is_about_clock), [true, false, false, true, true]);
}
