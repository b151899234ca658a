//! `postern client check NAME`: plays the client against the running portal.

use anyhow::{Context, bail, ensure};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, LOCATION};
use hyper::{Request, Response};
use postern_types::endpoint;
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use super::checks::Check;
use crate::auth::token::Token;
use crate::oidc::client::{Client, ClientKind};
use crate::oidc::key::JwkSet;
use crate::oidc::parameters::Parameters;
use crate::provider::sender::Sender;
use crate::store::{Db, oidc_keys};

const FORM: &str = "application/x-www-form-urlencoded";
/// What the answers of another program mean.
const ANOTHER: &str =
    "another program, or another portal, answers at this address: look at the reverse proxy and at server.public_url";

/// The portal as a client sees it.
struct Portal<'a> {
    sender: Sender,
    client: &'a Client,
    issuer: &'a str,
}

/// Does what the client does at a log-in, as far as it needs neither its secret nor a user.
pub(super) async fn play(db: &Db, client: &Client, issuer: &str) -> anyhow::Result<Vec<Check>> {
    let portal = Portal { sender: Sender::new()?, client, issuer };
    let document = match portal.discover().await {
        Ok(document) => document,
        Err(error) => return Ok(vec![Check::of("discovery", Err(error))]),
    };
    let found = format!("{issuer}{} names this issuer", endpoint::OPENID_CONFIGURATION);
    Ok(vec![
        Check::of("discovery", Ok(found)),
        Check::of("keys", portal.read_keys(&document, db).await),
        Check::of("authorize", portal.authorize(&document).await),
        Check::of("token", portal.redeem(&document).await),
    ])
}

impl Portal<'_> {
    async fn discover(&self) -> anyhow::Result<Value> {
        let address = format!("{}{}", self.issuer, endpoint::OPENID_CONFIGURATION);
        let answer = self.get(&address).await?;
        ensure!(answer.status() == 200, "{address} answers {}: {ANOTHER}", answer.status());
        let document: Value = serde_json::from_slice(answer.body()).with_context(|| format!("no JSON: {ANOTHER}"))?;
        let named = address_in(&document, "issuer")?;
        ensure!(
            named == self.issuer,
            "{address} names the issuer {named:?}, and clients expect {:?}: start the server with the same server.public_url",
            self.issuer
        );
        Ok(document)
    }

    async fn read_keys(&self, document: &Value, db: &Db) -> anyhow::Result<String> {
        let address = address_in(document, "jwks_uri")?;
        let answer = self.get(address).await?;
        let published: JwkSet =
            serde_json::from_slice(answer.body()).with_context(|| format!("{address} has no keys: {ANOTHER}"))?;
        let own = oidc_keys::all(db).await?;
        let algorithm = self.client.algorithm;
        let is_own = |kid: &str| own.iter().any(|key| key.id.as_str() == kid && key.is_of(algorithm));
        let usable = published.keys.iter().filter(|jwk| is_own(&jwk.kid)).count();
        let algorithm = algorithm.as_str();
        ensure!(usable > 0, "{address} has no key of this portal for {algorithm}: {ANOTHER}");
        Ok(format!("{address} has keys for {algorithm}: {usable}"))
    }

    /// Asks for a code without a page. There is no session, so the portal refuses, at the redirect URI.
    async fn authorize(&self, document: &Value) -> anyhow::Result<String> {
        let redirect_uri = self.redirect_uri()?;
        let state = Token::random();
        let challenge = Token::random();
        let mut address = Url::parse(address_in(document, "authorization_endpoint")?)?;
        address.query_pairs_mut().extend_pairs([
            ("client_id", self.client.id.as_str()),
            ("redirect_uri", redirect_uri),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", state.expose()),
            ("prompt", "none"),
            // Nobody redeems the code, so nobody needs its verifier.
            ("code_challenge", challenge.expose()),
            ("code_challenge_method", "S256"),
        ]);
        let answer = self.get(address.as_str()).await?;
        let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let Some(sent) = location.strip_prefix(redirect_uri).and_then(|rest| rest.strip_prefix(['?', '&'])) else {
            bail!("the answer is {}, and does not lead to {redirect_uri}: {ANOTHER}", answer.status());
        };
        let sent = Parameters::parse(sent.as_bytes());
        for (name, expected) in [("error", "login_required"), ("state", state.expose()), ("iss", self.issuer)] {
            ensure!(
                sent.get(name) == Ok(Some(expected)),
                "at {redirect_uri}, {name} is not as it was expected: {ANOTHER}"
            );
        }
        Ok(format!("users come back to {redirect_uri}"))
    }

    /// Redeems a code that nobody was given, with a secret that is none. The portal refuses the first of them that it looks at.
    async fn redeem(&self, document: &Value) -> anyhow::Result<String> {
        let address = address_in(document, "token_endpoint")?;
        let (code, other) = (Token::random(), Token::random());
        let (credential, expected) = match self.client.kind {
            ClientKind::Public => ("code_verifier", "invalid_grant"),
            ClientKind::Confidential => ("client_secret", "invalid_client"),
        };
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("redirect_uri", self.redirect_uri()?),
            ("client_id", self.client.id.as_str()),
            (credential, other.expose()),
        ];
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let answer = self.send(Request::post(address).header(CONTENT_TYPE, FORM), body).await?;
        let refusal: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        ensure!(refusal["error"] == expected, "{address} answers {}, and not {expected}: {ANOTHER}", answer.status());
        Ok(format!("{address} knows the client, and refuses what is wrong ({expected})"))
    }

    fn redirect_uri(&self) -> anyhow::Result<&str> {
        Ok(self.client.redirect_uris.first().context("the client has no redirect URI")?.as_str())
    }

    async fn get(&self, address: &str) -> anyhow::Result<Response<Bytes>> {
        self.send(Request::get(address), String::new()).await
    }

    async fn send(&self, request: hyper::http::request::Builder, body: String) -> anyhow::Result<Response<Bytes>> {
        let request = request.body(Full::from(body)).context("the address cannot be used")?;
        let address = request.uri().to_string();
        let address = address.split('?').next().unwrap_or_default().to_owned();
        self.sender.send(request).await.with_context(|| {
            format!(
                "{address} cannot be reached from this machine: look at its name, its certificate and the reverse proxy"
            )
        })
    }
}

fn address_in<'a>(document: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    document[name].as_str().with_context(|| format!("the discovery document has no {name}: {ANOTHER}"))
}
