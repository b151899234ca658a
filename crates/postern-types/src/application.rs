//! Applications behind the portal: what decides who may open them.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumString, IntoStaticStr};

/// The methods that rules can have (RFC 9110, section 9; RFC 5789). Requests with any other method are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, EnumIter, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum RequestMethod {
    /// `GET`.
    Get,
    /// `HEAD`.
    Head,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `PATCH`.
    Patch,
    /// `DELETE`.
    Delete,
    /// `OPTIONS`.
    Options,
}

/// Who is allowed by a rule of an application, from the least to the most strict.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Deserialize,
    Serialize,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Access {
    /// Everyone, without logging in.
    Open,
    /// Users who may use the application.
    Members,
    /// Such users, with a second factor shown at most 10 minutes ago.
    Fresh,
    /// Nobody.
    Refused,
}

impl RequestMethod {
    /// The method as written in a request.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Access {
    /// The word in the API, in the settings and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Whether a rule of an application decides about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RuleMatch {
    /// It decides.
    Decides,
    /// The path does not match.
    OtherPath,
    /// The method does not match.
    OtherMethod,
    /// It matches, too, but an earlier or a stricter rule decides.
    NotReached,
    /// A value that this version does not know.
    #[serde(other)]
    Unknown,
}

/// The decision about a request to an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, EnumIter, IntoStaticStr)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Verdict {
    /// Allowed without a log-in: the rule is open.
    Open,
    /// Allowed.
    Allowed,
    /// The user must log in first.
    LogIn,
    /// The log-in is older than the application allows.
    LogInAgain,
    /// A second factor must be shown first.
    ShowFactor,
    /// A second factor is required, and the user has none.
    SecondFactorMissing,
    /// Refused: no rule matches this request.
    NoRule,
    /// Refused by a rule.
    RefusedByRule,
    /// Refused: the client's address is in an excluded network.
    ExcludedNetwork,
    /// Refused: the user is not active in any account that has the application.
    NotGiven,
    /// Refused: the administrators have not chosen the user.
    NotChosen,
    /// Refused: the account cannot be used from the client's address.
    AddressRefused,
    /// Refused: different programs could read the path differently.
    OddPath,
    /// A value that this version does not know.
    #[serde(other)]
    Unknown,
}

impl Verdict {
    /// The word in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Response of [`crate::route::MY_APPLICATIONS`]: an application that the user may open from the client's address.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"id": "7c41", "name": "Wiki", "url": "https://wiki.example.com/", "icon": "/api/applications/7c41/icon"})))]
pub struct MyApplication {
    /// Opaque id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: String,
    /// The path of its icon; `null` without one.
    pub icon: Option<String>,
}

/// An application of an account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"id": "7c41", "name": "Wiki", "url": "https://wiki.example.com/", "icon": null, "everyone": false, "users": ["5f0c1d9e"], "version": 3, "clients": []})))]
pub struct AccountApplication {
    /// Opaque id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: String,
    /// The path of its icon; `null` without one.
    pub icon: Option<String>,
    /// Whether every user of the account may use it.
    pub everyone: bool,
    /// Ids of the users that the administrators have chosen. They may use it even if `everyone` is `false`.
    pub users: Vec<String>,
    /// For `If-Match`, in quotes: incremented with every change of who may use it.
    pub version: i64,
    /// Its clients of OpenID Connect, by name.
    pub clients: Vec<ApplicationClient>,
}

/// Response to a `GET` to [`crate::route::ACCOUNT_APPLICATIONS`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountApplications {
    /// The portal as clients of OpenID Connect know it: its address, without a slash at the end.
    pub issuer: String,
    /// The applications, by name.
    pub applications: Vec<AccountApplication>,
}

/// A client of OpenID Connect.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"name": "Grafana", "client_id": "4d1c", "public": false, "redirect_uris": ["https://grafana.example.com/login/generic_oauth"]})))]
pub struct ApplicationClient {
    /// Its name, for the command line.
    pub name: String,
    /// Its id.
    pub client_id: String,
    /// Whether it has no secret.
    pub public: bool,
    /// Where users may return after a log-in.
    pub redirect_uris: Vec<String>,
}

/// Body of [`crate::route::ACCOUNT_APPLICATION_MEMBERS`]: which users of the account may use an application.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"everyone": false, "users": ["5f0c1d9e"]})))]
#[serde(deny_unknown_fields)]
pub struct ApplicationMembers {
    /// Whether every user of the account may use it.
    pub everyone: bool,
    /// Ids of the users who may use it, at most 400. Users who were invited and have not joined yet cannot be chosen.
    #[cfg_attr(feature = "openapi", schema(max_items = 400))]
    pub users: Vec<String>,
}

impl ApplicationMembers {
    /// Maximum number of chosen users.
    pub const MAX_USERS: usize = 400;
}

/// The 412 response to a `PUT` to [`crate::route::ACCOUNT_APPLICATION_MEMBERS`]: somebody has changed it in the meantime.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApplicationConflict {
    /// `conflict`.
    pub error: String,
    /// The application as it is.
    pub current: AccountApplication,
}

/// Body of [`crate::route::ACCOUNT_APPLICATIONS_CHECK`]: a hypothetical request to an application.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"url": "https://wiki.example.com/admin/x", "method": "GET", "user": "5f0c1d9e", "address": "192.0.2.7"})))]
#[serde(deny_unknown_fields)]
pub struct CheckApplication {
    /// The requested address, of an application of the account.
    pub url: String,
    /// The method.
    pub method: RequestMethod,
    /// Id of the user.
    pub user: String,
    /// The client's IP address; if it is left out, that of the administrator.
    #[serde(default)]
    pub address: Option<String>,
}

/// The decision about a request of a user who has just logged in with every factor that they have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"application": "Wiki", "verdict": "allowed", "rules": [{"name": "everything", "access": "members", "methods": [], "path": "/*", "matched": "decides"}]})))]
pub struct ApplicationCheck {
    /// The name of the application.
    pub application: String,
    /// The decision.
    pub verdict: Verdict,
    /// The rules in order; empty if the path is refused.
    pub rules: Vec<CheckedRule>,
}

/// A rule, and whether it decides.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckedRule {
    /// Its name.
    pub name: String,
    /// Who is allowed.
    pub access: Access,
    /// The methods that it matches; empty for all.
    pub methods: Vec<RequestMethod>,
    /// The paths that it matches.
    pub path: String,
    /// Whether it decides.
    pub matched: RuleMatch,
}
