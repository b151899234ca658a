//! Answers of authenticators that other programs have made and checked: `passkeys_vectors.json` was made with Python's fido2 2.2.1
//! (`AuthenticatorData.create`, `AttestationObject.create`, `CollectedClientData.create`, with keys of cryptography 50.0.2) for the
//! relying party `portal.example.com`, and each answer was accepted by `verifyRegistrationResponse` and
//! `verifyAuthenticationResponse` of @simplewebauthn/server 14.0.3, with user verification required. The authenticator says that it
//! is Windows Hello: once with ES256, backed up and without a counter, and once with RS256, bound to its device and with one.

use postern::auth::passkey::answer::{Assertion, Registration};
use postern::auth::passkey::kind::kind;
use postern::auth::passkey::{NewCredential, Owner, Refused, RelyingParty, Shown, Stored, UserHandle};
use postern::config::PublicUrl;
use serde_json::Value;

fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("passkeys_vectors.json")).unwrap()
}

fn portal() -> RelyingParty {
    RelyingParty::new(&PublicUrl::parse("https://portal.example.com").unwrap(), "Postern").unwrap()
}

/// The state of a registration that was begun with the vector's challenge.
fn registering(portal: &RelyingParty, vector: &Value) -> String {
    let owner = Owner { handle: &UserHandle::of(&[0; 16]), email: "ada@example.com", name: "Ada" };
    let asked = portal.ask_for_new(owner, &[]).unwrap();
    asked.state.replace(&asked.challenge, vector["create_challenge"].as_str().unwrap())
}

/// The state of an authentication that was begun with the vector's challenge.
fn showing(portal: &RelyingParty, vector: &Value) -> String {
    let asked = portal.ask_to_show(&[]).unwrap();
    asked.state.replace(&asked.challenge, vector["get_challenge"].as_str().unwrap())
}

fn registered(portal: &RelyingParty, vector: &Value) -> NewCredential {
    let answer = Registration::read(vector["registration"].clone()).unwrap();
    portal.check_new(&answer, &registering(portal, vector)).unwrap()
}

fn stored(made: &NewCredential) -> Stored<'_> {
    Stored { json: &made.json, counter: made.counter, backup_eligible: made.backup_eligible, backed_up: made.backed_up }
}

#[test]
fn what_other_programs_make_is_accepted() {
    let portal = portal();
    let expected = [
        (0, true, Shown { counter: 0, backup_eligible: true, backed_up: true }),
        (1, false, Shown { counter: 2, backup_eligible: false, backed_up: false }),
    ];
    for (vector, (counter, backed_up, shown)) in vectors().iter().zip(expected) {
        let made = registered(&portal, vector);
        assert_eq!(made.id.as_str(), vector["registration"]["id"].as_str().unwrap());
        assert_eq!((made.counter, made.backup_eligible, made.backed_up), (counter, backed_up, backed_up));
        assert_eq!(kind(&made.aaguid, !made.backup_eligible, &made.transports), "Windows Hello");
        assert_eq!(made.transports, "internal");
        let answer = Assertion::read(vector["assertion"].clone()).unwrap();
        assert_eq!(portal.check_shown(&answer, &showing(&portal, vector), stored(&made)), Ok(shown));
    }
}

#[test]
fn the_same_answers_are_refused_for_another_challenge_credential_or_host() {
    let portal = portal();
    let all = vectors();
    let [one, two] = [&all[0], &all[1]].map(|vector| registered(&portal, vector));
    let answer = Assertion::read(all[0]["assertion"].clone()).unwrap();
    let check = |portal: &RelyingParty, state: &str, made| portal.check_shown(&answer, state, stored(made));
    assert_eq!(check(&portal, &showing(&portal, &all[1]), &one), Err(Refused::Challenge));
    assert_eq!(check(&portal, &showing(&portal, &all[0]), &two), Err(Refused::Invalid));
    let other = RelyingParty::new(&PublicUrl::parse("https://portal.example.org").unwrap(), "Postern").unwrap();
    assert_eq!(check(&other, &showing(&other, &all[0]), &one), Err(Refused::Origin));
    let made = Registration::read(all[0]["registration"].clone()).unwrap();
    assert_eq!(portal.check_new(&made, &registering(&portal, &all[1])).unwrap_err(), Refused::Challenge);
    assert_eq!(other.check_new(&made, &registering(&other, &all[0])).unwrap_err(), Refused::Origin);
}

#[test]
fn a_changed_signature_or_counter_is_refused() {
    let portal = portal();
    let vector = &vectors()[1];
    let made = registered(&portal, vector);
    let mut forged = vector["assertion"].clone();
    let signature = forged["response"]["signature"].as_str().unwrap().to_owned();
    forged["response"]["signature"] = signature.chars().rev().collect::<String>().into();
    let answer = Assertion::read(forged);
    let refused = answer.map(|answer| portal.check_shown(&answer, &showing(&portal, vector), stored(&made)));
    assert!(matches!(refused, None | Some(Err(Refused::Invalid))), "{refused:?}");
    let answer = Assertion::read(vector["assertion"].clone()).unwrap();
    let seen = Stored { counter: 2, ..stored(&made) };
    assert_eq!(portal.check_shown(&answer, &showing(&portal, vector), seen), Err(Refused::Counter));
}

#[test]
fn there_are_no_passkeys_where_the_host_is_a_number() {
    for (url, works) in [
        ("http://127.0.0.1:8080", false),
        ("https://192.0.2.7", false),
        ("https://[2001:db8::1]", false),
        ("http://localhost:8080", true),
        ("http://login.localhost", true),
        ("https://portal", true),
    ] {
        assert_eq!(RelyingParty::new(&PublicUrl::parse(url).unwrap(), "Postern").is_some(), works, "{url}");
    }
}
