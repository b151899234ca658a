use postern_types::RequestMethod::{Delete, Get, Head, Post};
use postern_types::RuleMatch::{Decides, NotReached, OtherMethod, OtherPath};

use super::*;
use crate::addresses::AddressList;
use crate::applications::{Grant, Origin, Rules};
use crate::display_name::DisplayName;
use crate::ids::{AccountId, ApplicationId};

const NOW: UnixTime = 1_800_000_000;

fn application(rules: &[&str]) -> Application {
    Application {
        id: ApplicationId::named("a".to_owned()),
        name: DisplayName::parse("Wiki").unwrap(),
        url: "https://wiki.example.com/".to_owned(),
        origin: Origin::parse("https://wiki.example.com").unwrap(),
        rules: Rules::parse(rules).unwrap(),
        two_factor: false,
        max_age_s: None,
        excluded_networks: Vec::new(),
    }
}

fn networks(entries: &[&str]) -> Option<AddressList> {
    AddressList::from_stored(&entries.join("\n"))
}

fn grant() -> Grant {
    Grant {
        account_id: AccountId::named("acme".to_owned()),
        is_chosen: true,
        needs_factor: false,
        addresses: networks(&[]),
        previous_addresses: networks(&[]),
        addresses_confirm_by: None,
        user_addresses: networks(&[]),
    }
}

/// Logged in a minute ago with both factors.
fn visitor() -> Visitor {
    Visitor {
        authenticated_at: Some(NOW - 60),
        factor_shown_at: Some(NOW - 60),
        two_factor_since: Some(NOW - 9_000),
        new_password_since: None,
        grants: vec![grant()],
    }
}

fn address(text: &str) -> ClientAddress {
    ClientAddress::Known(text.parse().unwrap())
}

fn verdict_from(
    application: &Application,
    client: ClientAddress,
    (method, path): (RequestMethod, &str),
    visitor: Option<&Visitor>,
) -> Verdict {
    let path = DecodedPath::parse(path).unwrap();
    let asked = Asked { path: &path, method, address: client, at: NOW };
    decide(application, &asked, visitor).verdict()
}

fn verdict(application: &Application, asked: (RequestMethod, &str), visitor: Option<&Visitor>) -> Verdict {
    verdict_from(application, address("192.0.2.7"), asked, visitor)
}

/// The name of the rule that decides.
fn rule(application: &Application, method: RequestMethod, path: &str) -> String {
    let path = DecodedPath::parse(path).unwrap();
    let asked = Asked { path: &path, method, address: address("192.0.2.7"), at: NOW };
    rule_for(application, &asked).map_or_else(|| "none".to_owned(), |rule| rule.name.clone())
}

#[test]
fn the_first_rule_that_is_about_a_request_decides() {
    let application = application(&[
        "health: open GET,HEAD /healthz",
        "static: open GET /static/*",
        "forbidden: refused /forbidden/*",
        "admin: fresh /admin/*",
        "home: members /",
        "wiki: members GET,POST /wiki/*",
    ]);
    for (method, path, name) in [
        (Get, "/healthz", "health"),
        (Head, "/healthz", "health"),
        (Get, "/healthz/", "health"),
        (Post, "/healthz", "none"),
        (Get, "/healthz2", "none"),
        (Get, "/healthz/more", "none"),
        (Get, "/static", "static"),
        (Get, "/static/", "static"),
        (Get, "/static/a/b.css", "static"),
        (Get, "/staticky", "none"),
        (Get, "/forbidden", "forbidden"),
        (Get, "/%66orbidden", "forbidden"),
        (Get, "/forb%69dden/x", "forbidden"),
        (Delete, "/admin/users", "admin"),
        (Get, "/", "home"),
        (Get, "/wiki/Start", "wiki"),
        (Delete, "/wiki/Start", "none"),
        (Get, "/elsewhere", "none"),
    ] {
        assert_eq!(rule(&application, method, path), name, "{method:?} {path}");
    }
}

#[test]
fn a_path_that_servers_read_differently_meets_the_strictest_rule() {
    let application = application(&[
        "health: open /healthz",
        "public: open /public/*",
        "Export: refused /Export",
        "forbidden: refused /forbidden/*",
        "admin: fresh /admin/*",
        "rest: members /*",
    ]);
    for (path, name) in [
        // Some servers know no difference between upper and lower case.
        ("/Forbidden", "forbidden"),
        ("/FORBIDDEN/x", "forbidden"),
        ("/Admin/", "admin"),
        ("/export", "Export"),
        ("/EXPORT", "Export"),
        // U+FF46, which compatibility forms read as an f, and U+212A, the sign for kelvin.
        ("/%ef%bd%86orbidden", "forbidden"),
        // What loosens is exact.
        ("/HealthZ", "rest"),
        ("/Public/x", "rest"),
        ("/public/Logo.PNG", "public"),
        // Some servers ignore parameters.
        ("/forbidden;x", "forbidden"),
        ("/forbidden;x/y", "forbidden"),
        ("/FORBIDDEN;x/y", "forbidden"),
        ("/admin;jsessionid=1", "admin"),
        ("/admin%20", "admin"),
        ("/admin%20/x", "admin"),
        ("/%20admin", "admin"),
        ("/ADMIN.%20./x", "admin"),
        ("/admin%C2%A0;x/y", "admin"),
        ("/forbidden./x", "forbidden"),
        ("/healthz.", "rest"),
        ("/healthz%20", "rest"),
        ("/public;x/y", "rest"),
        ("/public/x;y", "public"),
        ("/healthz;x", "rest"),
        ("/wiki;x", "rest"),
    ] {
        assert_eq!(rule(&application, Get, path), name, "{path}");
    }
}

#[test]
fn a_path_that_one_reading_has_no_rule_for_is_refused() {
    let application = application(&["public: open /public/*"]);
    assert_eq!(rule(&application, Get, "/public/x"), "public");
    assert_eq!(rule(&application, Get, "/Public/x"), "none");
    assert_eq!(rule(&application, Get, "/public;x/y"), "none");
}

#[test]
fn an_open_path_needs_nobody_and_a_refused_one_lets_nobody_in() {
    let application = application(&["health: open /healthz", "old: refused /old", "rest: members /*"]);
    assert_eq!(verdict(&application, (Get, "/healthz"), None), Verdict::Open);
    assert_eq!(verdict(&application, (Get, "/old"), Some(&visitor())), Verdict::RefusedByRule);
    assert_eq!(verdict(&application, (Get, "/"), None), Verdict::LogIn);
    assert_eq!(verdict(&application, (Get, "/"), Some(&visitor())), Verdict::Allowed);
}

#[test]
fn a_log_in_that_is_not_complete_is_none() {
    let application = application(&[]);
    let pending = Visitor { authenticated_at: None, ..visitor() };
    let old_password = Visitor { new_password_since: Some(NOW), ..visitor() };
    for visitor in [pending, old_password] {
        assert_eq!(verdict(&application, (Get, "/"), Some(&visitor)), Verdict::LogIn);
    }
}

#[test]
fn only_an_account_gives_an_application_and_only_to_those_chosen() {
    let application = application(&[]);
    let with = |grants: Vec<Grant>| verdict(&application, (Get, "/"), Some(&Visitor { grants, ..visitor() }));
    let not_chosen = Grant { is_chosen: false, ..grant() };
    let elsewhere = Grant { addresses: networks(&["198.51.100.0/24"]), ..grant() };
    let user_elsewhere = Grant { user_addresses: networks(&["198.51.100.0/24"]), ..grant() };
    let damaged = Grant { user_addresses: None, ..grant() };
    assert_eq!(with(vec![]), Verdict::NotGiven);
    assert_eq!(with(vec![not_chosen.clone()]), Verdict::NotChosen);
    assert_eq!(with(vec![not_chosen.clone(), grant()]), Verdict::Allowed, "one account is enough");
    for refused in [elsewhere, user_elsewhere, damaged] {
        assert_eq!(with(vec![not_chosen.clone(), refused]), Verdict::AddressRefused);
    }
}

#[test]
fn a_list_of_addresses_that_nobody_confirmed_is_not_in_force() {
    let application = application(&[]);
    let changed = Grant { previous_addresses: networks(&["198.51.100.0/24"]), ..grant() };
    let with = |confirm_by| {
        let grants = vec![Grant { addresses_confirm_by: Some(confirm_by), ..changed.clone() }];
        verdict(&application, (Get, "/"), Some(&Visitor { grants, ..visitor() }))
    };
    assert_eq!(with(NOW + 1), Verdict::Allowed);
    assert_eq!(with(NOW), Verdict::AddressRefused);
}

#[test]
fn nothing_is_open_to_an_excluded_network() {
    let mut application = application(&["everything: open /*"]);
    application.excluded_networks = vec!["192.0.2.0/24".parse().unwrap()];
    for (client, expected) in [
        (address("192.0.2.7"), Verdict::ExcludedNetwork),
        (address("::ffff:192.0.2.7"), Verdict::ExcludedNetwork),
        (ClientAddress::Unknown, Verdict::ExcludedNetwork),
        (address("192.0.3.7"), Verdict::Open),
    ] {
        assert_eq!(verdict_from(&application, client, (Get, "/"), None), expected, "{client}");
    }
}

#[test]
fn a_log_in_ages_where_the_application_says_so() {
    let mut application = application(&[]);
    application.max_age_s = Some(3_600);
    let logged_in = |at| Visitor { authenticated_at: Some(at), ..visitor() };
    assert_eq!(verdict(&application, (Get, "/"), Some(&logged_in(NOW - 3_599))), Verdict::Allowed);
    assert_eq!(verdict(&application, (Get, "/"), Some(&logged_in(NOW - 3_600))), Verdict::LogInAgain);
    let stranger = Visitor { grants: vec![], ..logged_in(NOW - 3_600) };
    assert_eq!(verdict(&application, (Get, "/"), Some(&stranger)), Verdict::NotGiven, "a new log-in would not help");
}

#[test]
fn an_application_may_require_a_second_factor() {
    let mut application = application(&[]);
    let password_only = Visitor { factor_shown_at: None, two_factor_since: None, ..visitor() };
    let not_shown = Visitor { factor_shown_at: None, ..visitor() };
    let shown_long_ago = Visitor { factor_shown_at: Some(NOW - 90_000), ..visitor() };
    assert_eq!(verdict(&application, (Get, "/"), Some(&password_only)), Verdict::Allowed);
    application.two_factor = true;
    assert_eq!(verdict(&application, (Get, "/"), Some(&password_only)), Verdict::SecondFactorMissing);
    assert_eq!(verdict(&application, (Get, "/"), Some(&not_shown)), Verdict::ShowFactor);
    assert_eq!(verdict(&application, (Get, "/"), Some(&shown_long_ago)), Verdict::Allowed);
}

#[test]
fn a_rule_may_require_a_second_factor_of_the_last_ten_minutes() {
    let application = application(&["admin: fresh /admin/*", "rest: members /*"]);
    let shown = |factor_shown_at| Visitor { factor_shown_at, ..visitor() };
    let password_only = Visitor { factor_shown_at: None, two_factor_since: None, ..visitor() };
    assert_eq!(verdict(&application, (Get, "/admin"), Some(&shown(Some(NOW - 599)))), Verdict::Allowed);
    assert_eq!(verdict(&application, (Get, "/admin"), Some(&shown(Some(NOW - 600)))), Verdict::ShowFactor);
    assert_eq!(verdict(&application, (Get, "/admin"), Some(&shown(None))), Verdict::ShowFactor);
    assert_eq!(verdict(&application, (Get, "/admin"), Some(&password_only)), Verdict::SecondFactorMissing);
    assert_eq!(verdict(&application, (Get, "/admin"), None), Verdict::LogIn);
}

#[test]
fn the_explanation_says_of_every_rule_whether_it_decides() {
    let application = application(&[
        "health: open /healthz",
        "write: refused POST /admin/*",
        "admin: fresh /admin/*",
        "rest: members /*",
    ]);
    let path = DecodedPath::parse("/admin/x").unwrap();
    let asked = Asked { path: &path, method: Get, address: address("192.0.2.7"), at: NOW };
    let matches: Vec<_> = rules_of(&application, &asked).into_iter().map(|(_, matched)| matched).collect();
    assert_eq!(matches, [OtherPath, OtherMethod, Decides, NotReached]);
}
