//! Which client sends a request, and whether it is the one that it says (RFC 6749, 2.3.1).

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use super::failure::Failure;
use crate::auth::token::Token;
use crate::ids::ClientId;
use crate::oidc::client::{Client, ClientKind};
use crate::oidc::parameters::Parameters;
use crate::oidc::refusal::{BASIC, NO_CLIENT, NO_CLIENT_ID, NO_SECRET, PUBLIC_WITH_SECRET, Refusal, SECRET, TWO_WAYS};
use crate::state::AppState;
use crate::store::{oidc_clients, oidc_secrets};

/// What a client says of itself.
struct Credentials {
    client_id: String,
    secret: Option<String>,
    is_basic: bool,
}

/// The client of a request. One that has a secret has shown it; a public one has just said its name.
pub(super) async fn authenticate(
    app: &AppState,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<Client, Failure> {
    let credentials = Credentials::read(headers, parameters).inspect_err(|failure| {
        if let Failure::Refused(refusal) | Failure::Unauthenticated(refusal) = failure {
            app.complaints.say(None, *refusal, "", app.clock.now());
        }
    })?;
    let client = oidc_clients::find(&app.db, &ClientId::named(credentials.client_id.clone())).await?;
    let refuse = |refusal: Refusal| {
        let sent = if client.is_none() { credentials.client_id.as_str() } else { "" };
        app.complaints.say(client.as_ref(), refusal, sent, app.clock.now());
        if credentials.is_basic { Failure::Unauthenticated(refusal) } else { Failure::Refused(refusal) }
    };
    let Some(found) = &client else { return Err(refuse(NO_CLIENT)) };
    match (found.kind, &credentials.secret) {
        (ClientKind::Public, None) => Ok(found.clone()),
        (ClientKind::Public, Some(_)) => Err(refuse(PUBLIC_WITH_SECRET)),
        (ClientKind::Confidential, None) => Err(refuse(NO_SECRET)),
        (ClientKind::Confidential, Some(secret)) => {
            let secret = Token::parse(secret).ok_or_else(|| refuse(SECRET))?;
            let is_valid = oidc_secrets::is_valid(&app.db, &found.id, &secret.hash()).await?;
            if is_valid { Ok(found.clone()) } else { Err(refuse(SECRET)) }
        }
    }
}

impl Credentials {
    fn read(headers: &HeaderMap, parameters: &Parameters) -> Result<Self, Failure> {
        let in_body = (parameters.get("client_id")?, parameters.get("client_secret")?);
        let Some((client_id, secret)) = basic(headers).map_err(Failure::Unauthenticated)? else {
            let client_id = in_body.0.ok_or(NO_CLIENT_ID)?.to_owned();
            return Ok(Self { client_id, secret: in_body.1.map(str::to_owned), is_basic: false });
        };
        if in_body.1.is_some() || in_body.0.is_some_and(|other| other != client_id) {
            return Err(TWO_WAYS.into());
        }
        Ok(Self { client_id, secret: Some(secret).filter(|secret| !secret.is_empty()), is_basic: true })
    }
}

/// Id and secret in the header `Authorization`. They are form-encoded there, which some clients leave out: ids and secrets that are
/// made here look the same either way.
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, Refusal> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let pair = value.to_str().ok().and_then(|value| value.split_once(' '));
    let encoded = pair.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic")).map(|(_, encoded)| encoded.trim());
    let bytes = encoded.and_then(|encoded| STANDARD.decode(encoded).ok()).ok_or(BASIC)?;
    let text = String::from_utf8(bytes).map_err(|_| BASIC)?;
    let (client_id, secret) = text.split_once(':').ok_or(BASIC)?;
    if text.contains('\0') || decoded(client_id).contains('\0') {
        return Err(BASIC);
    }
    Ok(Some((decoded(client_id), decoded(secret))))
}

fn decoded(text: &str) -> String {
    // With a name of our own, so that no `=` or `&` in the text ends it.
    let text = text.replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.into_owned()).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(pair: &str) -> Result<Option<(String, String)>, Refusal> {
        let mut headers = HeaderMap::new();
        let value = format!("Basic {}", STANDARD.encode(pair));
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&value).unwrap());
        basic(&headers)
    }

    #[test]
    fn basic_authentication_is_read_raw_and_form_encoded() {
        let expected = Ok(Some(("a-b_c".to_owned(), "x-Y_z".to_owned())));
        for pair in ["a-b_c:x-Y_z", "a%2Db%5Fc:x%2DY%5Fz", "a-b%5fc:x-Y_z"] {
            assert_eq!(read(pair), expected, "{pair}");
        }
        assert_eq!(read("a:b:c=d&e"), Ok(Some(("a".to_owned(), "b:c=d&e".to_owned()))));
        assert_eq!(read("no colon"), Err(BASIC));
        assert_eq!(read("a%00:b"), Err(BASIC));
    }
}
