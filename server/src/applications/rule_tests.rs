use super::*;

fn rule(text: &str) -> Result<Rule, InvalidRule> {
    text.parse()
}

#[test]
fn a_rule_is_written_as_it_is_read() {
    for (text, written) in [
        ("health: open GET,HEAD /healthz", "health: open GET,HEAD /healthz"),
        ("  all :  members   /* ", "all: members /*"),
        ("root: fresh /", "root: fresh /"),
        ("admin: fresh POST /admin/*", "admin: fresh POST /admin/*"),
        ("with slash: refused /a/", "with slash: refused /a"),
        ("encoded: refused /%66orbidden", "encoded: refused /forbidden"),
        ("blank: refused /a b", "blank: refused /a%20b"),
        ("blank at the end: refused /a%20", "blank at the end: refused /a%20"),
        ("wide blank at the end: refused /a\u{3000}", "wide blank at the end: refused /a\u{3000}"),
        ("percent: refused /100%25", "percent: refused /100%25"),
        ("no wildcard: open /docs/%2A", "no wildcard: open /docs/%2A"),
        ("question: members /x%3Fy/*", "question: members /x%3Fy/*"),
        ("number: members /x%23y", "number: members /x%23y"),
        ("letters: refused /größe", "letters: refused /größe"),
    ] {
        let read = rule(text).unwrap();
        assert_eq!(read.to_string(), written);
        assert_eq!(rule(written), Ok(read), "{written}");
    }
}

#[test]
fn what_is_no_rule_is_refused_with_its_name() {
    let named = |error: fn(String) -> InvalidRule| error("a".to_owned());
    for (text, why) in [
        ("", InvalidRule::Malformed),
        ("open /healthz", InvalidRule::Malformed),
        ("a:/healthz", InvalidRule::Malformed),
        (": open /", InvalidRule::Name),
        ("a\u{202e}: open /", InvalidRule::Name),
        ("a: public /", named(InvalidRule::Access)),
        ("a: OPEN /", named(InvalidRule::Access)),
        ("a: open get /", named(InvalidRule::Method)),
        ("a: open GET, HEAD /", named(InvalidRule::Method)),
        ("a: open TRACE /", named(InvalidRule::Method)),
        ("a: open GET", InvalidRule::Path("a".to_owned(), OddPath::NotAPath)),
        ("a: open GET healthz", InvalidRule::Path("a".to_owned(), OddPath::NotAPath)),
        ("a: open healthz", InvalidRule::Path("a".to_owned(), OddPath::NotAPath)),
        ("a: open /a//b", InvalidRule::Path("a".to_owned(), OddPath::Segment)),
        ("a: open /a/../b", InvalidRule::Path("a".to_owned(), OddPath::Segment)),
        ("a: open /a%2fb", InvalidRule::Path("a".to_owned(), OddPath::Hidden)),
        ("a: open /a?b", InvalidRule::Path("a".to_owned(), OddPath::NotAPath)),
        ("a: open /a*", named(InvalidRule::Wildcard)),
        ("a: open /*/b", named(InvalidRule::Wildcard)),
        ("a: open /*/*", named(InvalidRule::Wildcard)),
    ] {
        assert_eq!(rule(text), Err(why), "{text}");
    }
}

#[test]
fn rules_have_different_names_and_a_limit() {
    assert_eq!(Rules::parse(&["a: open /", "a: open /x"]), Err(InvalidRule::SameName("a".to_owned())));
    let many: Vec<String> = (0..101).map(|number| format!("{number}: open /")).collect();
    assert_eq!(Rules::parse(&many), Err(InvalidRule::TooMany));
    assert!(Rules::parse(&many[1..]).is_ok());
}

#[test]
fn without_rules_members_may_use_everything_and_damaged_ones_let_nobody_in() {
    assert_eq!(Rules::parse::<&str>(&[]).unwrap().to_stored(), "everything: members /*");
    let rules = Rules::parse(&["health: open GET /healthz", "rest: fresh /*"]).unwrap();
    assert_eq!(Rules::from_stored(&rules.to_stored()), rules);
    for damaged in ["", "nonsense", "a: open /\n", "a: open /*\nnonsense"] {
        let rules = Rules::from_stored(damaged);
        if damaged.ends_with('\n') {
            assert_eq!(rules.to_stored(), "a: open /");
        } else {
            assert_eq!(rules.to_stored(), "everything: refused /*", "{damaged:?}");
        }
    }
}
