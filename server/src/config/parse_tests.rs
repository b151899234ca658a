use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use super::*;

/// A value as it comes from the environment.
fn written(text: &str) -> StrDeserializer<'_, Error> {
    text.into_deserializer()
}

#[test]
fn traces_go_to_an_http_address_or_nowhere() {
    assert!(http_url_or_none(written("http://127.0.0.1:4318/v1/traces")).unwrap().is_some());
    assert!(http_url_or_none(written("")).unwrap().is_none());
    for text in ["127.0.0.1:4318", "grpc://127.0.0.1:4317", "/v1/traces"] {
        assert!(http_url_or_none(written(text)).is_err(), "{text}");
    }
}

#[test]
fn an_issuer_that_some_app_misreads_is_refused() {
    let refused = [
        "UKC: Portal",
        "https://login.example",
        "喵 と テスト (https://x)",
        "Smith & Sons",
        "Ask?",
        "#1 Portal",
        "100% Safe",
        "C+ Portal",
        "A/B",
        "a\\b",
        "sTeam",
        "",
        " UKC",
        "UKC ",
        "a\nb",
    ];
    for text in refused {
        assert!(issuer(written(text)).is_err(), "{text:?}");
    }
    assert!(issuer(written(&"ö".repeat(30))).is_ok() && issuer(written(&"ö".repeat(31))).is_err());
    for text in ["UKC Portal", "Köln Портал 門", "Ko\u{308}ln", "हिन्दी", "A-B_C.D (2)", "Steamship"]
    {
        assert!(issuer(written(text)).is_ok(), "{text}");
    }
}

#[test]
fn a_product_name_has_1_to_40_visible_characters() {
    assert!(
        product_name(written("")).is_err()
            && product_name(written(" x")).is_err()
            && product_name(written("a\u{7}b")).is_err()
    );
    assert!(product_name(written(&"門".repeat(40))).is_ok() && product_name(written(&"門".repeat(41))).is_err());
}

#[test]
fn a_number_outside_its_range_is_refused_with_the_range() {
    assert_eq!(number::<0, 1, u8, _>(written("1")).unwrap(), 1);
    for text in ["", "2", "-1", "1.0", "one", "99999999999999999999"] {
        assert_eq!(number::<0, 1, u8, _>(written(text)).unwrap_err().to_string(), "must be a whole number from 0 to 1");
    }
}

#[test]
fn a_trusted_proxy_is_an_address_or_a_network_but_not_everything() {
    let networks = |text| networks(written(text)).map(|list| list.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(networks("10.0.0.0/8, ::1").unwrap(), ["10.0.0.0/8", "::1/128"]);
    assert_eq!(networks("::ffff:10.0.0.9/104, ::ffff:192.0.2.7").unwrap(), ["10.0.0.0/8", "192.0.2.7/32"]);
    assert!(networks("").unwrap().is_empty());
    for text in
        ["10.0.0.0/33", "proxy.example", "10.0.0.1:80", "0.0.0.0/0", "::/0", "::ffff:0:0/96", "::ffff:10.0.0.1/64"]
    {
        assert!(networks(text).is_err(), "{text}");
    }
}

#[test]
fn a_misspelt_log_level_is_refused() {
    for text in ["info", "OFF", "warn,postern=debug"] {
        assert!(filter(written(text)).is_ok(), "{text}");
    }
    for text in ["", "debg", "info,", "info, sqlx=warn", "postern=loud", "info;debug"] {
        assert!(filter(written(text)).is_err(), "{text}");
    }
}
