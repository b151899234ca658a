//! Hashing, verifying, and the limits of both.

use super::*;
use crate::auth::look_up_secret::SetUpCode;

fn hasher() -> PasswordHasher {
    PasswordHasher::new(64, 1, 1).unwrap()
}

fn password(text: &str) -> Password {
    Password::new(text.to_owned())
}

#[test]
fn a_password_verifies_against_its_own_hash_only() {
    let hasher = hasher();
    let hash = hasher.hash(&password("correct horse battery")).unwrap();
    assert_eq!(hasher.verify(&password("correct horse battery"), Some(&hash)), Verdict::Right(None));
    assert_eq!(hasher.verify(&password("correct horse batterx"), Some(&hash)), Verdict::Wrong);
    assert_eq!(hasher.verify(&password(""), Some(&hash)), Verdict::Wrong);
}

#[test]
fn the_librarys_own_verifier_reads_our_hashes() {
    use argon2::password_hash::PasswordVerifier;
    let hash = hasher().hash(&password("correct horse battery")).unwrap();
    let phc = Phc::new(hash.as_str()).unwrap();
    Argon2::default().verify_password(b"correct horse battery", &phc).unwrap();
    assert!(Argon2::default().verify_password(b"correct horse batterx", &phc).is_err());
}

#[test]
fn r12_without_a_user_nothing_is_right() {
    let hasher = hasher();
    assert_eq!(hasher.verify(&password("anything"), None), Verdict::Wrong);
    assert_eq!(hasher.verify(&password(""), None), Verdict::Wrong);
}

#[test]
fn nothing_matches_a_stored_text_that_is_no_hash() {
    let hasher = hasher();
    let stored = PasswordHash::from_stored("none".to_owned());
    for text in ["", "none", "anything"] {
        assert_eq!(hasher.verify(&password(text), Some(&stored)), Verdict::Wrong);
    }
}

#[test]
fn r16_new_parameters_bring_a_new_hash() {
    let old = hasher().hash(&password("correct horse battery")).unwrap();
    let stronger = PasswordHasher::new(128, 1, 1).unwrap();
    let Verdict::Right(Some(new)) = stronger.verify(&password("correct horse battery"), Some(&old)) else {
        panic!("the old hash is right and outdated");
    };
    assert!(new.as_str().starts_with("$argon2id$v=19$m=128,t=1,p=1$"), "{}", new.as_str());
    assert_eq!(stronger.verify(&password("correct horse battery"), Some(&new)), Verdict::Right(None));
}

#[test]
fn one_visible_password_is_one_password() {
    let hasher = hasher();
    for (set, typed) in [
        ("Grüße-é-2026", "Gru\u{308}ße-e\u{301}-2026"),
        ("Gru\u{308}ße-e\u{301}-2026", "Grüße-é-2026"),
        ("ｐａｓｓ１", "pass1"),
    ] {
        let hash = hasher.hash(&password(set)).unwrap();
        assert_eq!(hasher.verify(&password(typed), Some(&hash)), Verdict::Right(None), "{set}");
    }
}

#[test]
fn the_end_of_a_long_password_counts() {
    let hasher = hasher();
    let hash = hasher.hash(&password(&format!("{}{}", "a".repeat(72), "b".repeat(28)))).unwrap();
    let other = password(&format!("{}{}", "a".repeat(72), "c".repeat(28)));
    assert_eq!(hasher.verify(&other, Some(&hash)), Verdict::Wrong);
}

#[test]
fn a_password_over_the_limit_is_wrong_without_being_hashed() {
    let hasher = hasher();
    let long = password(&"a".repeat(Password::MAX_BYTES + 1));
    let hash = hasher.hash(&long).unwrap();
    assert_eq!(hasher.verify(&long, Some(&hash)), Verdict::Wrong);
}

#[test]
fn r12_a_code_is_hashed_although_there_is_none_to_compare_it_with() {
    let hasher = hasher();
    assert_eq!(hasher.find_code(&SetUpCode::random(), &[]), None);
    assert_eq!(hasher.memory.lock().unwrap().len(), 1, "the memory of one hash was freed");
}

fn ada() -> Caller {
    Caller::Known { user: "ada".to_owned(), network: "home".to_owned() }
}

#[tokio::test]
async fn the_turns_come_back_after_callers_hung_up() {
    let hasher = hasher();
    for _ in 0..20 {
        let slot = hasher.admit(ada()).await.unwrap();
        let verification = tokio::spawn(slot.verify(password("x"), None));
        tokio::task::yield_now().await;
        verification.abort();
    }
    let _all: Vec<Slot> = [hasher.admit(ada()).await.unwrap(), hasher.admit(ada()).await.unwrap()].into();
    while hasher.running.available_permits() < 1 {
        tokio::task::yield_now().await;
    }
}

#[test]
fn the_hash_of_another_system_is_replaced_by_ours_after_the_first_correct_password() {
    let hasher = hasher();
    let text = "pbkdf2_sha256$1000$kRfGaE3hAhYgVy3bnnE2lx$I57oGAoskmJdhDOVgSniminWgYo087NZyxseEFpJ4Go=";
    let imported = PasswordHash::of_import(text).unwrap();
    assert_eq!(hasher.verify(&password("correct horse batterx"), Some(&imported)), Verdict::Wrong);
    let Verdict::Right(Some(new)) = hasher.verify(&password("correct horse battery"), Some(&imported)) else {
        panic!("the password is right, and its hash is not ours");
    };
    assert!(new.as_str().starts_with("$argon2id$"), "{}", new.as_str());
    assert_eq!(hasher.verify(&password("correct horse battery"), Some(&new)), Verdict::Right(None));
}

#[test]
fn the_password_of_another_system_is_taken_as_typed() {
    let hasher = hasher();
    // Argon2 of the bytes, as every other program does it, in the form that ours would change.
    let typed = "Gru\u{308}ße 2026";
    let salt = Salt::new(b"0123456789abcdef").unwrap();
    let params = Params::new(64, 1, 1, None).unwrap();
    let hash = hasher.argon2id(&params, typed, &salt, 32).unwrap();
    let phc = Phc {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: (&params).try_into().unwrap(),
        salt: Some(salt),
        hash: Some(hash),
    };
    let imported = PasswordHash::of_import(&phc.to_string()).unwrap();
    assert_ne!(hasher.verify(&password(typed), Some(&imported)), Verdict::Wrong);
    assert_eq!(hasher.verify(&password(typed), Some(&PasswordHash::from_stored(phc.to_string()))), Verdict::Wrong);
}

#[test]
fn r12_a_wrong_password_costs_one_of_our_hashes_for_an_imported_one_too() {
    let hasher = hasher();
    let imported = PasswordHash::of_import("$2b$04$L/PfrME/bmnWcp5ySFy.W.svEsyJqcWl//36D7uPejonPcVp6ZK7u").unwrap();
    assert_eq!(hasher.verify(&password("wrong"), Some(&imported)), Verdict::Wrong);
    assert_eq!(hasher.memory.lock().unwrap().len(), 1, "the memory of one hash was freed");
}
