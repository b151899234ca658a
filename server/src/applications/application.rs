//! An application, as defined by the operator.

use ipnet::IpNet;

use super::icon::Icon;
use super::origin::Origin;
use super::rule::Rules;
use crate::addresses::{ClientAddress, parse_network};
use crate::display_name::DisplayName;
use crate::ids::ApplicationId;

/// An application behind the portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// Its name, which is unique.
    pub name: DisplayName,
    /// The address that users open.
    pub url: String,
    /// The origin of this address. No other application has the same host.
    pub origin: Origin,
    /// The rules, in order.
    pub rules: Rules,
    /// Whether every user needs a second factor, even if the account does not require one.
    pub two_factor: bool,
    /// Maximum age of a log-in in seconds; `None` for no limit beyond that of the session.
    pub max_age_s: Option<i64>,
    /// Networks from which the application cannot be used.
    pub excluded_networks: Vec<IpNet>,
}

impl Application {
    /// Whether a client with this address is excluded. An unknown address might be in any network.
    #[must_use]
    pub fn excludes(&self, address: ClientAddress) -> bool {
        let networks = &self.excluded_networks;
        match address {
            ClientAddress::Known(address) => networks.iter().any(|network| network.contains(&address.to_canonical())),
            ClientAddress::Unknown => !networks.is_empty(),
        }
    }
}

/// Everything that the operator defines about an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The application.
    pub application: Application,
    /// Its icon.
    pub icon: Option<Icon>,
    /// Names of the accounts that have it.
    pub accounts: Vec<String>,
}

/// Why a part of a definition is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPart {
    /// Not a duration, or out of range.
    #[error("must be a duration from 1m to 30d, such as 12h")]
    MaxAge,
    /// Not an address or a network.
    #[error("must be an address or a network, such as 192.0.2.0/24")]
    Network,
}

/// The range of the maximum age of a log-in, in seconds. No session lives longer than the greatest `sessions.absolute_s`.
const AGES_S: std::ops::RangeInclusive<i64> = 60..=2_592_000;

/// Parses the maximum age of a log-in, such as `12h`, into seconds.
///
/// # Errors
/// [`InvalidPart::MaxAge`].
pub fn parse_max_age(text: &str) -> Result<i64, InvalidPart> {
    let age = humantime::parse_duration(text).map_err(|_| InvalidPart::MaxAge)?;
    i64::try_from(age.as_secs()).ok().filter(|age_s| AGES_S.contains(age_s)).ok_or(InvalidPart::MaxAge)
}

/// Parses the networks to exclude.
///
/// # Errors
/// [`InvalidPart::Network`].
pub fn parse_networks<T: AsRef<str>>(texts: &[T]) -> Result<Vec<IpNet>, InvalidPart> {
    texts.iter().map(|text| parse_network(text.as_ref()).ok_or(InvalidPart::Network)).collect()
}
