//! Pages for users whose request to an application, or whose log-in to one, is refused. They may be shown on the application's host, so
//! they load nothing from elsewhere.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use postern_types::RequestMethod;

use crate::applications::Refusal;
use crate::html::{escape, fill};

const PAGE: &str = include_str!("notice.html");
/// The form that logs out.
const SIGN_OUT: &str =
    r#"<form method="post" action="{action}"><button type="submit" class="primary">Log out</button></form>"#;
const LOGGED_OUT: &str = "You are logged out of the portal. An application that has a log-in of its own may still be open: log out there, \
                          too, or close the browser.";
pub(super) const DRAWING: &str = include_str!("../../../frontend/icon.svg");
pub(super) const STYLE: &str = concat!(
    include_str!("../../../style/tokens.css"),
    include_str!("../../../style/base.css"),
    include_str!("../../../style/layout.css"),
    include_str!("../../../style/components/button.css"),
    include_str!("../../../style/served.css"),
);

/// What the user is told.
#[derive(Clone, Debug)]
pub(crate) enum Notice {
    /// A form was sent without a session, and did not reach the application. `start` is the address of the log-in.
    LogInFirst { application: String, start: String },
    /// No account of the user has the application. A form at `sign_out` logs out.
    NotGiven { application: String, email: String, sign_out: String },
    /// The administrators have not chosen the user. A form at `sign_out` logs out.
    NotChosen { application: String, email: String, sign_out: String },
    /// The user may not use the application from this address.
    AddressRefused { application: String },
    /// The application cannot be used from this network.
    NetworkExcluded { application: String },
    /// A rule refuses to show the page, or no rule matches the request.
    Closed { application: String },
    /// The same, for a request that sends something.
    NotAccepted { application: String },
    /// The application requires a second factor, and the user has none. `start` is the address of the log-in, which asks for the
    /// set-up.
    SecondFactorMissing { application: String, start: String },
    /// The request is ambiguous, for this reason.
    Unclear { reason: String },
    /// There is no application at this address.
    NoApplication,
    /// An address that is part of the log-in is incomplete, or was changed.
    BadAddress,
    /// The browser did not send back its cookie.
    NoCookie,
    /// The code was used, has expired, or belongs to another browser.
    CodeRefused,
    /// The request was caused by a page of another origin.
    OtherSite,
    /// The session has ended.
    LoggedOut,
    /// An OpenID Connect client that is not known by this id sent the browser here.
    NoClient { id: String },
    /// A client wants its answer at an address that is not registered.
    RedirectUri { client: String, uri: String },
    /// A client wants the browser to go, after a log-out, to an address that is not registered. A form at `sign_out` logs out.
    SignOutUri { client: Option<String>, uri: String, sign_out: String },
}

/// A request to an application that is refused.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    /// The name of the application.
    pub(crate) application: String,
    /// The user's e-mail address; `None` without a session.
    pub(crate) email: Option<String>,
    /// The method of the request.
    pub(crate) method: RequestMethod,
    /// Where a form on the page logs out, on the same host.
    pub(crate) sign_out: String,
}

impl Notice {
    /// The notice for a refusal.
    pub(crate) fn of(refusal: Refusal<'_>, request: Refused) -> Self {
        let Refused { application, email, method, sign_out } = request;
        match (refusal, email) {
            (Refusal::NotGiven, Some(email)) => Self::NotGiven { application, email, sign_out },
            (Refusal::NotChosen, Some(email)) => Self::NotChosen { application, email, sign_out },
            (Refusal::AddressRefused, _) => Self::AddressRefused { application },
            (Refusal::ExcludedNetwork, _) => Self::NetworkExcluded { application },
            _ if matches!(method, RequestMethod::Get | RequestMethod::Head) => Self::Closed { application },
            _ => Self::NotAccepted { application },
        }
    }

    /// The status of the response.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::LogInFirst { .. } => StatusCode::UNAUTHORIZED,
            Self::NotGiven { .. }
            | Self::NotChosen { .. }
            | Self::AddressRefused { .. }
            | Self::NetworkExcluded { .. }
            | Self::Closed { .. }
            | Self::NotAccepted { .. }
            | Self::SecondFactorMissing { .. }
            | Self::OtherSite => StatusCode::FORBIDDEN,
            Self::Unclear { .. }
            | Self::NoApplication
            | Self::BadAddress
            | Self::NoCookie
            | Self::CodeRefused
            | Self::NoClient { .. }
            | Self::RedirectUri { .. }
            | Self::SignOutUri { .. } => StatusCode::BAD_REQUEST,
            Self::LoggedOut => StatusCode::OK,
        }
    }

    const fn title(&self) -> &'static str {
        match self {
            Self::LogInFirst { .. } | Self::LoggedOut => "You are logged out",
            Self::NotGiven { .. } | Self::NotChosen { .. } => "You cannot open this application",
            Self::AddressRefused { .. } => "Not available from this address",
            Self::NetworkExcluded { .. } => "Not available from this network",
            Self::Closed { .. } => "This page is not available",
            Self::SecondFactorMissing { .. } => "Two-factor authentication required",
            Self::Unclear { .. } | Self::NotAccepted { .. } => "This request was refused",
            Self::NoApplication => "There is no application here",
            Self::BadAddress => "This address is incomplete",
            Self::NoCookie => "Your browser sent no cookie",
            Self::CodeRefused => "The log-in was not completed",
            Self::OtherSite => "Another site sent this request",
            Self::NoClient { .. } | Self::RedirectUri { .. } => "The log-in could not start",
            Self::SignOutUri { .. } => "The log-out could not continue",
        }
    }

    /// What happened, and what to do.
    fn text(&self) -> String {
        match self {
            Self::LogInFirst { application, .. } => {
                format!("What you sent did not reach {application}. Log in, then send it again.")
            }
            Self::NotGiven { application, email, .. } => format!(
                "You are logged in as {email}. None of your accounts has {application}. Ask the operator of the portal. To use \
                 another user name, log out first."
            ),
            Self::NotChosen { application, email, .. } => format!(
                "You are logged in as {email}. The administrators of your account choose who may use {application}. Ask \
                 one of them. To use another user name, log out first."
            ),
            Self::AddressRefused { application } => format!(
                "Your account allows {application} only from certain addresses. Ask an administrator of your account."
            ),
            Self::NetworkExcluded { application } => {
                format!(
                    "{application} cannot be used from this network. Use another one, or ask the operator of the portal."
                )
            }
            Self::Closed { application } => format!("Nobody may open this page of {application}."),
            Self::NotAccepted { application } => {
                format!("What you sent did not reach {application}: nobody may send it to this page.")
            }
            Self::SecondFactorMissing { application, .. } => {
                format!("{application} requires a second factor. Set up an authenticator app or a passkey first.")
            }
            Self::Unclear { reason } => format!(
                "The portal cannot tell what was requested: {reason}. Check the address. If it is right, tell the operator of the \
                 portal."
            ),
            Self::NoApplication => {
                "No application has this address. Check it, or ask the operator of the portal.".to_owned()
            }
            Self::BadAddress => "Part of it is missing or was changed. Open the application again.".to_owned(),
            Self::NoCookie => {
                "Logging in requires cookies and https. Allow cookies for this site, then open the application again."
                    .to_owned()
            }
            Self::CodeRefused => {
                "It took too long, began in another browser, or was completed before. Open the application again."
                    .to_owned()
            }
            Self::OtherSite => "It was refused, and nothing was changed.".to_owned(),
            Self::LoggedOut => LOGGED_OUT.to_owned(),
            Self::NoClient { .. } => {
                "The application that sent you here is not registered. Tell its operator.".to_owned()
            }
            Self::RedirectUri { .. } | Self::SignOutUri { .. } => {
                "The application wants to continue at an address that is not registered. Tell its operator.".to_owned()
            }
        }
    }

    /// The address of the form that logs out, if the page has one.
    fn sign_out(&self) -> Option<&str> {
        match self {
            Self::NotGiven { sign_out, .. } | Self::NotChosen { sign_out, .. } | Self::SignOutUri { sign_out, .. } => {
                Some(sign_out)
            }
            _ => None,
        }
    }

    /// Label and address of the link. `portal` is the portal's origin.
    fn button(&self, portal: &str) -> (&'static str, String) {
        match self {
            Self::LogInFirst { start, .. } => ("Log in", start.clone()),
            Self::SecondFactorMissing { start, .. } => ("Set it up", start.clone()),
            Self::NoCookie | Self::CodeRefused => ("Try again", "/".to_owned()),
            Self::LoggedOut => ("Log in", format!("{portal}/")),
            _ => ("Go to the portal", format!("{portal}/")),
        }
    }
}

/// The page with the product's name, and its content security policy, prepared at start.
#[derive(Debug)]
pub(super) struct Notices {
    page: String,
    policy: HeaderValue,
    portal: String,
}

impl Notices {
    /// `portal` is the portal's origin.
    pub(super) fn new(product_name: &str, portal: &str) -> Self {
        let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        );
        let page = PAGE.replace("{style}", STYLE).replace("{drawing}", DRAWING.trim());
        Self {
            page: page.replace("{name}", &escape(product_name)),
            policy: HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'")),
            portal: portal.to_owned(),
        }
    }

    pub(super) fn respond(&self, notice: &Notice) -> Response {
        let (label, href) = notice.button(&self.portal);
        let sign_out = notice.sign_out().map(|action| SIGN_OUT.replace("{action}", &escape(action)));
        let class = if sign_out.is_some() { "button" } else { "button primary" };
        let page = fill(
            &self.page,
            &[
                ("{title}", notice.title()),
                ("{text}", &escape(&notice.text())),
                ("{for_operator}", &notice.for_operator()),
                ("{sign_out}", sign_out.as_deref().unwrap_or_default()),
                ("{class}", class),
                ("{label}", label),
                ("{href}", &escape(&href)),
            ],
        );
        (notice.status(), [(header::CONTENT_SECURITY_POLICY, self.policy.clone())], Html(page)).into_response()
    }
}
