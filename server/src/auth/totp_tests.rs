//! The published vectors (RFC 4226, RFC 6238) and the public cases about windows, replays and links.

use super::*;

const S1: &[u8] = b"12345678901234567890";
const T0: UnixTime = 1_700_000_010;

fn code(text: &str) -> TotpCode {
    TotpCode::parse(text).unwrap()
}

fn step_of(text: &str, now: UnixTime) -> Option<i64> {
    matching_step(&TotpSecret::from_bytes(S1), &code(text), now, 1).map(|step| step.0)
}

fn code_at(secret: &[u8], step: i64) -> String {
    TotpSecret::from_bytes(secret).code(TimeStep(step)).to_string()
}

#[test]
fn rfc_4226_appendix_d_codes() {
    let codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
    for (counter, expected) in codes.iter().enumerate() {
        assert_eq!(code_at(S1, counter as i64), *expected);
    }
}

#[test]
fn rfc_6238_appendix_b_codes_cut_to_six_digits() {
    let rows = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];
    for (time, expected) in rows {
        assert_eq!(code_at(S1, time / PERIOD_S), expected);
        assert_eq!(step_of(expected, time), Some(time / PERIOD_S));
    }
}

#[test]
fn rfc_6238_appendix_b_all_18_values_of_the_library_we_build_on() {
    let sha512 = "1234567890".repeat(6) + "1234";
    let keys: [(Algorithm, &[u8]); 3] = [
        (Algorithm::SHA1, S1),
        (Algorithm::SHA256, b"12345678901234567890123456789012"),
        (Algorithm::SHA512, sha512.as_bytes()),
    ];
    let rows = [
        (59_u64, ["94287082", "46119246", "90693936"]),
        (1_111_111_109, ["07081804", "68084774", "25091201"]),
        (1_111_111_111, ["14050471", "67062674", "99943326"]),
        (1_234_567_890, ["89005924", "91819424", "93441116"]),
        (2_000_000_000, ["69279037", "90698825", "38618901"]),
        (20_000_000_000, ["65353130", "77737706", "47863826"]),
    ];
    for (time, expected) in rows {
        for ((algorithm, key), value) in keys.iter().zip(expected) {
            let totp = Builder::new().with_algorithm(*algorithm).with_digits(8).with_secret(Secret::from(*key));
            assert_eq!(totp.build_noncompliant().generate(time).to_string(), value);
        }
    }
}

#[test]
fn the_window_is_one_step_to_either_side() {
    let rows = [
        ("254961", None),
        ("713364", None),
        ("276857", None),
        ("921300", Some(56_666_666)),
        ("732303", Some(56_666_667)),
        ("136087", Some(56_666_668)),
        ("253938", None),
        ("250026", None),
        ("398930", None),
    ];
    for (text, step) in rows {
        assert_eq!(step_of(text, T0), step, "first second, {text}");
        assert_eq!(step_of(text, T0 + 29), step, "last second, {text}");
    }
}

#[test]
fn a_phone_45_s_slow_passes_in_the_second_half_of_a_step_only() {
    assert_eq!(step_of("276857", T0), None);
    assert_eq!(step_of("921300", T0 + 20), Some(56_666_666));
}

#[test]
fn r9_a_window_of_zero_takes_the_current_code_only() {
    let secret = TotpSecret::from_bytes(S1);
    assert_eq!(matching_step(&secret, &code("732303"), T0, 0), Some(TimeStep(56_666_667)));
    assert_eq!(matching_step(&secret, &code("921300"), T0, 0), None);
    assert_eq!(matching_step(&secret, &code("136087"), T0, 0), None);
}

#[test]
fn when_two_steps_match_the_higher_is_found() {
    assert_eq!(step_of("251166", 1_732_990_050), Some(57_766_336));
    assert_eq!(step_of("251166", 1_732_990_080), Some(57_766_336));
    assert_eq!(step_of("726238", 1_732_990_050), Some(57_766_334));
    assert_eq!(step_of("463144", 1_732_990_110), Some(57_766_337));
    assert_eq!(step_of("882938", 1_710_533_490), Some(57_017_784));
    assert_eq!(step_of("882938", 1_710_533_520), Some(57_017_784));
    assert_eq!(step_of("598948", 1_710_533_490), Some(57_017_783));
    assert_eq!(step_of("090544", 1_710_533_550), Some(57_017_785));
    assert_eq!(step_of("963181", 1_771_837_200), Some(59_061_241));
    assert_eq!(step_of("235522", 1_862_261_040), Some(62_075_369));
}

#[test]
fn codes_keep_their_leading_zeros() {
    assert_eq!(step_of("000101", 1_700_004_720), Some(56_666_824));
    assert_eq!(step_of("000087", 1_700_027_040), Some(56_667_568));
    assert_eq!(step_of("047164", 1_700_000_490), Some(56_666_683));
}

#[test]
fn vectors_of_other_projects_agree() {
    let base32 = |key: &str| Secret::try_from_base32(key).unwrap().as_bytes().to_vec();
    let pyotp = base32("ABCDEFGH");
    for (step, expected) in [(5, "451564"), (6, "028307"), (7, "681610"), (8, "195979")] {
        assert_eq!(code_at(&pyotp, step), expected);
    }
    let secret = TotpSecret::from_bytes(&pyotp);
    for (text, accepted) in [("451564", true), ("028307", true), ("681610", true), ("195979", false)] {
        assert_eq!(matching_step(&secret, &code(text), 200, 1).is_some(), accepted);
    }
    let google = base32("7777777777777777");
    let codes = ["422609", "628381", "083501", "607007", "972746", "706552", "342936"];
    for (step, expected) in (1231..).zip(codes) {
        assert_eq!(code_at(&google, step), expected);
    }
    assert_eq!(code_at(&google, 0), "724477");
    assert_eq!(code_at(&google, 123_456_789_123_456_789), "815107");
    assert_eq!(code_at(&base32("WRN3PQX5UQXQVNQR"), 1_297_553_958 / PERIOD_S), "102705");
}

#[test]
fn the_window_does_not_reach_before_the_epoch() {
    assert_eq!(step_of("755224", 0), Some(0));
}

#[test]
fn r1_a_thousand_secrets_are_160_bits_without_padding() {
    let mut seen = std::collections::HashSet::new();
    for _ in 0..1000 {
        let secret = TotpSecret::random();
        let key = secret.to_base32();
        let uri = otpauth_uri("Postern", "a@b", &secret);
        assert_eq!(secret.expose().len(), 20);
        assert!(key.len() == 32 && key.bytes().all(|b| b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b)), "{key}");
        assert!(!uri.contains(&format!("{key}=")) && !uri.contains("%3D"));
        assert!(seen.insert(key));
    }
}

#[test]
fn the_link_has_the_form_of_the_contract_with_blanks_as_percent_20() {
    let uri = otpauth_uri("UKC Portal", "alice+test@example.org", &TotpSecret::from_bytes(S1));
    assert_eq!(
        uri,
        "otpauth://totp/UKC%20Portal:alice%2Btest%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
         &issuer=UKC%20Portal&algorithm=SHA1&digits=6&period=30"
    );
}

#[test]
fn every_reserved_sign_is_percent_coded_once() {
    for (issuer, coded) in [
        ("Smith & Sons", "Smith%20%26%20Sons"),
        ("Ask?", "Ask%3F"),
        ("#1 Portal", "%231%20Portal"),
        ("100% Safe", "100%25%20Safe"),
        ("C+ Portal", "C%2B%20Portal"),
        ("Köln", "K%C3%B6ln"),
    ] {
        let uri = otpauth_uri(issuer, "alice", &TotpSecret::from_bytes(S1));
        assert!(uri.starts_with(&format!("otpauth://totp/{coded}:alice?")), "{uri}");
        assert!(uri.contains(&format!("&issuer={coded}&")), "{uri}");
    }
}

#[test]
fn r3_the_library_reads_our_link_back() {
    let uri = otpauth_uri("UKC Portal", "alice+test@example.org", &TotpSecret::from_bytes(S1));
    let read = Totp::from_url(uri).unwrap();
    assert_eq!((read.issuer(), read.account_name()), (Some("UKC Portal"), "alice+test@example.org"));
    assert_eq!((read.secret().as_bytes(), read.digits(), read.step()), (S1, 6, 30));
}

#[test]
fn a_long_label_is_cut_at_a_character() {
    assert_eq!(label(&"門".repeat(100)), "門".repeat(64));
    assert_eq!(label("ada@example.com"), "ada@example.com");
}

#[test]
fn the_next_code_is_1_to_30_seconds_away() {
    assert_eq!(seconds_to_next_code(T0, PERIOD_S), 30);
    assert_eq!(seconds_to_next_code(T0 + 29, PERIOD_S), 1);
    assert_eq!(seconds_to_next_code(T0, 60), 30);
    assert_eq!(seconds_to_next_code(T0 + 30, 60), 60);
}

#[test]
fn rfc_6238_appendix_b_codes_of_every_algorithm_are_found_in_their_own_steps() {
    let sha512 = "1234567890".repeat(6) + "1234";
    for (algorithm, key, expected) in [
        ("SHA1", S1, "14050471"),
        ("SHA256", b"12345678901234567890123456789012", "67062674"),
        ("sha512", sha512.as_bytes(), "99943326"),
    ] {
        let secret = TotpSecret::with(Parameters::new(algorithm, 8, 30).unwrap(), key);
        let found = matching_step(&secret, &code(expected), 1_111_111_111, 1);
        assert_eq!(found, Some(TimeStep(1_111_111_111 / 30)), "{algorithm}");
        assert_eq!(
            matching_step(&secret, &code(&expected[2..]), 1_111_111_111, 1),
            None,
            "{algorithm}: six of the digits"
        );
    }
}

#[test]
fn a_step_is_as_long_as_the_parameters_say() {
    for period_s in [15, 30, 60, 120] {
        let secret = TotpSecret::with(Parameters::new("SHA1", 6, period_s).unwrap(), S1);
        let shown = secret.code(TimeStep(T0 / period_s)).to_string();
        for (now, step) in [(T0, Some(T0 / period_s)), (T0 + period_s, Some(T0 / period_s)), (T0 + 2 * period_s, None)]
        {
            assert_eq!(matching_step(&secret, &code(&shown), now, 1).map(|step| step.0), step, "{period_s} {now}");
        }
    }
}

#[test]
fn other_parameters_than_those_of_apps_are_unknown() {
    for (algorithm, digits, period_s) in [
        ("MD5", 6, 30),
        ("", 6, 30),
        ("SHA1", 7, 30),
        ("SHA1", 0, 30),
        ("SHA1", 10, 30),
        ("SHA1", 262, 30),
        ("SHA1", 6, 0),
        ("SHA1", 6, -30),
        ("SHA1", 6, 14),
        ("SHA1", 6, 121),
    ] {
        assert_eq!(Parameters::new(algorithm, digits, period_s), None, "{algorithm} {digits} {period_s}");
    }
}

#[test]
fn the_link_says_the_parameters() {
    let secret = TotpSecret::with(Parameters::new("SHA256", 8, 60).unwrap(), S1);
    let uri = otpauth_uri("Postern", "ada", &secret);
    assert!(uri.ends_with("&algorithm=SHA256&digits=8&period=60"), "{uri}");
}
