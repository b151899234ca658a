use super::*;
use crate::display_name::DisplayName;
use crate::ids::{ApplicationId, ClientId};
use crate::oidc::client::{ClientKind, Pkce, TokenForm};
use crate::oidc::key::Algorithm;

const CHALLENGE_OF_RFC: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn client() -> Client {
    Client {
        id: ClientId::named("c".to_owned()),
        application_id: ApplicationId::named("a".to_owned()),
        name: DisplayName::parse("Wiki").unwrap(),
        redirect_uris: Vec::new(),
        sign_out_uris: Vec::new(),
        back_channel_uri: None,
        kind: ClientKind::Confidential,
        pkce: Pkce::Optional,
        requires_consent: false,
        has_id_token_claims: false,
        algorithm: Algorithm::Rs256,
        access_tokens: TokenForm::Opaque,
    }
}

fn read(query: &str) -> Result<AuthorizationRequest, Refusal> {
    AuthorizationRequest::read(&Parameters::parse(query.as_bytes()), &client())
}

#[test]
fn what_is_not_supported_is_refused_by_its_name() {
    for (query, refusal) in [
        ("", NO_RESPONSE_TYPE),
        ("response_type=token", RESPONSE_TYPE),
        ("response_type=code+id_token", RESPONSE_TYPE),
        ("response_type=code&response_mode=fragment", RESPONSE_MODE),
        ("response_type=code&request=x", REQUEST_OBJECT),
        ("response_type=code&request_uri=https://x", REQUEST_URI),
        ("response_type=code&registration=x", REGISTRATION),
        ("response_type=code&prompt=none+login", PROMPT),
        ("response_type=code&max_age=x", MAX_AGE),
        ("response_type=code&max_age=-1", MAX_AGE),
    ] {
        assert_eq!(read(query), Err(refusal), "{query}");
    }
}

#[test]
fn what_is_unknown_is_ignored() {
    let request =
        read("response_type=code&scope=openid+tea&prompt=tea&acr_values=tea&claims=x&display=x&tea=1").unwrap();
    assert_eq!(request.scopes, Scopes::parse("openid"));
    assert!(!request.is_silent && !request.wants_log_in && !request.wants_consent);
    assert_eq!(request.acr, Acr::OneFactor);
}

#[test]
fn a_challenge_must_be_of_s256_and_a_public_client_must_send_one() {
    let query = |rest: &str| format!("response_type=code&code_challenge={CHALLENGE_OF_RFC}{rest}");
    assert!(read(&query("&code_challenge_method=S256")).unwrap().challenge.is_some());
    assert_eq!(read(&query("")), Err(CHALLENGE_METHOD));
    assert_eq!(read(&query("&code_challenge_method=plain")), Err(CHALLENGE_METHOD));
    assert_eq!(read("response_type=code&code_challenge=x&code_challenge_method=S256"), Err(CHALLENGE));
    assert!(read("response_type=code").unwrap().challenge.is_none());
    let without = Parameters::parse(b"response_type=code");
    for client in [Client { kind: ClientKind::Public, ..client() }, Client { pkce: Pkce::Required, ..client() }] {
        assert_eq!(AuthorizationRequest::read(&without, &client), Err(NO_CHALLENGE));
    }
}

#[test]
fn a_log_in_that_the_request_has_caused_is_recent_enough() {
    for query in ["prompt=login", "prompt=select_account+consent", "max_age=0", "max_age=1"] {
        let at = |rest: &str| read(&format!("response_type=code&{query}{rest}")).unwrap();
        assert!(at("").needs_log_in(1_000, 2_000), "{query}");
        assert!(at("&postern_since=1001").needs_log_in(1_000, 2_000), "{query}");
        assert!(!at("&postern_since=1000").needs_log_in(1_000, 2_000), "{query}");
    }
    assert!(!read("response_type=code&max_age=1000").unwrap().needs_log_in(1_000, 2_000));
    assert!(!read("response_type=code&max_age=99999999999999999999").unwrap().needs_log_in(1_000, 2_000));
    assert!(!read("response_type=code").unwrap().needs_log_in(1_000, 2_000));
}

#[test]
fn of_several_acr_values_the_weakest_is_enough() {
    let acr = |values: &str| read(&format!("response_type=code&acr_values={values}")).unwrap().acr;
    assert_eq!(acr("urn:postern:phr+urn:postern:2fa"), Acr::TwoFactors);
    assert_eq!(acr("urn:postern:phr"), Acr::PhishingResistant);
    assert_eq!(acr("urn:postern:1fa+urn:postern:phr"), Acr::OneFactor);
}
