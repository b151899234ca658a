//! Text with columns. Its first line names them: `email`, and any of `name`, `account`, `role` (`user` or `admin`), `active` (`yes` or
//! `no`), `password_hash`, `totp_uri`, or instead `totp_secret` (Base32), `totp_algorithm`, `totp_digits` and `totp_period`.

use ::csv::{ErrorKind, ReaderBuilder, StringRecord};
use postern_types::Email;

use super::app::App;
use super::draft::Draft;
use super::incoming::{Contents, Entry, Membership, Refusal, Unreadable};
use super::key_uri;
use crate::auth::totp::TotpSecret;
use crate::display_name::DisplayName;

const WHAT: &str = "CSV file with a column email";
const COLUMNS: [&str; 11] = [
    "email",
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

/// A line, with the names of the columns.
struct Line<'a> {
    names: &'a [String],
    record: &'a StringRecord,
}

/// Reads a file.
pub(super) fn read(file: &[u8]) -> Result<Contents, Unreadable> {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(file);
    let names: Vec<String> = match reader.headers() {
        Ok(names) => names.iter().map(|name| name.trim().to_ascii_lowercase()).collect(),
        Err(_) => return Err(Unreadable { what: WHAT, line: Some(1) }),
    };
    if !names.iter().any(|name| name == "email") {
        return Err(Unreadable { what: WHAT, line: Some(1) });
    }
    let mut contents = Contents::default();
    contents.ignored.extend(names.iter().filter(|name| !COLUMNS.contains(&name.as_str())).cloned());
    for record in reader.records() {
        contents.entries.push(match record {
            Ok(record) => entry(&Line { names: &names, record: &record }),
            Err(error) => Entry { number: line_of(&error), user: String::new(), found: Err(Refusal::Damaged) },
        });
    }
    Ok(contents)
}

fn line_of(error: &::csv::Error) -> u64 {
    match error.kind() {
        ErrorKind::Utf8 { pos: Some(position), .. } => position.line(),
        _ => 0,
    }
}

fn entry(line: &Line<'_>) -> Entry {
    let number = line.record.position().map_or(0, ::csv::Position::line);
    // In a line with a column too many, anything may stand where the address should be.
    let user = if Email::parse(line.get("email")).is_ok() { line.get("email") } else { "" };
    let found = draft(line).and_then(|draft| draft.entry(number, None).found);
    Entry { number, user: user.to_owned(), found }
}

fn draft<'a>(line: &Line<'a>) -> Result<Draft<'a>, Refusal> {
    if line.record.len() != line.names.len() {
        return Err(Refusal::Damaged);
    }
    let admin = match line.get("role") {
        "admin" => true,
        "user" | "" => false,
        _ => return Err(Refusal::Role),
    };
    let locked = match line.get("active") {
        "yes" | "" => false,
        "no" => true,
        _ => return Err(Refusal::Active),
    };
    let account = DisplayName::parse(line.get("account"))?;
    let accounts = if account.is_empty() { Vec::new() } else { vec![Membership { account, admin, locked: false }] };
    Ok(Draft {
        email: line.get("email"),
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
    /// A field; empty if there is no such column.
    fn get(&self, name: &str) -> &'a str {
        let column = self.names.iter().position(|it| it == name);
        column.and_then(|column| self.record.get(column)).unwrap_or_default().trim()
    }
}
