use super::*;

const ORIGIN: &str = "https://wiki.example.com";

fn start_of(url: &str) -> Option<Start> {
    Start::parse(url.strip_prefix(ORIGIN)?.strip_prefix(START)?.strip_prefix('?')?)
}

fn opening(to: &str) -> String {
    let start = Start { to: to.to_owned(), is_again: false };
    Opening::path(&ApplicationId::random(), &Token::random().hash(), &start)
}

#[test]
fn a_target_comes_through_every_address_as_it_was() {
    let origin = Origin::parse(ORIGIN).unwrap();
    for to in [
        "/",
        "/a?b=c&d=%26&e",
        "/%66orbidden?x=/../y",
        "/a+b?c+d=é".trim_end_matches('é'),
        "/a?https://evil.example",
        "/?#".trim_end_matches('#'),
    ] {
        for is_again in [false, true] {
            let start = start_of(&Start::url(&origin, to, is_again)).unwrap();
            assert_eq!((start.to.as_str(), start.is_again), (to, is_again));
            let path = Opening::path(&ApplicationId::random(), &Token::random().hash(), &start);
            let opening = Opening::parse(path.strip_prefix("/open?").unwrap()).unwrap();
            assert_eq!((opening.target.as_str(), opening.is_again), (to, is_again));
        }
    }
}

#[test]
fn an_encoded_target_of_2000_bytes_is_kept_and_a_longer_one_becomes_the_root() {
    let origin = Origin::parse(ORIGIN).unwrap();
    let half = "/?".to_owned() + &"&a".repeat(499);
    assert_eq!(utf8_percent_encode(&half, PLAIN).to_string().len(), 2_000);
    for (to, kept) in [(half.clone(), true), (half + "b", false), ("/".to_owned() + &"a".repeat(1_999), true)] {
        let url = Start::url(&origin, &to, false);
        assert_eq!(start_of(&url).unwrap().to == to, kept);
        let query = format!("to={}", utf8_percent_encode(&to, PLAIN));
        assert_eq!(Start::parse(&query).unwrap().to == to, kept);
        assert!(log_in_page(&opening(&to)).len() < 3_300);
    }
}

#[test]
fn what_is_no_path_of_the_own_origin_is_refused() {
    for to in [
        "",
        "a",
        "https://evil.example/",
        "https:evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "/%2fevil.example",
        "/%2Fevil.example",
        "/%5cevil.example",
        "/.//evil.example",
        "/..//evil.example",
        "/%2e%2e//evil.example",
        "/\tevil.example",
        "\t//evil.example",
        " //evil.example",
        "/\n/evil.example",
        "/\r\nLocation: https://evil.example",
        "/a\0",
        "/%0d%0aLocation:%20x",
        "/é",
        "/#",
        "@evil.example",
        ".evil.example",
        ":443/",
        "javascript:alert(1)",
        "data:text/html,x",
        "/%252fevil.example",
        "/%zz",
        "/%c0%af",
        "?x",
    ] {
        let query = format!("to={}", utf8_percent_encode(to, NON_ALPHANUMERIC));
        assert_eq!(Start::parse(&query), None, "{to:?}");
        assert_eq!(Opening::parse(opening(to).strip_prefix("/open?").unwrap()), None, "{to:?}");
    }
}

#[test]
fn a_parameter_that_is_missing_repeated_or_unknown_is_refused() {
    let code = Token::random();
    let query = format!("code={}", code.expose());
    assert_eq!(Callback::parse(&query).unwrap().code.hash(), code.hash());
    for bad in ["", "code=", "code=x", &format!("{query}&{query}"), &format!("{query}&to=/"), &format!("{query}a")] {
        assert!(Callback::parse(bad).is_none(), "{bad}");
    }
    for bad in ["to=/&to=/", "to=/&x", "to=/a&to=/b", "TO=/", "to[]=/"] {
        assert!(Start::parse(bad).is_none(), "{bad}");
    }
    assert_eq!(Start::parse("").unwrap().to, "/");
}
