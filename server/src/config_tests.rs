//! What the settings take and refuse.

use super::*;

fn with(name: &str, value: &str) -> anyhow::Result<Config> {
    let mut values = Values::new();
    add(&mut values, name, value.to_owned(), "test".to_owned())?;
    from_values(&values)
}

#[test]
fn the_defaults_are_valid() {
    assert_eq!(Config::defaults("x".into(), DatabaseUrl::Sqlite("y".into())).issuer, "Postern");
}

#[test]
fn c01_c04_an_issuer_that_some_app_misreads_is_refused() {
    for issuer in ["UKC: Portal", "https://login.example", "Smith & Sons", "Ask?", "#1", "100% Safe", "C+", "sTeam", ""]
    {
        assert!(with("issuer", issuer).is_err(), "{issuer}");
    }
    for issuer in ["UKC Portal", "Köln Портал 門"] {
        assert!(with("issuer", issuer).is_ok(), "{issuer}");
    }
}

#[test]
fn c76_plain_http_beyond_localhost_is_refused_with_what_to_do() {
    let error = format!("{:#}", with("public_url", "http://192.168.1.5").unwrap_err());
    assert!(error.contains("public_url") && error.contains("TLS proxy"), "{error}");
}

#[test]
fn an_unknown_name_is_refused_with_its_source() {
    let error =
        add_environment(&mut Values::new(), [("POSTERN_LISTN".to_owned(), String::new())].into_iter()).unwrap_err();
    assert!(error.to_string().contains("POSTERN_LISTN"));
    assert!(add_file(&mut Values::new(), "listn = 'x'", "postern.toml").is_err());
}

#[test]
fn an_error_never_shows_the_value() {
    let error = format!("{:#}", with("database", "mysql://u:hunter2@h").unwrap_err());
    assert!(!error.contains("hunter2"), "{error}");
}
