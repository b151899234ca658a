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
    assert_eq!(table("email,name", "ada@example.com"), Some(Refusal::Fields { found: 1, columns: 2 }));
    assert_eq!(table("email,name", ",Ada"), Some(Refusal::NoEmail));
    assert_eq!(table("email", "ada"), Some(Refusal::NoEmail));
    assert!(matches!(table("email", "ada@"), Some(Refusal::Email(_))));
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
    let found: Vec<_> = entries.iter().map(|entry| (entry.number, entry.found.as_ref().err().copied())).collect();
    assert_eq!(found, [(2, None), (3, Some(Refusal::NotUtf8)), (4, None)]);
}

#[test]
fn a_file_in_another_encoding_is_refused_with_the_line() {
    for format in [Format::Keycloak, Format::Django, Format::Authelia, Format::PrivacyIdea] {
        let error = read(format, b"[\n \xFF]", &Reading::default()).unwrap_err();
        assert_eq!(error, Unreadable::NotUtf8(2));
    }
    let error = read(Format::Csv, b"email,n\xE9\nada@example.com,x", &Reading::default()).unwrap_err();
    assert_eq!(error, Unreadable::NotUtf8(1));
    for (format, _) in FILES {
        for file in [b"\xFF\xFEe\0m\0", b"\xFE\xFF\0e\0m"] {
            assert_eq!(read(format, file, &Reading::default()).unwrap_err(), Unreadable::Utf16);
        }
    }
}

#[test]
fn the_mark_that_windows_writes_before_a_file_is_not_part_of_it() {
    for (format, file) in FILES {
        let marked = [b"\xEF\xBB\xBF", file].concat();
        let marked_apps = [b"\xEF\xBB\xBF", APPS].concat();
        let apps = |apps| Reading { apps: Some(apps), domain: Some("example.com") };
        let users = |contents: Contents| -> Vec<_> {
            contents.entries.into_iter().map(|entry| (entry.user, entry.found.err())).collect()
        };
        let expected = users(read(format, file, &apps(APPS)).unwrap());
        assert_eq!(users(read(format, &marked, &apps(&marked_apps)).unwrap()), expected, "{format:?}");
    }
}

#[test]
fn a_table_without_commas_is_refused_with_what_it_has_instead() {
    for (header, called) in [
        ("email;name", "semicolons"),
        ("\"name\";\"email\"", "semicolons"),
        ("name\temail", "tabs"),
        ("email|x", "bars"),
    ] {
        let error =
            read(Format::Csv, format!("{header}\nx\n").as_bytes(), &Reading::default()).unwrap_err().to_string();
        assert!(error.contains(called) && error.contains("commas, in UTF-8"), "{error}");
    }
}

#[test]
fn a_hash_with_commas_and_no_quotes_is_refused_with_the_cure() {
    let refusal =
        refusal(Format::Csv, "email,password_hash\nada@example.com,$argon2id$v=19$m=1024,t=2,p=2$MDEy$jEyM\n");
    let text = refusal.unwrap().to_string();
    assert_eq!(text, "4 fields instead of 2: put values that contain commas in quotes");
}

#[test]
fn a_column_that_may_hold_secrets_is_not_ignored() {
    for name in ["totp", "OTP", "password", "secret", "passwd", "otp_secret", "hash", "totp-uri", "2FA"] {
        let file = format!("email,{name},phone\nada@example.com,x,1\n");
        let error = read(Format::Csv, file.as_bytes(), &Reading::default()).unwrap_err().to_string();
        assert!(error.contains(&format!("{:?}", name.to_lowercase())) && error.contains("totp_secret"), "{error}");
    }
    let contents = read(Format::Csv, b"email,phone\nada@example.com,1\n", &Reading::default()).unwrap();
    assert_eq!(contents.ignored, BTreeSet::from(["phone".to_owned()]));
}

#[test]
fn columns_and_secrets_that_contradict_each_other_are_refused() {
    let error = read(Format::Csv, b"email,name,Name\na@b,A,B\n", &Reading::default()).unwrap_err();
    assert_eq!(error, Unreadable::Twice("name".to_owned()));
    let both = format!("email,totp_uri,totp_secret\na@b,otpauth://totp/a@b?secret={SECRET},{SECRET}\n");
    assert_eq!(refusal(Format::Csv, &both), Some(Refusal::TwoSecrets));
}

#[test]
fn whether_a_user_of_a_table_is_active_is_said_as_programs_say_it() {
    for (text, active) in [("YES", true), ("True", true), ("1", true), ("No", false), ("FALSE", false), ("0", false)] {
        let user = entries(Format::Csv, &format!("email,active\na@b,{text}\n")).remove(0).found.unwrap();
        assert_eq!(user.active, active, "{text}");
    }
}

#[test]
fn a_user_name_in_a_table_becomes_an_address_with_a_domain() {
    let with = Reading { apps: None, domain: Some("example.com") };
    let contents = read(Format::Csv, b"email\nada\nbo@example.org\n", &with).unwrap();
    let users: Vec<_> = contents.entries.into_iter().map(|entry| entry.found.unwrap().email.to_string()).collect();
    assert_eq!(users, ["ada@example.com", "bo@example.org"]);
}

#[test]
fn a_file_without_users_is_refused() {
    for (format, file) in [
        (Format::Csv, "email,name\n"),
        (Format::Otpauth, "# nothing\n\n"),
        (Format::Authelia, "users: {}"),
        (Format::Keycloak, "[]"),
        (Format::Keycloak, r#"{"users":[]}"#),
        (Format::Django, "[]"),
        (Format::PrivacyIdea, "[]"),
        (Format::Postern, "\n"),
    ] {
        let error = read(format, file.as_bytes(), &Reading::default()).unwrap_err();
        assert_eq!(error.to_string(), "the file has no users", "{file}");
    }
    for (format, _) in FILES {
        assert_eq!(read(format, b"", &Reading::default()).unwrap_err().to_string(), "the file has no users");
    }
    let others = r#"[{"model":"auth.group","pk":1,"fields":{}}]"#;
    let error = read(Format::Django, others.as_bytes(), &Reading::default()).unwrap_err();
    assert_eq!(error.to_string(), "the file has no users; ignored: objects of auth.group");
}

#[test]
fn a_second_file_that_is_no_export_of_apps_is_refused() {
    for apps in [
        &b""[..],
        b"[]",
        b"users: {ada: {}}",
        b"{\"realm\": \"x\"}",
        b"email,name\na@b,A\n",
        b"totp_configurations: x",
        FILES[2].1,
    ] {
        let with = Reading { apps: Some(apps), domain: None };
        assert_eq!(read(Format::Authelia, FILES[2].1, &with).unwrap_err(), Unreadable::Apps);
    }
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
        (Format::Postern, "email,name\nada@example.com,Ada\n"),
    ] {
        let error = read(format, file.as_bytes(), &Reading::default()).err().unwrap_or_else(|| panic!("{file}"));
        assert!(error.to_string().starts_with("the file is no "), "{error}");
    }
    let error = read(Format::Otpauth, b"email\nhttps://example.com\n", &Reading::default()).unwrap_err();
    assert_eq!(error.to_string(), "no line is an otpauth:// link");
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
    let file = "email,name\nhunter2,x,y\n$2b$04$abc,x\n$2b$04$abc,x,y\nada@example.com,Ada,more\nada@@x,Ada\n";
    let entries = entries(Format::Csv, file);
    let users: Vec<_> = entries.iter().map(|entry| (entry.user.as_str(), entry.found.is_err())).collect();
    assert_eq!(users, [("", true), ("", true), ("", true), ("ada@example.com", true), ("ada@@x", true)]);
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
        let link = format!("otpauth-migration://offline?data={data}");
        drop(read(Format::Otpauth, link.as_bytes(), &Reading::default()));
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
fn a_token_of_privacyidea_that_does_not_name_its_owner_is_refused_as_such() {
    let token = format!("- {{otpkey: {SECRET}, otplen: 6, type: totp}}\n");
    assert_eq!(refusal(Format::PrivacyIdea, &token), Some(Refusal::NoOwner));
}

#[test]
fn an_app_of_django_that_was_never_confirmed_is_left_out_and_reported() {
    let dump = r#"[{"model":"auth.user","pk":1,"fields":{"username":"ada","email":"ada@example.com","password":"!"}},
        {"model":"otp_totp.totpdevice","pk":1,"fields":{"user":1,"confirmed":false,"key":"3132333435363738393031323334353637383930"}},
        {"model":"otp_totp.totpdevice","pk":2,"fields":{"user":2,"confirmed":false,"key":"31"}}]"#;
    let mut entries = entries(Format::Django, dump);
    assert_eq!(entries.len(), 1);
    let ada = entries.remove(0).found.unwrap();
    assert!(ada.totp.is_none());
    assert_eq!(ada.left_out, ["an authenticator app that was never confirmed"]);
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
