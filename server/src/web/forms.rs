//! Pages with a form, for log-ins by OpenID Connect: consent, the confirmation of a log-out, and the answer that the browser posts to a
//! client. They load nothing from elsewhere.

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::notices::{DRAWING, STYLE};
use crate::html::{escape, fill};
use crate::oidc::scope::{Scope, Scopes};

const PAGE: &str = include_str!("form.html");
/// Sends the form at once. Its button is for browsers without scripts.
const SEND: &str = "document.forms[0].submit()";

/// A page with a form.
#[derive(Clone, Debug)]
pub(crate) enum Form<'a> {
    /// Asks whether a client may learn who the user is. The buttons send `decision`: `allow` or `deny`.
    Consent { client: &'a str, email: &'a str, scopes: &'a Scopes },
    /// Asks whether to log out.
    SignOut,
    /// Sends an answer to a client.
    Answer,
}

/// Where a form is sent, and its hidden fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent<'a> {
    /// The address.
    pub(crate) action: &'a str,
    /// Names and values.
    pub(crate) fields: &'a [(&'a str, &'a str)],
}

/// The page with the product's name, and its content security policy, prepared at start.
#[derive(Debug)]
pub(super) struct Forms {
    page: String,
    policy: HeaderValue,
}

impl Form<'_> {
    fn title(&self) -> String {
        match self {
            Self::Consent { client, .. } => format!("Log in to {client}?"),
            Self::SignOut => "Log out?".to_owned(),
            Self::Answer => "You are logged in".to_owned(),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Consent { client, email, .. } => {
                format!("You are logged in as {email}. If you continue, {client} learns:")
            }
            Self::SignOut => "You will be logged out of the portal, and of the applications that it tells.".to_owned(),
            Self::Answer => "Continue to the application.".to_owned(),
        }
    }

    /// What a client learns.
    fn list(&self) -> String {
        let Self::Consent { scopes, .. } = self else { return String::new() };
        let items: String = scopes.iter().filter_map(learns).map(|what| format!("<li>{what}</li>")).collect();
        format!("<ul>{items}</ul>")
    }

    fn buttons(&self) -> &'static str {
        match self {
            Self::Consent { .. } => {
                r#"<button type="submit" name="decision" value="allow" class="primary">Continue</button><button type="submit" name="decision" value="deny">Cancel</button>"#
            }
            Self::SignOut => {
                r#"<button type="submit" class="primary">Log out</button><a class="button" href="/applications">Cancel</a>"#
            }
            Self::Answer => r#"<button type="submit" class="primary">Continue</button>"#,
        }
    }
}

const fn learns(scope: Scope) -> Option<&'static str> {
    match scope {
        Scope::Openid => Some("that you are the same person each time, and when and how you logged in"),
        Scope::Profile => Some("your name"),
        Scope::Email => Some("your e-mail address"),
        Scope::Groups => Some("your accounts, and whether you administer them"),
        Scope::OfflineAccess => None,
    }
}

impl Forms {
    pub(super) fn new(product_name: &str) -> Self {
        let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
        // No `form-action`: a client may redirect the form that it gets to any other address, and browsers would apply the
        // policy of this page to it. Nothing on it comes from elsewhere.
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; frame-ancestors 'none'",
            hash(STYLE),
            hash(SEND)
        );
        let page = PAGE.replace("{style}", STYLE).replace("{drawing}", DRAWING.trim());
        Self {
            page: page.replace("{name}", &escape(product_name)),
            policy: HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'")),
        }
    }

    pub(super) fn respond(&self, form: &Form<'_>, sent: Sent<'_>) -> Response {
        let field = |(name, value): &(&str, &str)| {
            format!(r#"<input type="hidden" name="{}" value="{}">"#, escape(name), escape(value))
        };
        let fields: String = sent.fields.iter().map(field).collect();
        let script = if matches!(form, Form::Answer) { format!("<script>{SEND}</script>") } else { String::new() };
        let page = fill(
            &self.page,
            &[
                ("{title}", &escape(&form.title())),
                ("{text}", &escape(&form.text())),
                ("{list}", &form.list()),
                ("{action}", &escape(sent.action)),
                ("{fields}", &fields),
                ("{buttons}", form.buttons()),
                ("{script}", &script),
            ],
        );
        ([(header::CONTENT_SECURITY_POLICY, self.policy.clone())], Html(page)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_that_a_client_sends_is_taken_as_markup_or_as_a_place() {
        let forms = Forms::new("Postern");
        let fields = [("state", r#""><script>alert(1)</script>{text}"#)];
        let sent = Sent { action: r#"https://app.example/"x{fields}"#, fields: &fields };
        let response = forms.respond(&Form::Answer, sent);
        let body = axum::body::to_bytes(response.into_body(), 100_000).await.unwrap();
        let page = String::from_utf8(body.to_vec()).unwrap();
        assert!(page.contains(r#"action="https://app.example/&quot;x{fields}""#), "{page}");
        assert!(page.contains(r#"value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;{text}""#), "{page}");
        assert_eq!(page.matches("<script>").count(), 1);
    }
}
