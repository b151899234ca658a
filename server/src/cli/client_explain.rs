//! `postern client check NAME --url …`: what is wrong with a request that a client sent a browser with.

use anyhow::{Context, bail, ensure};
use postern_types::endpoint;
use url::Url;

use super::checks::Check;
use crate::oidc::client::{Client, ClientKind};
use crate::oidc::parameters::Parameters;
use crate::oidc::redirect_uri::RedirectUri;
use crate::oidc::refusal::Refusal;
use crate::oidc::request::AuthorizationRequest;

/// Explains an address, parameter by parameter. Values are shown of the client's id and the redirect URI alone.
pub(super) fn explain(sent: &str, client: &Client, all: &[Client], issuer: &str) -> Vec<Check> {
    let url = match Url::parse(sent.trim()) {
        Ok(url) => url,
        Err(error) => {
            let error = anyhow::anyhow!("--url: {error}; copy the whole address, with https://, and put it in quotes");
            return vec![Check::of("address", Err(error))];
        }
    };
    let parameters = Parameters::parse(url.query().unwrap_or_default().as_bytes());
    vec![
        Check::of("address", address(&url, issuer)),
        Check::of("client_id", client_id(&parameters, client, all)),
        Check::of("redirect_uri", redirect_uri(&parameters, client)),
        Check::of("request", request(&parameters, &url, client)),
    ]
}

fn address(url: &Url, issuer: &str) -> anyhow::Result<String> {
    let expected = format!("{issuer}{}", endpoint::AUTHORIZE);
    let sent = url.as_str().split(['?', '#']).next().unwrap_or_default();
    ensure!(
        sent == expected,
        "the client sends users to {sent:?}, and the authorization endpoint is {expected}: enter the issuer {issuer} in the client"
    );
    Ok(sent.to_owned())
}

fn client_id(parameters: &Parameters, client: &Client, all: &[Client]) -> anyhow::Result<String> {
    let id = value(parameters, "client_id")?;
    if id == client.id.as_str() {
        return Ok(id.to_owned());
    }
    let own = client.id.as_str();
    match all.iter().find(|other| other.id.as_str() == id) {
        Some(other) => bail!("{id:?} belongs to the client {:?}: enter {own} in the client", other.name.as_str()),
        None => bail!("no client has the id {id:?}: enter {own} in the client"),
    }
}

fn redirect_uri(parameters: &Parameters, client: &Client) -> anyhow::Result<String> {
    let sent = value(parameters, "redirect_uri")?;
    if client.may_redirect_to(sent) {
        return Ok(sent.to_owned());
    }
    let registered = client.redirect_uris.iter().map(RedirectUri::as_str);
    let differences: Vec<String> = registered.map(|registered| difference(sent, registered)).collect();
    bail!(
        "{sent:?} is not registered; {}. Mend it in the client, or register it with all that are to stay: postern client change {:?} \
         --redirect-uri …",
        differences.join("; "),
        client.name.as_str()
    )
}

/// Where two addresses begin to differ.
fn difference(sent: &str, registered: &str) -> String {
    let same = sent.chars().zip(registered.chars()).take_while(|(one, other)| one == other);
    let same: usize = same.map(|(one, _)| one.len_utf8()).sum();
    let rest = |text: &str| if text.len() == same { "nothing".to_owned() } else { format!("{:?}", &text[same..]) };
    format!(
        "{registered:?} is registered: after {:?} it has {}, and was sent {}",
        &sent[..same],
        rest(registered),
        rest(sent)
    )
}

/// Everything else, as the portal reads it.
fn request(parameters: &Parameters, url: &Url, client: &Client) -> anyhow::Result<String> {
    let names: Vec<_> = url.query_pairs().map(|(name, _)| name).collect();
    if let Some(index) = (1..names.len()).find(|index| names[..*index].contains(&names[*index])) {
        bail!("{:?} was sent more than once", names[index]);
    }
    let request = AuthorizationRequest::read(parameters, client, None).map_err(refused)?;
    Ok(match (request.challenge, client.kind) {
        (Some(_), _) => "as it should be, with PKCE".to_owned(),
        (None, ClientKind::Public) => bail!("PKCE is missing"),
        (None, ClientKind::Confidential) => "as it should be; PKCE would make it safer".to_owned(),
    })
}

fn value<'a>(parameters: &'a Parameters, name: &str) -> anyhow::Result<&'a str> {
    parameters.get(name).map_err(refused)?.with_context(|| format!("{name} is missing"))
}

fn refused(refusal: Refusal) -> anyhow::Error {
    anyhow::anyhow!("the portal refuses it with {}: {}", refusal.error.as_str(), refusal.error_description)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_of_two_addresses_is_shown() {
        assert_eq!(
            difference("https://a.example/cb/", "https://a.example/cb"),
            "\"https://a.example/cb\" is registered: after \"https://a.example/cb\" it has nothing, and was sent \"/\""
        );
        assert_eq!(
            difference("http://ä.example", "https://ä.example"),
            "\"https://ä.example\" is registered: after \"http\" it has \"s://ä.example\", and was sent \"://ä.example\""
        );
    }
}
