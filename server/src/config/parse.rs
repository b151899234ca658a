//! One setting from its text. Errors say what is allowed, and never repeat the text.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use ipnet::IpNet;
use lettre::message::Mailbox;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use unicode_normalization::char::is_combining_mark;

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for a person.
    Human,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        match text {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            _ => bail!("must be human or json"),
        }
    }
}

/// A whole number of the range.
pub(super) fn number<T: TryFrom<i64>>(text: &str, range: RangeInclusive<i64>) -> anyhow::Result<T> {
    let number = text.trim().parse().ok().filter(|number| range.contains(number));
    let number = number.and_then(|number| T::try_from(number).ok());
    number.with_context(|| format!("must be a whole number from {} to {}", range.start(), range.end()))
}

pub(super) fn address(text: &str) -> anyhow::Result<SocketAddr> {
    text.parse().ok().context("must be an IP address with a port, such as 127.0.0.1:8080 or [::]:8080")
}

pub(super) fn folder(text: &str) -> anyhow::Result<PathBuf> {
    ensure!(!text.is_empty(), "must name a folder");
    Ok(text.into())
}

pub(super) fn product_name(text: &str) -> anyhow::Result<String> {
    ensure!((1..=40).contains(&text.chars().count()), "must have 1 to 40 characters");
    ensure!(
        !text.chars().any(char::is_control) && text.trim() == text,
        "must have no control characters or outer blanks"
    );
    Ok(text.to_owned())
}

/// What every authenticator app reads. A colon loses the issuer or the whole QR code, `? & # + %` are decoded twice by
/// one app, which then cuts the issuer or the secret, and another shows letters instead of digits for "Steam".
pub(super) fn issuer(text: &str) -> anyhow::Result<String> {
    let is_safe = |c: char| c.is_alphanumeric() || is_combining_mark(c) || " -_.()".contains(c);
    ensure!(
        text.chars().all(is_safe),
        "may hold letters, digits, blanks and - _ . ( ) only: some authenticator apps misread : ? & # + % and other signs"
    );
    ensure!((1..=30).contains(&text.chars().count()), "must have 1 to 30 characters: one authenticator app cuts at 30");
    ensure!(text.trim() == text, "must have no outer blanks");
    ensure!(
        !text.eq_ignore_ascii_case("steam"),
        "must not be Steam: one authenticator app then shows letters instead of digits"
    );
    Ok(text.to_owned())
}

/// Networks and single addresses, separated by commas; none of them the whole internet.
pub(super) fn networks(text: &str) -> anyhow::Result<Vec<IpNet>> {
    let network = |item: &str| item.parse::<IpNet>().ok().or_else(|| item.parse::<IpAddr>().ok().map(IpNet::from));
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    let networks: Option<Vec<IpNet>> = items.map(network).collect();
    let networks = networks.context("must be addresses and networks, such as 127.0.0.1, 10.0.0.0/8")?;
    ensure!(
        networks.iter().all(|network| network.prefix_len() > 0),
        "must not hold every address: anybody could then choose the address that they are counted under"
    );
    Ok(networks)
}

/// A sender of mails.
pub(super) fn mailbox(text: &str) -> anyhow::Result<Mailbox> {
    text.parse().ok().context("must be an address such as Postern <login@example.com>")
}

/// A level, or filter directives (`tracing_subscriber`'s `EnvFilter`). A bare word that is no level would silence the log.
pub(super) fn filter(text: &str) -> anyhow::Result<String> {
    let mut directives = text.split(',');
    let is_clear =
        directives.all(|item| item.contains('=') || (!item.is_empty() && item.parse::<LevelFilter>().is_ok()));
    ensure!(
        is_clear && EnvFilter::try_new(text).is_ok(),
        "must be off, error, warn, info, debug or trace, or directives such as info,postern=debug"
    );
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_that_some_app_misreads_is_refused() {
        let refused = [
            "UKC: Portal",
            "https://login.example",
            "喵 と テスト (https://x)",
            "Smith & Sons",
            "Ask?",
            "#1 Portal",
            "100% Safe",
            "C+ Portal",
            "A/B",
            "a\\b",
            "sTeam",
            "",
            " UKC",
            "UKC ",
            "a\nb",
        ];
        for text in refused {
            assert!(issuer(text).is_err(), "{text:?}");
        }
        assert!(issuer(&"ö".repeat(30)).is_ok() && issuer(&"ö".repeat(31)).is_err());
        for text in ["UKC Portal", "Köln Портал 門", "Ko\u{308}ln", "हिन्दी", "A-B_C.D (2)", "Steamship"]
        {
            assert!(issuer(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_product_name_has_1_to_40_visible_characters() {
        assert!(product_name("").is_err() && product_name(" x").is_err() && product_name("a\u{7}b").is_err());
        assert!(product_name(&"門".repeat(40)).is_ok() && product_name(&"門".repeat(41)).is_err());
    }

    #[test]
    fn a_number_outside_its_range_is_refused_with_the_range() {
        assert_eq!(number::<u8>("1", 0..=1).unwrap(), 1);
        for text in ["", "2", "-1", "1.0", "one", "99999999999999999999"] {
            assert_eq!(number::<u8>(text, 0..=1).unwrap_err().to_string(), "must be a whole number from 0 to 1");
        }
    }

    #[test]
    fn a_trusted_proxy_is_an_address_or_a_network_but_not_everything() {
        let networks = |text| networks(text).map(|list| list.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(networks("10.0.0.0/8, ::1").unwrap(), ["10.0.0.0/8", "::1/128"]);
        assert!(networks("").unwrap().is_empty());
        for text in ["10.0.0.0/33", "proxy.example", "10.0.0.1:80", "0.0.0.0/0", "::/0"] {
            assert!(networks(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_misspelt_log_level_is_refused() {
        for text in ["info", "OFF", "warn,postern=debug"] {
            assert!(filter(text).is_ok(), "{text}");
        }
        for text in ["", "debg", "info,", "info, sqlx=warn", "postern=loud", "info;debug"] {
            assert!(filter(text).is_err(), "{text}");
        }
    }
}
