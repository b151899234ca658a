//! Authelia: `users_database.yml` (<https://www.authelia.com/reference/guides/passwords/>), with what
//! `authelia storage user totp export` writes, if there is any.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use zeroize::Zeroizing;

use super::app::App;
use super::draft::Draft;
use super::fields::{Fields, yaml};
use super::incoming::{Contents, Entry, Reading, Refusal, Unreadable};
use crate::auth::totp::TotpSecret;

const USERS: &str = "users file of Authelia";
const APPS: &str = "TOTP export of Authelia";
const LIST: &str = "totp_configurations";

/// The authenticator apps, by user.
type Apps = BTreeMap<String, Result<TotpSecret, Refusal>>;

/// Reads both files.
pub(super) fn read(file: &[u8], with: &Reading<'_>) -> Result<Contents, Unreadable> {
    let file = yaml(file, USERS)?;
    let users = Fields::of(&file).get("users").filter(|users| users.is_object());
    let users = Fields::of(users.ok_or(Unreadable::Other { what: USERS, line: None })?);
    let mut contents = Contents::default();
    let mut apps = with.apps.map(|apps| read_apps(apps, &mut contents)).transpose()?.unwrap_or_default();
    for (number, (login, user)) in (1..).zip(users.all()) {
        let user = Fields::of(user);
        user.note_others(&["disabled", "displayname", "password", "email"], &mut contents.ignored);
        let draft = Draft {
            email: user.text("email"),
            login,
            name: user.text("displayname").to_owned(),
            locked: user.flag("disabled").unwrap_or_default(),
            // An earlier form of the file.
            hash: user.text("password").trim_start_matches("{CRYPT}"),
            totp: apps.remove(login),
            ..Draft::default()
        };
        contents.entries.push(draft.entry(number, with.domain));
    }
    let of_nobody = apps.into_keys().map(|user| Entry { number: 0, user, found: Err(Refusal::OfNobody) });
    contents.entries.extend(of_nobody);
    Ok(contents)
}

/// Reads the authenticator apps. A user of Authelia has one. A file of another kind is refused: with none of its apps, the users would
/// lose their second factors.
fn read_apps(file: &[u8], contents: &mut Contents) -> Result<Apps, Unreadable> {
    let file = yaml(file, APPS).map_err(|_| Unreadable::Apps)?;
    let list = Fields::of(&file).get(LIST).and_then(Value::as_array).ok_or(Unreadable::Apps)?;
    let known = ["created_at", "last_used_at", "username", "issuer", "algorithm", "digits", "period", "secret"];
    let mut apps = BTreeMap::new();
    for app in list.iter().map(Fields::of) {
        app.note_others(&known, &mut contents.ignored);
        apps.insert(app.text("username").to_owned(), secret(app));
    }
    Ok(apps)
}

/// Base64 of Base32.
fn secret(app: Fields<'_>) -> Result<TotpSecret, Refusal> {
    let bytes = Zeroizing::new(STANDARD.decode(app.text("secret")).map_err(|_| Refusal::Secret)?);
    let text = str::from_utf8(&bytes).map_err(|_| Refusal::Secret)?;
    let (digits, period_s) = (app.number("digits"), app.number("period"));
    App { algorithm: app.text("algorithm"), digits, period_s }.with_base32(text)
}
