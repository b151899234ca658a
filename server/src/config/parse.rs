//! One setting from its text. Errors say what is allowed and never repeat the text.

use std::net::IpAddr;

use anyhow::{Context, bail, ensure};
use ipnet::IpNet;

use super::{DatabaseUrl, LogFormat};

pub(super) fn number(text: &str, least: i64, most: i64) -> anyhow::Result<i64> {
    let value = text.trim().parse().ok().filter(|value| (least..=most).contains(value));
    value.with_context(|| format!("allowed is a whole number from {least} to {most}"))
}

pub(super) fn database(text: &str) -> anyhow::Result<DatabaseUrl> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Ok(DatabaseUrl::Postgres(text.to_owned()));
    }
    let path = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:"));
    let path = path.filter(|path| !path.is_empty()).context("allowed is sqlite:PATH or postgres://…")?;
    Ok(DatabaseUrl::Sqlite(path.into()))
}

pub(super) fn product_name(text: &str) -> anyhow::Result<String> {
    let fits = (1..=40).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    ensure!(fits, "allowed are 1 to 40 characters, none of them a control character");
    Ok(text.to_owned())
}

/// What every authenticator app reads (vectors of four apps): a colon loses the issuer or the QR code, `? & # + %` are decoded
/// twice by one app, "Steam" switches one app to letters, and one cuts at 30.
pub(super) fn issuer(text: &str) -> anyhow::Result<String> {
    let plain = text.chars().all(|c| c.is_alphanumeric() || " -_.()".contains(c));
    ensure!(plain, "allowed are letters, digits, blanks and - _ . ( ): authenticator apps misread other signs");
    ensure!(
        (1..=30).contains(&text.chars().count()) && text.trim() == text,
        "allowed are 1 to 30 characters, without outer blanks"
    );
    ensure!(
        !text.eq_ignore_ascii_case("steam"),
        "one authenticator app shows letters instead of digits for the name Steam"
    );
    Ok(text.to_owned())
}

pub(super) fn networks(text: &str) -> anyhow::Result<Vec<IpNet>> {
    let network = |item: &str| item.parse().or_else(|_| item.parse::<IpAddr>().map(IpNet::from));
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    items
        .map(network)
        .collect::<Result<_, _>>()
        .context("allowed are addresses and networks such as 10.0.0.0/8, separated by commas")
}

pub(super) fn log_format(text: &str) -> anyhow::Result<LogFormat> {
    match text {
        "human" => Ok(LogFormat::Human),
        "json" => Ok(LogFormat::Json),
        _ => bail!("allowed are human and json"),
    }
}
