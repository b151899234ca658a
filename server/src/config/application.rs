//! `[[application]]` in the settings file: an application behind the portal.

use std::path::PathBuf;

use anyhow::ensure;
use ipnet::IpNet;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::parse::from_text;
use crate::applications::{ApplicationUrl, Rules, parse_max_age, parse_networks};
use crate::display_name::DisplayName;

/// An application behind the portal, which `postern serve` imports.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationSettings {
    /// Its name, 1 to 100 characters.
    #[serde(deserialize_with = "name")]
    pub name: DisplayName,
    /// The address that users open.
    #[serde(deserialize_with = "url")]
    pub url: ApplicationUrl,
    /// Names of the accounts that have it.
    #[serde(deserialize_with = "accounts")]
    pub accounts: Vec<String>,
    /// The rules, in order.
    #[serde(default, deserialize_with = "rules")]
    pub rules: Rules,
    /// Whether every user needs a second factor.
    #[serde(default, deserialize_with = "switch")]
    pub two_factor: bool,
    /// Maximum age of a log-in in seconds.
    #[serde(default, rename = "max_age", deserialize_with = "max_age")]
    pub max_age_s: Option<i64>,
    /// Networks from which it cannot be used.
    #[serde(default, deserialize_with = "networks")]
    pub exclude_networks: Vec<IpNet>,
    /// The file of its icon.
    #[serde(default, deserialize_with = "icon")]
    pub icon: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "must be a list of strings")]
enum List {
    Strings(Vec<String>),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "must be true or false")]
enum Switch {
    Boolean(bool),
}

fn list<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<String>, D::Error> {
    List::deserialize(value).map(|List::Strings(strings)| strings)
}

fn switch<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    Switch::deserialize(value).map(|Switch::Boolean(is_on)| is_on)
}

fn name<'de, D: Deserializer<'de>>(value: D) -> Result<DisplayName, D::Error> {
    from_text(value, |text| {
        let name = DisplayName::parse(text)?;
        ensure!(!name.is_empty(), "the name of an application cannot be empty");
        Ok(name)
    })
}

fn url<'de, D: Deserializer<'de>>(value: D) -> Result<ApplicationUrl, D::Error> {
    from_text(value, |text| Ok(ApplicationUrl::parse(text)?))
}

fn accounts<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<String>, D::Error> {
    let accounts = list(value)?;
    if accounts.is_empty() {
        return Err(D::Error::custom("must name at least one account"));
    }
    Ok(accounts.iter().map(|account| account.trim().to_owned()).collect())
}

fn rules<'de, D: Deserializer<'de>>(value: D) -> Result<Rules, D::Error> {
    Rules::parse(&list(value)?).map_err(D::Error::custom)
}

fn max_age<'de, D: Deserializer<'de>>(value: D) -> Result<Option<i64>, D::Error> {
    from_text(value, |text| Ok(Some(parse_max_age(text)?)))
}

fn networks<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<IpNet>, D::Error> {
    parse_networks(&list(value)?).map_err(D::Error::custom)
}

fn icon<'de, D: Deserializer<'de>>(value: D) -> Result<Option<PathBuf>, D::Error> {
    from_text(value, |text| Ok(Some(text.into())))
}
