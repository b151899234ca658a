//! Lists of `otpauth://` links, one a line, and of the texts of the QR codes by which Google Authenticator moves its entries. The format
//! of a link: <https://github.com/google/google-authenticator/wiki/Key-Uri-Format>.

use percent_encoding::percent_decode_str;
use url::Url;

use super::app::App;
use super::draft::Draft;
use super::fields::lines;
use super::incoming::{Contents, Entry, Refusal, Unreadable};
use super::migration;
use crate::auth::totp::TotpSecret;

/// Links of Google Authenticator begin with it, too.
const SCHEME: &str = "otpauth";

/// Reads a list. Lines that are empty or begin with `#` are left out.
pub(super) fn read(file: &[u8], domain: Option<&str>) -> Result<Contents, Unreadable> {
    let lines: Vec<_> = lines(file).filter(|(_, line)| !line.is_ok_and(|line| line.starts_with('#'))).collect();
    let is_link = |line: &Result<&str, Refusal>| line.is_ok_and(|line| line.starts_with(SCHEME));
    if !lines.is_empty() && !lines.iter().any(|(_, line)| is_link(line)) {
        return Err(Unreadable::NoLinks);
    }
    let entries = lines.into_iter().flat_map(|(number, line)| match line {
        Ok(line) if migration::is_one(line) => of_migration(number, line, domain),
        Ok(line) => vec![of_link(number, line, domain)],
        Err(refusal) => vec![Entry { number, user: String::new(), found: Err(refusal) }],
    });
    Ok(Contents { entries: entries.collect(), ..Contents::default() })
}

fn of_link(number: u64, line: &str, domain: Option<&str>) -> Entry {
    match parse(line) {
        Ok((user, secret)) => of_app(number, &user, Ok(secret), domain),
        Err(refusal) => Entry { number, user: String::new(), found: Err(refusal) },
    }
}

fn of_migration(number: u64, line: &str, domain: Option<&str>) -> Vec<Entry> {
    match migration::parse(line) {
        Some(apps) => apps.into_iter().map(|(user, secret)| of_app(number, user_of(&user), secret, domain)).collect(),
        None => vec![Entry { number, user: String::new(), found: Err(Refusal::Damaged) }],
    }
}

fn of_app(number: u64, user: &str, secret: Result<TotpSecret, Refusal>, domain: Option<&str>) -> Entry {
    Draft { login: user, totp: Some(secret), ..Draft::default() }.entry(number, domain)
}

/// Reads a link: the user, and the secret.
pub(super) fn parse(link: &str) -> Result<(String, TotpSecret), Refusal> {
    let url = Url::parse(link).ok().filter(|url| url.scheme() == SCHEME).ok_or(Refusal::Damaged)?;
    match url.host_str() {
        Some("totp") => {}
        Some("hotp") => return Err(Refusal::Counter),
        _ => return Err(Refusal::Damaged),
    }
    let parameter =
        |name: &str| url.query_pairs().find(|(it, _)| it == name).map(|(_, value)| value).unwrap_or_default();
    let (algorithm, digits, period, secret) =
        (parameter("algorithm"), parameter("digits"), parameter("period"), parameter("secret"));
    let number =
        |text: &str| if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| Refusal::Parameters) };
    let app = App { algorithm: &algorithm, digits: number(&digits)?, period_s: number(&period)? };
    let label = percent_decode_str(url.path().trim_start_matches('/')).decode_utf8_lossy().into_owned();
    Ok((user_of(&label).to_owned(), app.with_base32(&secret)?))
}

/// The user in a label, which may begin with the issuer.
fn user_of(label: &str) -> &str {
    label.rsplit_once(':').map_or(label, |(_, user)| user).trim()
}
