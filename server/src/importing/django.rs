//! Django with django-otp, and authentik: what `manage.py dumpdata` and `ak dumpdata` write as JSON. The users are the objects that have
//! a password and a user name; the apps are those of `otp_totp.totpdevice` (`django_otp/plugins/otp_totp/models.py`) and of
//! `authentik_stages_authenticator_totp.totpdevice`, which has the same fields.

use std::collections::BTreeMap;
use std::iter;

use serde_json::Value;

use super::app::App;
use super::draft::Draft;
use super::fields::{Fields, json, list_of};
use super::incoming::{Contents, Entry, Refusal, Unreadable};
use crate::auth::totp::TotpSecret;

const WHAT: &str = "dump of Django";
/// What is read, and what says nothing that a user would miss.
const KNOWN: [&str; 11] = [
    "password",
    "username",
    "email",
    "name",
    "first_name",
    "last_name",
    "is_active",
    "last_login",
    "date_joined",
    "uuid",
    "password_change_date",
];
const SECOND_APP: &str = "a second authenticator app";
const UNCONFIRMED: &str = "an authenticator app that was never confirmed";

/// The apps of a user, by the user's key.
type Apps<'a> = BTreeMap<String, Own<'a>>;

/// The apps of a user.
#[derive(Default)]
struct Own<'a> {
    confirmed: Vec<Fields<'a>>,
    unconfirmed: usize,
}

/// Reads a dump.
pub(super) fn read(file: &[u8], domain: Option<&str>) -> Result<Contents, Unreadable> {
    let file = json(file, WHAT)?;
    if !file.is_array() {
        return Err(Unreadable::Other { what: WHAT, line: None });
    }
    let mut contents = Contents::default();
    let mut apps = apps(&file);
    for (number, object) in (1..).zip(list_of(&file).iter().map(Fields::of)) {
        let (model, fields) = (object.text("model"), object.object("fields"));
        if is_user(fields) {
            fields.note_others(&KNOWN, &mut contents.ignored);
            let key = object.get("pk").map(Value::to_string).unwrap_or_default();
            let by_name = natural_key(fields.text("username"));
            let own = apps.remove(&key).or_else(|| apps.remove(&by_name)).unwrap_or_default();
            contents.entries.push(draft(fields, &own).entry(number, domain));
        } else if !model.ends_with(".totpdevice") {
            contents.ignored.insert(format!("objects of {model}"));
        }
    }
    let of_nobody = |user| Entry { number: 0, user, found: Err(Refusal::OfNobody) };
    let left = apps.into_iter().filter(|(_, own)| !own.confirmed.is_empty());
    contents.entries.extend(left.map(|(user, _)| of_nobody(user)));
    Ok(contents)
}

fn is_user(fields: Fields<'_>) -> bool {
    fields.get("password").is_some() && fields.get("username").is_some()
}

/// What `--natural-foreign` writes instead of a number.
fn natural_key(username: &str) -> String {
    Value::from(vec![username]).to_string()
}

fn apps(file: &Value) -> Apps<'_> {
    let mut apps = Apps::new();
    for object in list_of(file).iter().map(Fields::of).filter(|object| object.text("model").ends_with(".totpdevice")) {
        let fields = object.object("fields");
        let own = apps.entry(fields.get("user").map(Value::to_string).unwrap_or_default()).or_default();
        if fields.flag("confirmed") == Some(false) {
            own.unconfirmed += 1;
        } else {
            own.confirmed.push(fields);
        }
    }
    apps
}

fn draft<'a>(user: Fields<'a>, apps: &Own<'_>) -> Draft<'a> {
    let full_name = format!("{} {}", user.text("first_name"), user.text("last_name"));
    // An exclamation mark says that no password is right.
    let hash = Some(user.text("password")).filter(|hash| !hash.starts_with('!')).unwrap_or_default();
    Draft {
        email: user.text("email"),
        login: user.text("username"),
        name: if user.text("name").is_empty() { full_name } else { user.text("name").to_owned() },
        locked: user.flag("is_active") == Some(false),
        hash,
        totp: apps.confirmed.first().map(|app| secret(*app)),
        left_out: apps
            .confirmed
            .iter()
            .skip(1)
            .map(|_| SECOND_APP)
            .chain(iter::repeat_n(UNCONFIRMED, apps.unconfirmed))
            .collect(),
        ..Draft::default()
    }
}

fn secret(app: Fields<'_>) -> Result<TotpSecret, Refusal> {
    if app.number("t0").unwrap_or_default() != 0 {
        return Err(Refusal::Parameters);
    }
    App { algorithm: "", digits: app.number("digits"), period_s: app.number("step") }.with_hex(app.text("key"))
}
