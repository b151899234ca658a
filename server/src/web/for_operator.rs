//! What a page says to the operator if a client of OpenID Connect is registered wrongly.

use super::notices::Notice;
use crate::html::escape;

impl Notice {
    /// What the operator has to correct, as HTML.
    pub(super) fn for_operator(&self) -> String {
        let code = |text: &str| format!("<code>{}</code>", escape(text));
        let sent = |name: &str, value: &str| match value {
            "" => format!("it sent no {}", code(name)),
            value => format!("it sent the {} {}", code(name), code(value)),
        };
        let list = code("postern client list");
        let register = |name, uri: &str, client: &str, option| {
            let command = code(&format!("postern client change {} {option} {}", quoted(client), quoted(uri)));
            format!(
                "<p>For the operator: {}. If this address is correct, register exactly that, and repeat the addresses to keep, each \
                 with its own {}: {command}. {list} shows what is registered.</p>",
                sent(name, uri),
                code(option)
            )
        };
        match self {
            Self::NoClient { id } => {
                format!("<p>For the operator: {}. Compare it with the output of {list}.</p>", sent("client_id", id))
            }
            Self::RedirectUri { uri, .. } if uri.is_empty() => {
                format!(
                    "<p>For the operator: {}. Configure one of those that {list} shows.</p>",
                    sent("redirect_uri", uri)
                )
            }
            Self::RedirectUri { client, uri } => register("redirect_uri", uri, client, "--redirect-uri"),
            Self::SignOutUri { client: Some(client), uri, .. } => {
                register("post_logout_redirect_uri", uri, client, "--sign-out-uri")
            }
            Self::SignOutUri { client: None, uri, .. } => format!(
                "<p>For the operator: {}, but neither a {} nor an {} that the portal knows.</p>",
                sent("post_logout_redirect_uri", uri),
                code("client_id"),
                code("id_token_hint")
            ),
            _ => String::new(),
        }
    }
}

/// A word for a shell, in which nothing has a meaning. Control characters are replaced.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''").replace(char::is_control, "\u{fffd}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_to_copy_runs_nothing_that_a_client_has_sent() {
        let uri = "https://a/$(reboot)`reboot`';reboot;'\n".to_owned();
        let page = Notice::RedirectUri { client: "Wiki".to_owned(), uri }.for_operator();
        assert!(page.contains("'https://a/$(reboot)`reboot`'\\'';reboot;'\\''\u{fffd}'"), "{page}");
    }
}
