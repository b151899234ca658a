//! Text with columns. Its first line names them: `email`, and any of `name`, `account`, `role` (`user` or `admin`), `active` (`yes` or
//! `no`), `password_hash`, `totp_uri`, or instead `totp_secret` (Base32), `totp_algorithm`, `totp_digits` and `totp_period`.

use std::collections::BTreeSet;

use ::csv::{ErrorKind, ReaderBuilder, StringRecord};
use postern_types::Email;

use super::app::App;
use super::draft::Draft;
use super::incoming::{Contents, Entry, Membership, Refusal, Unreadable};
use super::key_uri;
use crate::auth::totp::TotpSecret;
use crate::display_name::DisplayName;

const WHAT: &str = "CSV file with a column email";
const EMAIL: &str = "email";
const COLUMNS: [&str; 11] = [
    EMAIL,
    "name",
    "account",
    "role",
    "active",
    "password_hash",
    "totp_uri",
    "totp_secret",
    "totp_algorithm",
    "totp_digits",
    "totp_period",
];

/// What the name of a column with secrets or hashes contains.
const SECRETS: [&str; 9] = ["otp", "secret", "passw", "pwd", "passphrase", "hash", "seed", "2fa", "mfa"];
/// What programs write instead of commas.
const SEPARATORS: [(char, &str); 3] = [(';', "semicolons (;)"), ('\t', "tabs"), ('|', "bars (|)")];
const YES: [&str; 4] = ["yes", "true", "1", ""];
const NO: [&str; 3] = ["no", "false", "0"];

/// A line, with the names of the columns.
struct Line<'a> {
    names: &'a [String],
    record: &'a StringRecord,
}

/// Reads a file.
pub(super) fn read(file: &[u8], domain: Option<&str>) -> Result<Contents, Unreadable> {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(file);
    let names: Vec<String> = match reader.headers() {
        Ok(names) => names.iter().map(|name| name.trim().to_ascii_lowercase()).collect(),
        Err(_) => return Err(Unreadable::NotUtf8(1)),
    };
    let mut contents = Contents { ignored: check_names(&names)?, ..Contents::default() };
    for record in reader.records() {
        contents.entries.push(match record {
            Ok(record) => entry(&Line { names: &names, record: &record }, domain),
            Err(error) => Entry { number: line_of(&error), user: String::new(), found: Err(Refusal::NotUtf8) },
        });
    }
    Ok(contents)
}

/// The names of the columns that are ignored. A column with secrets is not: its users would be added without them.
fn check_names(names: &[String]) -> Result<BTreeSet<String>, Unreadable> {
    if !names.iter().any(|name| name == EMAIL) {
        let separator = SEPARATORS.iter().find(|(separator, _)| {
            names.iter().flat_map(|name| name.split(*separator)).any(|name| name.trim_matches([' ', '"']) == EMAIL)
        });
        return Err(match separator {
            Some((_, called)) => Unreadable::Separator(called),
            None => Unreadable::Other { what: WHAT, line: Some(1) },
        });
    }
    let (known, others): (Vec<&String>, Vec<&String>) = names.iter().partition(|it| COLUMNS.contains(&it.as_str()));
    if let Some(name) = others.iter().find(|name| SECRETS.iter().any(|part| name.contains(part))) {
        return Err(Unreadable::SecretColumn((*name).clone(), COLUMNS.join(", ")));
    }
    match known.iter().enumerate().find(|(at, name)| known[..*at].contains(name)) {
        Some((_, name)) => Err(Unreadable::Twice((*name).clone())),
        None => Ok(others.into_iter().cloned().collect()),
    }
}

fn line_of(error: &::csv::Error) -> u64 {
    match error.kind() {
        ErrorKind::Utf8 { pos: Some(position), .. } => position.line(),
        _ => 0,
    }
}

fn entry(line: &Line<'_>, domain: Option<&str>) -> Entry {
    let number = line.record.position().map_or(0, ::csv::Position::line);
    let user = if line.tells_its_user() { line.get(EMAIL) } else { "" };
    let found = draft(line).and_then(|draft| draft.entry(number, domain).found);
    Entry { number, user: user.to_owned(), found }
}

fn draft<'a>(line: &Line<'a>) -> Result<Draft<'a>, Refusal> {
    let (found, columns) = (line.record.len(), line.names.len());
    if found != columns {
        return Err(Refusal::Fields { found, columns });
    }
    let admin = match line.get("role").to_ascii_lowercase().as_str() {
        "admin" => true,
        "user" | "" => false,
        _ => return Err(Refusal::Role),
    };
    let locked = match line.get("active").to_ascii_lowercase().as_str() {
        yes if YES.contains(&yes) => false,
        no if NO.contains(&no) => true,
        _ => return Err(Refusal::Active),
    };
    // Without an at sign, it is a user name.
    let (email, login) = if line.get(EMAIL).contains('@') { (line.get(EMAIL), "") } else { ("", line.get(EMAIL)) };
    let account = DisplayName::parse(line.get("account"))?;
    let accounts = if account.is_empty() { Vec::new() } else { vec![Membership { account, admin, locked: false }] };
    Ok(Draft {
        email,
        login,
        name: line.get("name").to_owned(),
        accounts,
        admin,
        locked,
        hash: line.get("password_hash"),
        totp: totp(line),
        ..Draft::default()
    })
}

fn totp(line: &Line<'_>) -> Option<Result<TotpSecret, Refusal>> {
    let (uri, secret) = (line.get("totp_uri"), line.get("totp_secret"));
    if !uri.is_empty() && !secret.is_empty() {
        return Some(Err(Refusal::TwoSecrets));
    }
    if !uri.is_empty() {
        return Some(key_uri::parse(uri).map(|(_, secret)| secret));
    }
    (!secret.is_empty()).then(|| {
        let number = |name| match line.get(name) {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| Refusal::Parameters),
        };
        let (digits, period_s) = (number("totp_digits")?, number("totp_period")?);
        App { algorithm: line.get("totp_algorithm"), digits, period_s }.with_base32(secret)
    })
}

impl<'a> Line<'a> {
    /// Whether what stands in the column of the address may be repeated. In a line with a field too many, or in another order, it may be
    /// a hash or a secret.
    fn tells_its_user(&self) -> bool {
        let is_part = |c: char| c.is_alphanumeric() || " @._+-'".contains(c);
        let address = self.get(EMAIL);
        Email::parse(address).is_ok() || self.record.len() == self.names.len() && address.chars().all(is_part)
    }

    /// A field; empty if there is no such column.
    fn get(&self, name: &str) -> &'a str {
        let column = self.names.iter().position(|it| it == name);
        column.and_then(|column| self.record.get(column)).unwrap_or_default().trim()
    }
}
