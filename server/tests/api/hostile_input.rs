//! Input that nobody sends by accident: every parser, and every route, is given whatever comes to a generator's mind. `cargo xtask fuzz`
//! generates more of it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Method, Request};
use postern::http::cookies::SESSION_COOKIE;
use postern_testkit::parsers::PARSERS;
use postern_testkit::{ADA, Portal};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tower::ServiceExt;
use url::form_urlencoded::Serializer;

/// More than any parser takes for a short input, on a machine that does something else.
const LONG: Duration = Duration::from_secs(10);

/// Gives an input to every parser.
fn parse(input: &[u8]) {
    for parser in PARSERS {
        let begun = Instant::now();
        (parser.check)(input);
        assert!(begun.elapsed() < LONG, "{} takes {:?}: {input:?}", parser.name, begun.elapsed());
    }
}

proptest! {
    #[test]
    fn no_bytes_are_more_than_refused(input in vec(any::<u8>(), 0..400)) {
        parse(&input);
    }

    #[test]
    fn no_text_is_more_than_refused(input in "\\PC{0,200}") {
        parse(input.as_bytes());
    }

    #[test]
    fn a_damaged_example_is_read_or_refused(
        examples in any::<Index>(),
        from in any::<Index>(),
        length in 0_usize..12,
        instead in prop_oneof![vec(any::<u8>(), 0..12), "[%./?#;:@,&=+\\n -]{0,6}".prop_map(String::into_bytes)],
    ) {
        let all: Vec<&[u8]> = PARSERS.iter().flat_map(|parser| parser.examples).copied().collect();
        let mut input = examples.get(&all).to_vec();
        let from = from.index(input.len());
        input.splice(from..(from + length).min(input.len()), instead);
        parse(&input);
    }
}

#[test]
fn the_examples_of_every_parser_hold_what_is_promised() {
    for parser in PARSERS {
        parser.examples.iter().for_each(|example| (parser.check)(example));
    }
}

/// What is varied in a request.
#[derive(Clone, Debug)]
struct Hostile {
    path: String,
    method: Method,
    query: Vec<(&'static str, String)>,
    header: (&'static str, Vec<u8>),
    body: Vec<u8>,
    has_session: bool,
}

const PARAMETERS: [&str; 16] = [
    "search",
    "page",
    "per_page",
    "sort",
    "from",
    "to",
    "result",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "response_type",
    "code_challenge",
    "prompt",
    "max_age",
    "application",
];
const FIELDS: [&str; 14] = [
    "email",
    "password",
    "code",
    "name",
    "new_password",
    "token",
    "accounts",
    "rules",
    "url",
    "credential",
    "reason",
    "role",
    "allowed_addresses",
    "set_up_code",
];
const HEADERS: [&str; 10] = [
    "accept",
    "accept-encoding",
    "authorization",
    "cookie",
    "forwarded",
    "host",
    "if-match",
    "if-none-match",
    "x-forwarded-for",
    "x-forwarded-uri",
];
/// Routes that are not in the document of the API.
const MORE_PATHS: [&str; 8] = [
    "/",
    "/console",
    "/oidc/authorize",
    "/oidc/token",
    "/oidc/userinfo",
    "/api/forward-auth",
    "/.well-known/openid-configuration",
    "/.postern/callback",
];

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,30}".prop_map(Value::from),
        "[0-9]{6}|[\\x00-\\x1f]{1,4}|ada@example\\.com".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((select(&FIELDS[..]), inner), 0..4)
                .prop_map(|fields| json!(fields.into_iter().collect::<std::collections::BTreeMap<_, _>>())),
        ]
    })
}

fn hostile(paths: Vec<String>) -> impl Strategy<Value = Hostile> {
    let methods = select(vec![Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::HEAD]);
    let fields = vec((select(&FIELDS[..]), json_value()), 0..6);
    let object =
        fields.prop_map(|fields| json!(fields.into_iter().collect::<std::collections::BTreeMap<_, _>>()).to_string());
    let body = prop_oneof![4 => object.prop_map(String::into_bytes), 1 => vec(any::<u8>(), 0..200)];
    let query =
        vec((select(&PARAMETERS[..]), "\\PC{0,30}|-?[0-9]{1,20}|[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]{8}Z)?"), 0..5);
    let header = (select(&HEADERS[..]), vec(prop_oneof![0x20..=0x7e_u8, 0x80..=0xff_u8], 0..80));
    let path = (select(paths), "[0-9a-f]{32}|[a-zA-Z0-9%._~-]{0,20}").prop_map(|(path, id)| {
        let (before, rest) = path.split_once('{').unwrap_or((&path, ""));
        let after = rest.split_once('}').map_or("", |(_, after)| after);
        format!("{before}{}{after}", if rest.is_empty() { "" } else { &id })
    });
    (path, methods, query, header, body, any::<bool>()).prop_map(|(path, method, query, header, body, has_session)| {
        Hostile { path, method, query, header, body, has_session }
    })
}

impl Hostile {
    /// The request; `None` if its path is no part of a URI.
    fn request(&self, session: &str) -> Option<Request<Body>> {
        let query = Serializer::new(String::new()).extend_pairs(&self.query).finish();
        let uri = format!("{}?{query}", self.path);
        let request = Request::builder().method(self.method.clone()).uri(uri).header("sec-fetch-site", "same-origin");
        let mut request =
            request.header("content-type", "application/json").body(Body::from(self.body.clone())).ok()?;
        if self.has_session {
            request.headers_mut().insert("cookie", format!("{SESSION_COOKIE}={session}").parse().unwrap());
        }
        request.headers_mut().append(self.header.0, HeaderValue::from_bytes(&self.header.1).unwrap());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([198, 51, 100, 7], 40_000))));
        Some(request)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_answered_with_an_error_of_the_server() {
    let portal = Portal::on_sqlite().await;
    let session = portal.admin("Acme", ADA).await.browser.session().unwrap();
    let document = serde_json::to_value(postern::api_document()).unwrap();
    let paths = document["paths"].as_object().unwrap().keys().cloned();
    let requests = hostile(paths.chain(MORE_PATHS.map(str::to_owned)).collect());
    let mut runner = TestRunner::default();
    for _ in 0..2 * ProptestConfig::default().cases {
        let hostile = requests.new_tree(&mut runner).unwrap().current();
        let Some(request) = hostile.request(&session) else { continue };
        let begun = Instant::now();
        let answer = portal.router.clone().oneshot(request).await.unwrap();
        assert!(answer.status().as_u16() < 500, "{}: {hostile:?}", answer.status());
        assert!(begun.elapsed() < LONG, "{:?}: {hostile:?}", begun.elapsed());
    }
}
