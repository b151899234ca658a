//! Shared by the tests of OpenID Connect: a client with its server and the user's browser.

use std::collections::BTreeMap;

use axum::http::Method;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use postern::auth::token::Token;
use postern::display_name::DisplayName;
use postern::ids::ClientId;
use postern::oidc::client::{Client, ClientKind, Pkce, TokenForm};
use postern::oidc::key::Algorithm;
use postern::oidc::redirect_uri::RedirectUri;
use postern::store::transactions;
use postern_testkit::{ACCOUNT, ADA, Answer, Browser, Portal, RFC_6238_KEY, RFC_6238_SECRET};
use serde_json::Value;
use url::form_urlencoded::{Serializer, parse};

/// The portal.
pub(crate) const ISSUER: &str = "http://localhost:8080";
/// Where the client wants its answers.
pub(crate) const CALLBACK: &str = "https://wiki.example.com/callback";
/// Where the client's users go after a log-out.
pub(crate) const GOODBYE: &str = "https://wiki.example.com/goodbye";
/// Verifier and challenge of RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The scopes of most tests.
pub(crate) const SCOPE: &str = "openid profile email groups";

/// A client with its secret, and a portal that it talks to.
#[derive(Clone)]
pub(crate) struct Rp {
    pub(crate) portal: Portal,
    pub(crate) id: String,
    pub(crate) secret: String,
    /// The id of its application.
    pub(crate) application: String,
}

/// Adds the application *Wiki* of [`ACCOUNT`], and a client with a secret.
pub(crate) async fn client(portal: &Portal) -> Rp {
    client_with(portal, |_| {}).await
}

/// The same, changed before it is added.
pub(crate) async fn client_with(portal: &Portal, change: impl FnOnce(&mut Client)) -> Rp {
    let application = portal.application(ACCOUNT, "Wiki", "https://wiki.example.com", &[]);
    portal.add_application(&application).await;
    another_client(portal, "Wiki", change).await
}

/// Adds one more client to the application *Wiki*.
pub(crate) async fn another_client(portal: &Portal, name: &str, change: impl FnOnce(&mut Client)) -> Rp {
    let secret = Token::random();
    let new = |application_id| {
        let mut client = Client {
            id: ClientId::random(),
            application_id,
            name: DisplayName::parse(name).unwrap(),
            redirect_uris: vec![RedirectUri::from_stored(CALLBACK.to_owned())],
            sign_out_uris: vec![RedirectUri::from_stored(GOODBYE.to_owned())],
            back_channel_uri: None,
            kind: ClientKind::Confidential,
            pkce: Pkce::Optional,
            requires_consent: false,
            has_id_token_claims: false,
            algorithm: Algorithm::Rs256,
            access_tokens: TokenForm::Opaque,
        };
        change(&mut client);
        client
    };
    let act = portal.operator();
    let client = transactions::add_client(&portal.state.db, &act, "Wiki", new, &secret.hash()).await.unwrap();
    Rp {
        portal: portal.clone(),
        id: client.id.to_string(),
        secret: secret.expose().to_owned(),
        application: client.application_id.to_string(),
    }
}

/// A browser in which Ada is logged in with password and code. The clock moves on by one time step.
pub(crate) async fn logged_in(portal: &Portal) -> Browser {
    portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
    log_in_again(portal).await
}

/// Another browser of hers.
pub(crate) async fn log_in_again(portal: &Portal) -> Browser {
    let mut browser = portal.ticket(ADA).await;
    browser.code(&portal.code(RFC_6238_KEY)).await.expect(200);
    portal.advance(30);
    browser
}

/// A browser in which Bo is logged in, who may use the application too.
pub(crate) async fn bo(portal: &Portal) -> Browser {
    let id = portal.add_user(ACCOUNT, "bo@example.com").await;
    portal.give_factor(&id, RFC_6238_SECRET).await;
    let mut browser = portal.ticket("bo@example.com").await;
    browser.code(&portal.code(RFC_6238_KEY)).await.expect(200);
    browser
}

/// A client with a secret, and Ada's browser.
pub(crate) async fn scene(portal: &Portal) -> (Rp, Browser) {
    let browser = logged_in(portal).await;
    (client(portal).await, browser)
}

/// Form-encodes parameters.
pub(crate) fn encoded(fields: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The parameters of an address.
pub(crate) fn query(address: &str) -> BTreeMap<String, String> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    parse(query.as_bytes()).into_owned().collect()
}

/// What a signed token says, without a look at its signature.
pub(crate) fn claims(token: &str) -> Value {
    part(token, 1)
}

/// The header of a signed token.
pub(crate) fn header(token: &str) -> Value {
    part(token, 0)
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// A text of a JSON object.
pub(crate) fn text(json: &Value, name: &str) -> String {
    json[name].as_str().unwrap_or_else(|| panic!("no {name}: {json}")).to_owned()
}

/// Where a step-up page, or the log-in, returns to.
pub(crate) fn return_path(location: &str) -> String {
    location.split_once("#return=").unwrap_or_else(|| panic!("no return: {location}")).1.to_owned()
}

impl Rp {
    /// The address to which the client sends browsers, with these parameters in place of the usual ones or beside them. Empty ones
    /// are left out.
    pub(crate) fn address(&self, fields: &[(&str, &str)]) -> String {
        let usual = [
            ("client_id", self.id.as_str()),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", SCOPE),
            ("state", "s+t/a=t&e"),
        ];
        let is_replaced = |name: &str| fields.iter().any(|(other, _)| *other == name);
        let all: Vec<(&str, &str)> =
            usual.into_iter().filter(|(name, _)| !is_replaced(name)).chain(fields.iter().copied()).collect();
        let sent: Vec<_> = all.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        format!("/oidc/authorize?{}", encoded(&sent))
    }

    /// Sends a browser to the portal.
    pub(crate) async fn ask(&self, browser: &mut Browser, fields: &[(&str, &str)]) -> Answer {
        browser.page(&self.address(fields)).await
    }

    /// The parameters with which the browser comes back to the client.
    #[track_caller]
    pub(crate) fn returned(answer: Answer) -> BTreeMap<String, String> {
        let answer = answer.expect(303);
        let location = answer.header("location");
        assert!(location.starts_with(CALLBACK), "{location}");
        let returned = query(location);
        assert_eq!(returned["iss"], ISSUER);
        returned
    }

    /// A code for the user of this browser.
    pub(crate) async fn code(&self, browser: &mut Browser, fields: &[(&str, &str)]) -> String {
        Self::returned(self.ask(browser, fields).await)["code"].clone()
    }

    /// A request of the client's server, as itself.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let basic = BASE64_STANDARD.encode(format!("{}:{}", self.id, self.secret));
        self.post_with(path, &[("authorization", &format!("Basic {basic}"))], fields).await
    }

    /// The same, with these headers.
    pub(crate) async fn post_with(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
        fields: &[(&str, &str)],
    ) -> Answer {
        let mut server = self.portal.browser().with_header("content-type", "application/x-www-form-urlencoded");
        server = server.with_header("sec-fetch-site", "");
        for (name, value) in headers {
            server = server.with_header(name, value);
        }
        server.send(Method::POST, path, encoded(fields)).await
    }

    /// Exchanges a code.
    pub(crate) async fn redeem(&self, code: &str) -> Answer {
        self.post("/oidc/token", &[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)])
            .await
    }

    /// Exchanges a refresh token.
    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.post("/oidc/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// The tokens for the user of this browser.
    pub(crate) async fn tokens(&self, browser: &mut Browser) -> Value {
        let code = self.code(browser, &[]).await;
        self.redeem(&code).await.expect(200).json()
    }

    /// Asks for the claims about the user.
    pub(crate) async fn userinfo(&self, access_token: &str) -> Answer {
        let mut server = self.portal.browser().with_header("authorization", &format!("Bearer {access_token}"));
        server.page("/oidc/userinfo").await
    }

    /// Checks that neither the access token nor the refresh token works.
    pub(crate) async fn expect_dead(&self, tokens: &Value) {
        let answer = self.userinfo(&text(tokens, "access_token")).await.expect_error(401, "invalid_token");
        assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""));
        self.refresh(&text(tokens, "refresh_token")).await.expect_error(400, "invalid_grant");
    }

    /// Checks that the access token works.
    pub(crate) async fn expect_alive(&self, tokens: &Value) {
        self.userinfo(&text(tokens, "access_token")).await.expect(200);
    }
}
