//! Every parser of what comes from outside, with what must hold for whatever bytes it is given: it does not panic, what it prints it reads
//! back, and what is refused or damaged allows nothing. Property tests and `fuzz/` feed them.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};

use axum::http::{HeaderMap, HeaderValue, Request};
use ipnet::IpNet;
use postern::addresses::{AddressList, ClientAddress, parse_network, stored_allows};
use postern::applications::{
    ApplicationUrl, DecodedPath, Icon, MediaType, Origin, Rule, Rules, parse_max_age, parse_networks,
};
use postern::auth::key_ring::KeyRing;
use postern::auth::look_up_secret::{RecoveryCode, SetUpCode};
use postern::auth::passkey::answer::{Assertion, Registration};
use postern::auth::token::{Token, TokenHash};
use postern::backup::{Lock, read_header};
use postern::config::{PublicUrl, SmtpUrl};
use postern::display_name::DisplayName;
use postern::http::client_address::client_address;
use postern::http::forwarded::{Description, ForwardedRequest, Target};
use postern::http::redirects::{Callback, Opening, Start};
use postern::importing::{Format, Reading, read};
use postern::oidc::client::ClientKind;
use postern::oidc::parameters::Parameters;
use postern::oidc::pkce::Challenge;
use postern::oidc::redirect_uri::RedirectUri;
use postern::oidc::refresh_token::RefreshToken;
use postern::oidc::scope::Scopes;
use postern_types::{Email, TotpCode};

/// A parser: its name, inputs that it accepts, and what it is checked with.
#[derive(Clone, Copy, Debug)]
pub struct Parser {
    /// What it parses.
    pub name: &'static str,
    /// Inputs from which others are made by damaging them.
    pub examples: &'static [&'static [u8]],
    /// Panics if it does something that it must not do.
    pub check: fn(&[u8]),
}

const fn parser(name: &'static str, examples: &'static [&'static [u8]], check: fn(&[u8])) -> Parser {
    Parser { name, examples, check }
}

/// All of them.
pub const PARSERS: [Parser; 16] = [
    parser("paths", &[b"/wiki/a%20b;v=1/?x=%2e#", b"/gr%C3%B6%C3%9Fe/..a"], path),
    parser(
        "forwarded requests",
        &[b"https\nwiki.example.com\n/a?b=c\nGET", b"http\n[::1]:8080\n/%7Ea\nPOST"],
        forwarded,
    ),
    parser("rules", &[b"a: open GET,HEAD /healthz\nb: fresh /admin/*\nrest: members /*"], rules),
    parser("address lists", &[b"192.0.2.0/24\n2001:db8::/32\n::ffff:192.0.2.7", b"10.0.0.1"], addresses),
    parser("client addresses", &[b"203.0.113.9, 10.0.0.1", b"for=\"[2001:db8::1]:80\";proto=https"], client_addresses),
    parser(
        "tokens and codes",
        &[b"123456", b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", b"abcd-efgh-jkmn-pqrs"],
        secrets,
    ),
    parser("names", &[b"Ada.Lovelace+x@example.com", "Zo\u{eb} \u{200d} Q".as_bytes()], names),
    parser("imported files", IMPORTS, imports),
    parser("key rings", &[b"postern-key-1 0a1b2c3d AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"], key_ring),
    parser("backups", &[b"age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 4\nAAAA\n--- AAAA\n"], backup),
    parser(
        "icons",
        &[br#"<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h1v1z"/></svg>"#, b"\x89PNG\r\n\x1a\n"],
        icon,
    ),
    parser(
        "origins and addresses of settings",
        &[b"https://wiki.example.com:8443", b"smtps://u:p@mail.example.com"],
        urls,
    ),
    parser("redirect URIs", &[b"https://wiki.example.com/callback?x=1", b"com.example.app:/callback"], redirect_uris),
    parser("parameters of OpenID Connect", &[b"client_id=a&scope=openid+email&state=%00&code_challenge=x"], parameters),
    parser("redirects to applications", &[b"to=%2Fwiki%2Fa&again=1", b"application=0a&begin=00&to=L2E"], redirects),
    parser(
        "answers of passkeys",
        &[br#"{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30"}}"#],
        passkeys,
    ),
];

const IMPORTS: &[&[u8]] = &[
    b"0email,password_hash,totp_secret\na@example.com,$2b$04$L/PfrME/bmnWcp5ySFy.W.svEsyJqcWl//36D7uPejonPcVp6ZK7u,GEZDGNBV",
    b"1otpauth://totp/Acme:a@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme&digits=8",
    b"1otpauth-migration://offline?data=CiEKFDEyMzQ1Njc4OTAxMjM0NTY3ODkwEgFhIAEoATAC",
    b"2users:\n  a:\n    email: a@example.com\n    password: $argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$AAAA\n",
    br#"3{"users":[{"email":"a@example.com","credentials":[{"type":"otp","secretData":"{\"value\":\"x\"}"}]}]}"#,
    br#"4[{"model":"auth.user","pk":1,"fields":{"email":"a@example.com","password":"pbkdf2_sha256$1$s$AAAA"}}]"#,
    b"5- username: a@example.com\n  otpkey: 3132\n  tokentype: totp\n",
    br#"6{"email":"a@example.com","active":true,"accounts":[{"name":"Acme"}]}"#,
];

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn path(bytes: &[u8]) {
    let raw = text(bytes);
    if let Ok(target) = Target::parse(&raw) {
        assert_eq!(Target::parse(target.as_str()).as_ref(), Ok(&target));
    }
    let Ok(path) = DecodedPath::parse(&raw) else { return };
    let decoded = path.as_str();
    assert!(decoded.starts_with('/') && !decoded.contains("//"), "{raw:?}");
    assert!(!decoded.split('/').any(|segment| [".", ".."].contains(&segment)), "{raw:?}");
    assert!(!decoded.contains(|c: char| c.is_control() || c == '\\'), "{raw:?}");
    let encode = |byte: u8| match byte {
        0x21..=0x7e if !b"%?#".contains(&byte) => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    let encoded: String = decoded.bytes().map(encode).collect();
    assert_eq!(DecodedPath::parse(&encoded).as_ref(), Ok(&path), "{raw:?}");
}

/// A request whose headers are the lines of an input.
fn headers(names: &[&'static str], bytes: &[u8]) -> HeaderMap {
    let lines = bytes.split(|byte| *byte == b'\n').zip(names.iter().cycle());
    let headers = lines.filter_map(|(line, name)| Some((name.parse().ok()?, HeaderValue::from_bytes(line).ok()?)));
    headers.take(16).collect()
}

fn forwarded(bytes: &[u8]) {
    let names = ["x-forwarded-proto", "x-forwarded-host", "x-forwarded-uri", "x-forwarded-method"];
    let of_nginx = ["x-original-url", "x-original-method"];
    let uri = text(bytes).lines().nth(2).and_then(|line| line.parse().ok()).unwrap_or_default();
    let (mut head, ()) = Request::builder().uri::<axum::http::Uri>(uri).body(()).unwrap().into_parts();
    let proxy = IpAddr::V4(Ipv4Addr::LOCALHOST);
    for names in [&names[..], &of_nginx] {
        head.headers = headers(names, bytes);
        for description in [Description::OriginalUrl, Description::Forwarded, Description::Itself] {
            if let Ok(request) = ForwardedRequest::read(description, &head, proxy, &[IpNet::from(proxy)]) {
                assert_eq!(Target::parse(request.target.as_str()).as_ref(), Ok(&request.target));
            }
            let stranger =
                ForwardedRequest::read(description, &head, IpAddr::from([192, 0, 2, 1]), &[IpNet::from(proxy)]);
            assert!(stranger.is_err(), "an untrusted peer was believed");
        }
    }
}

fn rules(bytes: &[u8]) {
    let stored = text(bytes);
    let lines: Vec<&str> = stored.lines().collect();
    for rule in lines.iter().filter_map(|line| line.parse::<Rule>().ok()) {
        assert_eq!(rule.to_string().parse().as_ref(), Ok(&rule));
    }
    match Rules::parse(&lines) {
        Ok(rules) => assert_eq!(Rules::from_stored(&rules.to_stored()), rules),
        Err(_) => assert!(Rules::from_stored(&stored).to_stored().contains("refused"), "damaged rules allow something"),
    }
    drop((parse_max_age(&stored), parse_networks(&lines)));
}

fn addresses(bytes: &[u8]) {
    let stored = text(bytes);
    let lines: Vec<String> = stored.lines().map(str::to_owned).collect();
    if let Ok(list) = AddressList::parse(&lines) {
        assert_eq!(AddressList::from_stored(&list.to_stored()).as_ref(), Some(&list));
        assert_eq!(AddressList::parse(&list.entries()).as_ref(), Ok(&list));
    }
    if AddressList::from_stored(&stored).is_none() {
        assert!(
            !stored_allows(&stored, ClientAddress::Known(IpAddr::from([192, 0, 2, 7]))),
            "a damaged list allows somebody"
        );
    }
    if let Some(network) = parse_network(&stored) {
        assert_eq!(parse_network(&network.to_string()), Some(network));
    }
}

fn client_addresses(bytes: &[u8]) {
    let (peer, trusted) = (IpAddr::from([198, 51, 100, 7]), IpNet::from(IpAddr::from([127, 0, 0, 1])));
    for name in ["x-forwarded-for", "forwarded"] {
        let headers = headers(&[name], bytes);
        assert_eq!(
            client_address(peer, &headers, &[trusted]),
            ClientAddress::Known(peer),
            "a stranger chose its address"
        );
        let _ = client_address(IpAddr::from([127, 0, 0, 1]), &headers, &[trusted]);
    }
}

fn secrets(bytes: &[u8]) {
    let text = text(bytes);
    if let Some(token) = Token::parse(&text) {
        assert_eq!((token.expose(), text.len()), (text.as_str(), 43));
    }
    if let Some(hash) = TokenHash::parse(&text) {
        assert_eq!(hash.as_str(), text);
    }
    assert!(RecoveryCode::parse(&text).is_none_or(|code| RecoveryCode::parse(code.expose()).is_some()));
    assert!(SetUpCode::parse(&text).is_none_or(|code| SetUpCode::parse(code.expose()).is_some()));
    if let Some(token) = RefreshToken::parse(&text) {
        assert_eq!(token.expose(), text);
    }
    drop((Challenge::parse(&text), TotpCode::parse(&text)));
}

fn names(bytes: &[u8]) {
    let text = text(bytes);
    if let Ok(name) = DisplayName::parse(&text) {
        assert_eq!(DisplayName::parse(name.as_str()).as_ref(), Ok(&name));
    }
    if let Ok(email) = Email::parse(&text) {
        assert_eq!(Email::parse(&email.to_string()).as_ref(), Ok(&email));
    }
}

/// The first byte chooses the format.
fn imports(bytes: &[u8]) {
    let Some((format, file)) = bytes.split_first() else { return };
    let format = match format % 8 {
        0 => Format::Csv,
        1 => Format::Otpauth,
        2 => Format::Authelia,
        3 => Format::Keycloak,
        4 => Format::Django,
        5 => Format::PrivacyIdea,
        _ => Format::Postern,
    };
    drop(read(format, file, &Reading { apps: Some(file), domain: Some("example.com") }));
}

fn key_ring(bytes: &[u8]) {
    if let Some(ring) = KeyRing::parse(&text(bytes)) {
        assert!(ring.holds(ring.newest_id()) && ring.ids().len() == ring.backup_secrets().len());
    }
}

fn backup(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hostile.backup");
    fs::write(&file, bytes).unwrap();
    let lock = Lock::Key("a secret that nobody knows".to_owned().into());
    assert!(read_header(&file, &[lock]).is_err(), "a backup was read that nobody sealed");
}

fn icon(bytes: &[u8]) {
    if let Ok(icon) = Icon::parse(bytes.to_vec()) {
        let svg = text(bytes).to_ascii_lowercase();
        let is_svg = matches!(icon.media_type(), MediaType::Svg);
        assert!(
            !is_svg || !["<script", "<foreignobject", "<!doctype", "onload="].iter().any(|part| svg.contains(part)),
            "{svg}"
        );
    }
}

fn urls(bytes: &[u8]) {
    let text = text(bytes);
    if let Ok(origin) = Origin::parse(&text) {
        assert_eq!(Origin::parse(&origin.to_string()).as_ref(), Ok(&origin));
    }
    drop(ApplicationUrl::parse(&text));
    if let Ok(url) = PublicUrl::parse(&text) {
        assert!(PublicUrl::parse(url.origin()).is_ok());
    }
    drop(SmtpUrl::parse(&text));
}

fn redirect_uris(bytes: &[u8]) {
    let text = text(bytes);
    for kind in [ClientKind::Confidential, ClientKind::Public] {
        if let Ok(uri) = RedirectUri::parse(&text, kind) {
            assert_eq!(uri.as_str(), text);
            assert!(!text.contains('#') && !text.to_ascii_lowercase().starts_with("javascript:"), "{text}");
        }
    }
    drop(RedirectUri::parse_back_channel(&text, false));
}

fn parameters(bytes: &[u8]) {
    let encoded = Parameters::parse(bytes).encoded();
    assert_eq!(Parameters::parse(encoded.as_bytes()).encoded(), encoded);
    let _ = Scopes::parse(&text(bytes));
}

fn redirects(bytes: &[u8]) {
    let query = text(bytes);
    if let Some(start) = Start::parse(&query) {
        assert!(start.to.starts_with('/') && !start.to.starts_with("//"), "{query:?}");
    }
    drop((Opening::parse(&query), Callback::parse(&query)));
}

fn passkeys(bytes: &[u8]) {
    if let Ok(json) = serde_json::from_slice::<serde_json::Value>(bytes) {
        drop((Assertion::read(json.clone()), Registration::read(json)));
    }
}
