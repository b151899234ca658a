//! Every format: the files of the tests of the program, and whatever else may be in a file.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const FILES: [(Format, &[u8]); 7] = [
    (Format::Csv, include_bytes!("../tests/process/moving/users.csv")),
    (Format::Otpauth, include_bytes!("../tests/process/moving/otpauth.txt")),
    (Format::Authelia, include_bytes!("../tests/process/moving/authelia.yml")),
    (Format::Keycloak, include_bytes!("../tests/process/moving/keycloak.json")),
    (Format::Django, include_bytes!("../tests/process/moving/django.json")),
    (Format::PrivacyIdea, include_bytes!("../tests/process/moving/privacyidea.yaml")),
    (Format::Postern, PORTAL.as_bytes()),
];
const PORTAL: &str = r#"{"email":"ada@example.com","active":true,"accounts":[{"name":"Acme"}]}"#;
const APPS: &[u8] = include_bytes!("../tests/process/moving/authelia-totp.yml");
const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn entries(format: Format, file: &str) -> Vec<Entry> {
    read(format, file.as_bytes(), &Reading::default()).unwrap().entries
}

/// The reason for which the only user of a file is refused.
#[track_caller]
fn refusal(format: Format, file: &str) -> Option<Refusal> {
    let mut entries = entries(format, file);
    assert_eq!(entries.len(), 1, "{file}");
    entries.remove(0).found.err()
}

#[test]
fn columns_that_are_wrong_are_refused_line_by_line() {
    let table = |header: &str, line: &str| refusal(Format::Csv, &format!("{header}\n{line}\n"));
    assert_eq!(table("email", "ada@example.com"), None);
    assert_eq!(table("EMAIL , Name", "ada@example.com,Ada"), None);
    assert_eq!(table("email,name", "ada@example.com"), Some(Refusal::Damaged));
    assert_eq!(table("email,name", ",Ada"), Some(Refusal::NoEmail));
    assert!(matches!(table("email", "ada"), Some(Refusal::Email(_))));
    assert!(matches!(table("email,name", "a@b,-"), Some(Refusal::Name(_))));
    assert_eq!(table("email,role", "a@b,owner"), Some(Refusal::Role));
    assert_eq!(table("email,active", "a@b,maybe"), Some(Refusal::Active));
    assert!(matches!(table("email,password_hash", "a@b,secret"), Some(Refusal::Hash(_))));
    assert_eq!(table("email,totp_secret", "a@b,0189"), Some(Refusal::Secret));
    assert_eq!(table("email,totp_secret", "a@b,GEZDGNBV"), Some(Refusal::Length));
    assert_eq!(table("email,totp_secret,totp_digits", &format!("a@b,{SECRET},7")), Some(Refusal::Parameters));
    assert_eq!(table("email,totp_secret,totp_period", &format!("a@b,{SECRET},x")), Some(Refusal::Parameters));
    assert_eq!(table("email,totp_secret,totp_algorithm", &format!("a@b,{SECRET},MD5")), Some(Refusal::Parameters));
}

#[test]
fn a_line_that_is_not_utf_8_is_refused_and_the_others_are_read() {
    let file = b"email,name\na@b,A\nb@b,\xFF\nc@b,C\n";
    let entries = read(Format::Csv, file, &Reading::default()).unwrap().entries;
    let found: Vec<_> = entries.iter().map(|entry| (entry.number, entry.found.is_ok())).collect();
    assert_eq!(found, [(2, true), (3, false), (4, true)]);
}

#[test]
fn links_are_read_as_apps_read_them() {
    let link = |query: &str| refusal(Format::Otpauth, &format!("otpauth://totp/Acme:a@b?{query}"));
    assert_eq!(link(&format!("secret={SECRET}&issuer=Another")), None);
    assert_eq!(link(&format!("secret={}====", SECRET.to_lowercase())), None);
    assert_eq!(link("issuer=Acme"), Some(Refusal::Length));
    assert_eq!(link(&format!("secret={SECRET}&digits=six")), Some(Refusal::Parameters));
    assert_eq!(refusal(Format::Otpauth, &format!("otpauth://hotp/a@b?secret={SECRET}")), Some(Refusal::Counter));
    assert_eq!(refusal(Format::Otpauth, &format!("otpauth://steam/a@b?secret={SECRET}")), Some(Refusal::Damaged));
    assert_eq!(refusal(Format::Otpauth, "otpauth-migration://offline?data=AAAA"), Some(Refusal::Damaged));
    assert_eq!(refusal(Format::Otpauth, "https://example.com"), Some(Refusal::Damaged));
}

#[test]
fn an_app_of_nobody_is_refused() {
    let with = Reading { apps: Some(APPS), domain: None };
    let users = b"users: {ada: {email: ada@example.com, password: '', displayname: Ada}}";
    let entries = read(Format::Authelia, users, &with).unwrap().entries;
    assert!(entries[0].found.as_ref().is_ok_and(|ada| ada.totp.is_some() && ada.password.is_none()));
    assert_eq!((entries[1].user.as_str(), entries[1].found.as_ref().err()), ("bo", Some(&Refusal::OfNobody)));
}

#[test]
fn a_file_of_another_format_is_no_file_of_this_one() {
    for (format, file) in [
        (Format::Csv, "name\nAda\n"),
        (Format::Authelia, "- ada"),
        (Format::Authelia, "users: {ada: ["),
        (Format::Keycloak, "{}"),
        (Format::Keycloak, "{\"users\":"),
        (Format::Django, "{}"),
        (Format::PrivacyIdea, "a: b"),
    ] {
        let error = read(format, file.as_bytes(), &Reading::default()).err().unwrap_or_else(|| panic!("{file}"));
        assert!(error.to_string().starts_with("the file is no "), "{error}");
    }
}

#[test]
fn no_refusal_repeats_what_is_in_the_file() {
    for (format, file) in FILES {
        let file = String::from_utf8(file.to_vec()).unwrap();
        for wrong in [file.replace("1000", "x"), file.replace('$', "?"), file.replace("secret", "SECRET")] {
            let with = Reading { apps: Some(APPS), domain: Some("example.com") };
            let Ok(contents) = read(format, wrong.as_bytes(), &with) else { continue };
            for refusal in contents.entries.iter().filter_map(|entry| entry.found.as_ref().err()) {
                let text = refusal.to_string();
                assert!(!text.contains("GEZDG") && !text.contains("1234567890") && !text.contains('$'), "{text}");
            }
        }
    }
}

#[test]
fn what_stands_in_place_of_an_address_is_not_repeated() {
    let entries = entries(Format::Csv, "email,name\nhunter2,a@b.example\n$2b$04$abc,x,y\nada@example.com,Ada,more\n");
    let users: Vec<_> = entries.iter().map(|entry| (entry.user.as_str(), entry.found.is_err())).collect();
    assert_eq!(users, [("", true), ("", true), ("ada@example.com", true)]);
}

#[test]
fn nesting_without_end_is_an_unreadable_file() {
    let deep = "[".repeat(200_000);
    for format in [Format::Authelia, Format::Keycloak, Format::Django, Format::PrivacyIdea] {
        assert!(read(format, deep.as_bytes(), &Reading::default()).is_err());
    }
}

proptest! {
    #[test]
    fn no_bytes_are_more_than_refused(at in 0..FILES.len(), bytes in vec(any::<u8>(), 0..400), domain in "\\PC{0,8}") {
        let with = Reading { apps: Some(&bytes), domain: Some(&domain) };
        drop(read(FILES[at].0, &bytes, &with));
        drop(read(FILES[at].0, FILES[at].1, &with));
    }

    #[test]
    fn a_damaged_file_is_read_or_refused(
        at in 0..FILES.len(),
        from in any::<prop::sample::Index>(),
        length in 0_usize..40,
        instead in vec(any::<u8>(), 0..20),
    ) {
        let (format, file) = FILES[at];
        let from = from.index(file.len());
        let mut damaged = file.to_vec();
        damaged.splice(from..(from + length).min(file.len()), instead);
        drop(read(format, &damaged, &Reading { apps: Some(&damaged), domain: None }));
    }

    #[test]
    fn any_message_of_an_app_is_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        let data = data_encoding::BASE64.encode(&bytes);
        drop(entries(Format::Otpauth, &format!("otpauth-migration://offline?data={data}")));
    }
}

#[test]
fn a_disabled_token_of_privacyidea_does_not_become_a_factor() {
    let token = |state: &str, key: &str| {
        format!("- {{{state}, otpkey: {key}, otplen: 6, owner: ada@example.com@corp, type: totp}}\n")
    };
    let new = SECRET.replace('G', "M");
    let lost = ["active: false", "revoked: true", "locked: true"].map(|state| token(state, SECRET)).concat();
    let mut found = entries(Format::PrivacyIdea, &format!("{lost}{}", token("active: true", &new)));
    assert_eq!(found.len(), 1);
    let totp = found.remove(0).found.unwrap().totp.unwrap();
    assert_eq!(totp.to_base32(), new);
}

#[test]
fn people_of_two_realms_of_privacyidea_are_not_one() {
    let of = |realm: &str| format!("- {{active: true, otpkey: {SECRET}, otplen: 6, owner: ada@{realm}, type: totp}}\n");
    assert_eq!(entries(Format::PrivacyIdea, &[of("a"), of("b")].concat()).len(), 2);
}

#[test]
fn what_keycloak_asks_of_a_user_before_the_next_log_in_is_kept() {
    let realm = |more: &str| {
        let hash = r#"{"type":"password","secretData":"{\"value\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"salt\":\"AAAAAAAAAAAAAAAAAAAAAA==\"}","credentialData":"{\"hashIterations\":27500,\"algorithm\":\"pbkdf2-sha256\"}"}"#;
        format!(
            r#"{{"users":[{{"username":"ada","email":"ada@example.com","requiredActions":[{more}],"credentials":[{hash}]}}]}}"#
        )
    };
    for (actions, temporary) in [("", false), (r#""UPDATE_PASSWORD""#, true)] {
        let user = entries(Format::Keycloak, &realm(actions)).remove(0).found.unwrap();
        assert_eq!(user.password.unwrap().temporary, temporary, "{actions}");
    }
}

#[test]
fn whoever_has_only_an_app_that_counts_its_codes_in_keycloak_is_refused() {
    let hotp = r#"{"type":"otp","secretData":"{}","credentialData":"{\"subType\":\"hotp\"}"}"#;
    let realm = format!(r#"{{"users":[{{"username":"ada","email":"ada@example.com","credentials":[{hotp}]}}]}}"#);
    assert_eq!(refusal(Format::Keycloak, &realm), Some(Refusal::Counter));
}
