//! Parses one setting. Errors say what is allowed, and never repeat the value.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use ipnet::IpNet;
use lettre::message::Mailbox;
use postern_types::Email;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use unicode_normalization::char::is_combining_mark;
use url::Url;

use super::database_url::DatabaseUrl;
use super::key_source::KeySource;
use super::public_url::PublicUrl;
use super::smtp_url::SmtpUrl;
use crate::addresses::parse_network;

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Human,
    /// One JSON object per line.
    Json,
}

/// A value as it was written. In the environment and in flags everything is text.
#[derive(Deserialize)]
#[serde(untagged, expecting = "must be a quoted string or a whole number")]
enum Written {
    Text(String),
    Number(i64),
}

/// Several values: a list in the file, or a comma-separated string.
#[derive(Deserialize)]
#[serde(untagged, expecting = "must be a list of strings, or a comma-separated string")]
enum WrittenList {
    Text(String),
    List(Vec<String>),
}

pub(super) fn from_text<'de, D: Deserializer<'de>, T>(
    value: D,
    parse: impl FnOnce(&str) -> anyhow::Result<T>,
) -> Result<T, D::Error> {
    let text = match Written::deserialize(value)? {
        Written::Text(text) => text,
        Written::Number(number) => number.to_string(),
    };
    parse(&text).map_err(D::Error::custom)
}

/// A whole number from `MIN` to `MAX`.
pub(super) fn number<'de, const MIN: i64, const MAX: i64, T, D>(value: D) -> Result<T, D::Error>
where
    T: TryFrom<i64>,
    D: Deserializer<'de>,
{
    from_text(value, |text| {
        let number = text.trim().parse().ok().filter(|number| (MIN..=MAX).contains(number));
        let number = number.and_then(|number| T::try_from(number).ok());
        number.with_context(|| format!("must be a whole number from {MIN} to {MAX}"))
    })
}

pub(super) fn address<'de, D: Deserializer<'de>>(value: D) -> Result<SocketAddr, D::Error> {
    from_text(value, address_with_port)
}

/// The same, or nothing.
pub(super) fn address_or_none<'de, D: Deserializer<'de>>(value: D) -> Result<Option<SocketAddr>, D::Error> {
    from_text(value, |text| if text.is_empty() { Ok(None) } else { address_with_port(text).map(Some) })
}

/// The URL of a receiver, or nothing.
pub(super) fn http_url_or_none<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Url>, D::Error> {
    from_text(value, |text| if text.is_empty() { Ok(None) } else { http_url(text).map(Some) })
}

fn http_url(text: &str) -> anyhow::Result<Url> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.context("must be an address such as http://127.0.0.1:4318/v1/traces")
}

fn address_with_port(text: &str) -> anyhow::Result<SocketAddr> {
    text.parse().ok().context("must be an IP address with a port, such as 127.0.0.1:8080 or [::]:8080")
}

pub(super) fn public_url<'de, D: Deserializer<'de>>(value: D) -> Result<PublicUrl, D::Error> {
    from_text(value, PublicUrl::parse)
}

pub(super) fn database<'de, D: Deserializer<'de>>(value: D) -> Result<DatabaseUrl, D::Error> {
    from_text(value, DatabaseUrl::parse)
}

pub(super) fn key_source<'de, D: Deserializer<'de>>(value: D) -> Result<KeySource, D::Error> {
    from_text(value, KeySource::parse)
}

pub(super) fn mail_server<'de, D: Deserializer<'de>>(value: D) -> Result<SmtpUrl, D::Error> {
    from_text(value, SmtpUrl::parse)
}

/// A sender of mails.
pub(super) fn mailbox<'de, D: Deserializer<'de>>(value: D) -> Result<Mailbox, D::Error> {
    from_text(value, |text| text.parse().ok().context("must be an address such as Postern <login@example.com>"))
}

pub(super) fn folder<'de, D: Deserializer<'de>>(value: D) -> Result<PathBuf, D::Error> {
    from_text(value, |text| {
        ensure!(!text.is_empty(), "must name a directory");
        Ok(text.into())
    })
}

/// The path of a file or socket, or nothing.
pub(super) fn path_or_none<'de, D: Deserializer<'de>>(value: D) -> Result<Option<PathBuf>, D::Error> {
    from_text(value, |text| Ok((!text.is_empty()).then(|| text.into())))
}

/// The address of a recipient, or nothing.
pub(super) fn email_or_none<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Email>, D::Error> {
    from_text(value, |text| {
        let email = (!text.is_empty()).then(|| Email::parse(text)).transpose();
        email.ok().context("must be an e-mail address, such as operator@example.com")
    })
}

pub(super) fn product_name<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    from_text(value, |text| {
        ensure!((1..=40).contains(&text.chars().count()), "must have 1 to 40 characters");
        ensure!(
            !text.chars().any(char::is_control) && text.trim() == text,
            "must not contain control characters, or begin or end with a space"
        );
        Ok(text.to_owned())
    })
}

/// An issuer that every authenticator app reads correctly. A colon makes apps lose the issuer or refuse the QR code, one app
/// decodes `? & # + %` twice and then truncates the issuer or the secret, and another shows letters instead of digits for
/// "Steam".
pub(super) fn issuer<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    let is_safe = |c: char| c.is_alphanumeric() || is_combining_mark(c) || " -_.()".contains(c);
    from_text(value, |text| {
        ensure!(
            text.chars().all(is_safe),
            "must contain only letters, digits, spaces and - _ . ( ): some authenticator apps misread : ? & # + % and others"
        );
        ensure!(
            (1..=30).contains(&text.chars().count()),
            "must have 1 to 30 characters: one authenticator app truncates it at 30"
        );
        ensure!(text.trim() == text, "must not begin or end with a space");
        ensure!(
            !text.eq_ignore_ascii_case("steam"),
            "must not be Steam: one authenticator app then shows letters instead of digits"
        );
        Ok(text.to_owned())
    })
}

/// Networks and single addresses, but not the whole internet.
pub(super) fn networks<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<IpNet>, D::Error> {
    let text = match WrittenList::deserialize(value)? {
        WrittenList::Text(text) => text,
        WrittenList::List(items) => items.join(","),
    };
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    let networks: Option<Vec<IpNet>> = items.map(parse_network).collect();
    let networks =
        networks.ok_or_else(|| D::Error::custom("must be addresses or networks, such as 127.0.0.1, 10.0.0.0/8"))?;
    if networks.iter().any(|network| network.prefix_len() == 0) {
        return Err(D::Error::custom(
            "must not cover every address: any client could then choose the address that it is counted under",
        ));
    }
    Ok(networks)
}

pub(super) fn log_format<'de, D: Deserializer<'de>>(value: D) -> Result<LogFormat, D::Error> {
    from_text(value, |text| match text {
        "human" => Ok(LogFormat::Human),
        "json" => Ok(LogFormat::Json),
        _ => bail!("must be human or json"),
    })
}

/// A level, or filter directives (`tracing_subscriber`'s `EnvFilter`). A bare word that is not a level would silence the log.
pub(super) fn filter<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    from_text(value, |text| {
        let mut directives = text.split(',');
        let is_clear =
            directives.all(|item| item.contains('=') || (!item.is_empty() && item.parse::<LevelFilter>().is_ok()));
        ensure!(
            is_clear && EnvFilter::try_new(text).is_ok(),
            "must be off, error, warn, info, debug or trace, or directives such as info,postern=debug"
        );
        Ok(text.to_owned())
    })
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
