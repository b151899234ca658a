//! privacyIDEA: what `pi-tokenjanitor find … export --format yaml` writes, with or without `--b32`. It has tokens, and no passwords but
//! PINs, which are left out: they are not what a user logs in with here.

use std::collections::BTreeSet;

use super::app::App;
use super::draft::Draft;
use super::fields::{Fields, list_of, yaml};
use super::incoming::{Contents, Entry, Refusal, Unreadable};
use crate::auth::totp::TotpSecret;

const WHAT: &str = "token list of privacyIDEA in YAML";
const NOBODY: &str = "n/a";
const SECOND_APP: &str = "a second authenticator app";

/// Reads a list. The first token of a user counts.
pub(super) fn read(file: &[u8], domain: Option<&str>) -> Result<Contents, Unreadable> {
    let file = yaml(file, WHAT)?;
    if !file.is_array() {
        return Err(Unreadable::Other { what: WHAT, line: None });
    }
    let mut contents = Contents::default();
    let mut seen = BTreeSet::new();
    for (number, token) in (1..).zip(list_of(&file).iter().map(Fields::of)) {
        let owner = token.text("owner");
        let kind = token.text(if token.get("type").is_some() { "type" } else { "tokentype" });
        let (login, _realm) = owner.rsplit_once('@').unwrap_or((owner, ""));
        let is_disabled = token.flag("active") == Some(false)
            || ["revoked", "locked"].iter().any(|name| token.flag(name) == Some(true));
        let found = match kind.to_ascii_lowercase().as_str() {
            "totp" if is_disabled => {
                contents.ignored.insert("tokens that are disabled, revoked or locked".to_owned());
                continue;
            }
            "totp" if token.get("owner").is_none() => Err(Refusal::NoOwner),
            "totp" if owner == NOBODY || login.is_empty() => Err(Refusal::OfNobody),
            "totp" if !seen.insert(owner) => {
                contents.ignored.insert(SECOND_APP.to_owned());
                continue;
            }
            "totp" => Ok(Draft { login, totp: Some(secret(token)), ..Draft::default() }),
            "hotp" => Err(Refusal::Counter),
            other => {
                contents.ignored.insert(format!("tokens of type {other}"));
                continue;
            }
        };
        contents.entries.push(match found {
            Ok(draft) => draft.entry(number, domain),
            Err(refusal) => Entry { number, user: login.to_owned(), found: Err(refusal) },
        });
    }
    Ok(contents)
}

fn secret(token: Fields<'_>) -> Result<TotpSecret, Refusal> {
    let info = token.object(if token.get("info_list").is_some() { "info_list" } else { "info" });
    let app =
        App { algorithm: info.text("hashlib"), digits: token.number("otplen"), period_s: info.number("timeStep") };
    let key = token.text("otpkey");
    app.with_hex(key).or_else(|_| app.with_base32(key))
}
