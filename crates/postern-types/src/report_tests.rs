use strum::IntoEnumIterator;

use super::*;

#[test]
fn the_word_in_the_database_is_the_word_of_the_contract() {
    for what in What::iter() {
        assert_eq!(serde_json::to_value(what).unwrap(), what.as_str());
        assert_eq!(what.as_str().parse(), Ok(what));
    }
    for outcome in Outcome::iter() {
        assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
        assert_eq!(outcome.as_str().parse(), Ok(outcome));
    }
    for factor in Factor::iter() {
        assert_eq!(serde_json::to_value(factor).unwrap(), factor.as_str());
        assert_eq!(factor.as_str().parse(), Ok(factor));
    }
}

#[test]
fn what_a_newer_server_says_is_read_as_unknown() {
    assert_eq!(serde_json::from_str::<What>(r#""tea_made""#).unwrap(), What::Unknown);
    assert_eq!(serde_json::from_str::<Outcome>(r#""tea_made""#).unwrap(), Outcome::Unknown);
    assert_eq!(serde_json::from_str::<Factor>(r#""tea""#).unwrap(), Factor::Unknown);
    assert_eq!(serde_json::from_str::<Detail>(r#"{"detail":"tea","cups":2}"#).unwrap(), Detail::Unknown);
}
