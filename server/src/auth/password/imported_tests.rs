//! Hashes that the other systems' own programs have made: Django 5.2, passlib 1.7, argon2-cffi and bcrypt of Python.

use super::*;

const PASSWORD: &[u8] = b"correct horse battery";

const HASHES: [&str; 15] = [
    "pbkdf2_sha256$1000$kRfGaE3hAhYgVy3bnnE2lx$I57oGAoskmJdhDOVgSniminWgYo087NZyxseEFpJ4Go=",
    "pbkdf2_sha1$1000$kRfGaE3hAhYgVy3bnnE2lx$tW22vZmXFxznAcIaVVQaerXk7ek=",
    "argon2$argon2id$v=19$m=1024,t=2,p=2$a1JmR2FFM2hBaFlnVnkzYm5uRTJseA$2qWh9PCACNBVPC62qDYPLg5DINLSBliBegtTXN0PA6U",
    "bcrypt_sha256$$2b$04$GxCZJ6YuFyB151eQhhN7UOjhlbdqZADZld5yxjH6SJeTtWoGN1of2",
    "bcrypt$$2b$04$NrynBiqLSEim7MJKnYu9D.10klTFJzCRopxC/M/c8xl6Df8M6NW3a",
    "scrypt$1024$kRfGaE3hAhYgVy3bnnE2lx$8$5$utghkiXuylqph3MgSQ5/tbCrI/HYBEMB41YJpGVkpJF0rmXa4smb/3Ty5FV0JPrCsoMROKYYLmQS2JaErlUK/w==",
    "$pbkdf2$1000$MDEyMzQ1Njc4OWFiY2RlZg$rDjxw4qmzpl4HTyqLNYNsdE5Zi4",
    "$pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFiY2RlZg$BVALGMmC/K/8ELErc5VgJxyPFApArIZRCQsqjEgZWJ4",
    "$pbkdf2-sha512$1000$MDEyMzQ1Njc4OWFiY2RlZg$7F/Y1rnWXXurLCfFvAmyjyXtbABhgzBTBNcm//wlnvGBOz7OExlgRFs5qwaY5PzB3/WjR7P4yv/ACDQZpDXIfQ",
    "$scrypt$ln=10,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$xXt6EAFzAOlee5Hgl8R5+kLA6sDARjRcMGtm6fZJsa8",
    "$2b$04$L/PfrME/bmnWcp5ySFy.W.svEsyJqcWl//36D7uPejonPcVp6ZK7u",
    "$argon2id$v=19$m=1024,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$jEyMYQO8B8qEjmnOVGsAamgGqRdkl7d0QqJx4BPrRMI",
    "$argon2i$v=19$m=1024,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$uI0K8ZEmAQ/2bHDNmTrnVFzZRzYrbPfgQANG8yEfh9k",
    "$argon2d$v=19$m=1024,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$yBKCbtJoEZCDqTdRZrLIsybIqFpfEEqGf14A7cOWlOk",
    "$argon2i$m=1024,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$q4M9NFIZN9XYWSWVby7mGenXBbRaAwg4fP4PLKFCC9s",
];

#[track_caller]
fn is_right(text: &str, password: &[u8]) -> bool {
    ImportedHash::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).verify(password)
}

fn refusal(text: &str) -> Option<Unusable> {
    ImportedHash::parse(text).err()
}

#[test]
fn a_hash_of_every_known_form_matches_its_password_only() {
    for text in HASHES {
        assert!(is_right(text, PASSWORD), "{text}");
        for wrong in [&b""[..], b"correct horse batterx", b"correct horse battery "] {
            assert!(!is_right(text, wrong), "{text}");
        }
    }
}

#[test]
fn passlib_and_phc_write_the_iterations_of_pbkdf2_differently() {
    let hash = "BVALGMmC/K/8ELErc5VgJxyPFApArIZRCQsqjEgZWJ4";
    for params in ["1000", "i=1000", "i=1000,l=32", "l=32,i=1000"] {
        assert!(is_right(&format!("$pbkdf2-sha256${params}$MDEyMzQ1Njc4OWFiY2RlZg${hash}"), PASSWORD), "{params}");
    }
    let adapted = "$pbkdf2-sha512$1000$MDEyMzQ1Njc4OWFiY2RlZg$7F/Y1rnWXXurLCfFvAmyjyXtbABhgzBTBNcm//wlnvGBOz7OExlgRFs5qwaY5PzB3/\
                   WjR7P4yv/ACDQZpDXIfQ==";
    assert!(is_right(adapted, PASSWORD), "with padding");
}

#[test]
fn every_version_of_bcrypt_but_the_faulty_one_is_known() {
    let text = HASHES[10];
    for version in ["$2a$", "$2b$", "$2y$"] {
        assert!(is_right(&text.replace("$2b$", version), PASSWORD), "{version}");
    }
    assert_eq!(refusal(&text.replace("$2b$", "$2x$")), Some(Unusable::Unknown));
}

#[test]
fn bcrypt_ignores_what_is_beyond_72_bytes_as_it_did_there() {
    let text = "$2b$04$DMrEkH2OwGVg9EjKOLJR0OOtwJBfRu/eiFyNhtOrBEvvn6SF71MLq";
    assert!(is_right(text, &[b'a'; 72]) && is_right(text, &[b'a'; 100]));
    assert!(!is_right(text, &[b'a'; 71]));
}

#[test]
fn what_would_take_more_than_a_second_or_128_mib_is_refused() {
    let salt_and_hash = "MDEyMzQ1Njc4OWFiY2RlZg$BVALGMmC/K/8ELErc5VgJxyPFApArIZRCQsqjEgZWJ4";
    let long = "7F/Y1rnWXXurLCfFvAmyjyXtbABhgzBTBNcm//wlnvGBOz7OExlgRFs5qwaY5PzB3/WjR7P4yv/ACDQZpDXIfQ";
    for (affordable, costly) in [
        ("$argon2id$v=19$m=131072,t=8,p=1$", "$argon2id$v=19$m=131073,t=1,p=1$"),
        ("$argon2id$v=19$m=102400,t=2,p=8$", "$argon2id$v=19$m=1024,t=1025,p=1$"),
        ("$scrypt$ln=17,r=8,p=1$", "$scrypt$ln=18,r=8,p=1$"),
        ("$scrypt$ln=14,r=8,p=16$", "$scrypt$ln=14,r=8,p=17$"),
        ("$pbkdf2-sha256$i=2000000$", "$pbkdf2-sha256$i=2000001$"),
        ("pbkdf2_sha256$2000000$", "pbkdf2_sha256$4294967295$"),
    ] {
        assert_eq!(refusal(&format!("{affordable}{salt_and_hash}")), None, "{affordable}");
        assert_eq!(refusal(&format!("{costly}{salt_and_hash}")), Some(Unusable::TooCostly), "{costly}");
    }
    let two_blocks = |rounds: u32| refusal(&format!("$pbkdf2-sha256$i={rounds}$MDEyMzQ1Njc4OWFiY2RlZg${long}"));
    assert_eq!((two_blocks(1_000_000), two_blocks(1_000_001)), (None, Some(Unusable::TooCostly)));
    assert_eq!(refusal(&HASHES[10].replace("$04$", "$14$")), None);
    assert_eq!(refusal(&HASHES[10].replace("$04$", "$15$")), Some(Unusable::TooCostly));
    assert_eq!(refusal(&format!("scrypt$1073741824$salt$8$1${long}")), Some(Unusable::TooCostly));
}

#[test]
fn what_is_no_hash_or_too_short_is_refused() {
    for text in [
        "$",
        "$$",
        "pbkdf2_md5$1000$salt$I57oGAoskmJdhDOVgSniminWgYo087NZyxseEFpJ4Go=",
        "pbkdf2_sha256$0$salt$I57oGAoskmJdhDOVgSniminWgYo087NZyxseEFpJ4Go=",
        "pbkdf2_sha256$1000$$I57oGAoskmJdhDOVgSniminWgYo087NZyxseEFpJ4Go=",
        "pbkdf2_sha256$1000$salt$I57o",
        "pbkdf2_sha256$1000$salt$",
        "scrypt$1023$salt$8$5$I57oGAoskmJdhDOVgSniminWgYo087NZyxseEFpJ4Go=",
        "scrypt$1024$salt$4294967295$4294967295$I57oGAoskmJdhDOVgSniminWgYo087NZyxseEFpJ4Go=",
        "$scrypt$ln=0,r=0,p=0$MDEyMzQ1Njc4OWFiY2RlZg$xXt6EAFzAOlee5Hgl8R5+kLA6sDARjRcMGtm6fZJsa8",
        "$argon2id$v=19$m=1024,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=20$m=1024,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$jEyMYQO8B8qEjmnOVGsAamgGqRdkl7d0QqJx4BPrRMI",
        "$2b$03$L/PfrME/bmnWcp5ySFy.W.svEsyJqcWl//36D7uPejonPcVp6ZK7u",
        "$2b$04$L/PfrME/bmnWcp5ySFy.W.",
        "bcrypt$$2b$04$ß",
    ] {
        assert_eq!(refusal(text), Some(Unusable::Unknown), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_is_more_than_refused(text in "\\PC*", at in 0..HASHES.len(), from in 0_usize..90, hole in 0_usize..9) {
        drop(ImportedHash::parse(&text));
        let hash: String = HASHES[at].chars().enumerate().filter(|(i, _)| !(from..from + hole).contains(i)).map(|(_, c)| c).collect();
        drop(ImportedHash::parse(&hash));
        drop(ImportedHash::parse(&format!("{}{text}", &HASHES[at][..HASHES[at].len().min(from)])));
    }
}

#[test]
fn a_hash_of_another_kind_is_named() {
    for (text, kind) in [
        ("$6$rounds=5000$salt$hash", "SHA-512-crypt"),
        ("$5$salt$hash", "SHA-256-crypt"),
        ("$1$salt$hash", "MD5-crypt"),
        ("$y$j9T$salt$hash", "yescrypt"),
        ("{SSHA}d2hhdGV2ZXI=", "LDAP"),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "plain digest"),
        ("hunter2", "perhaps the password itself"),
        ("correct horse battery", "perhaps the password itself"),
        ("!kRfGaE3hAhYgVy3bnnE2lx", "perhaps the password itself"),
        ("$unheard$of", "no known form"),
    ] {
        let told = refusal(text).unwrap().to_string();
        assert!(told.contains(kind) && told.contains("Forgotten password?"), "{told}");
        assert!(!told.contains(text), "{told}");
    }
}
