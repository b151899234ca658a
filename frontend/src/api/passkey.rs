//! Passkeys. Options and credentials are the browser's own JSON, so they pass through as texts.

use js_sys::{JSON, Reflect};
use postern_types::{
    ApiError, BeginPasskey, EmptyRequest, MyPasskey, MyPasskeys, RenamePasskey, Step, SteppedUp, route,
};
use wasm_bindgen::JsValue;

use super::{Request, delete, format::Format, get, json, object, patch, post};
use crate::{flow::Failure, passkeys};

/// The format of options: as they are.
const OPTIONS: Format<String> = Format { answer: |body| Some(body.to_owned()), refusal };

/// Get options for showing a passkey at a log-in.
pub(crate) fn sign_in_options() -> Request<String> {
    post(route::SIGN_IN_PASSKEY_OPTIONS, object::write(&EmptyRequest {}), OPTIONS)
}

/// Send a passkey as the second factor. A log-in with a passkey alone is `passkey.js`'s.
pub(crate) fn sign_in(credential: &str) -> Request {
    post(route::SIGN_IN_PASSKEY, credential_in_json(credential).into(), STEP)
}

/// Get options for a new passkey in place of an authenticator app.
pub(crate) fn set_up_options() -> Request<String> {
    post(route::SET_UP_PASSKEY_OPTIONS, object::write(&EmptyRequest {}), OPTIONS)
}

/// Send the new passkey, which completes the log-in.
pub(crate) fn set_up(credential: &str, set_up_code: Option<&str>) -> Request {
    post(route::SET_UP_PASSKEY, body(credential, &[("set_up_code", set_up_code)]), STEP)
}

/// Get options for showing a passkey that allows sensitive actions for a while.
pub(crate) fn step_up_options() -> Request<String> {
    let format = Format { answer: OPTIONS.answer, refusal: any_refusal };
    post(route::STEP_UP_PASSKEY_OPTIONS, object::write(&EmptyRequest {}), format)
}

/// Send that passkey.
pub(crate) fn step_up(credential: &str) -> Request<SteppedUp> {
    post(
        route::STEP_UP_PASSKEY,
        credential_in_json(credential).into(),
        Format { answer: json::read, refusal: any_refusal },
    )
}

/// Get one's own passkeys.
pub(crate) fn mine() -> Request<MyPasskeys> {
    get(route::MY_PASSKEYS, json::format())
}

/// Get options for a new passkey.
pub(crate) fn new_options(body: &BeginPasskey) -> Request<String> {
    let format = Format { answer: OPTIONS.answer, refusal: any_refusal };
    post(route::MY_PASSKEYS_OPTIONS, json::write(body), format)
}

/// Add a passkey.
pub(crate) fn add(credential: &str, name: Option<&str>, set_up_code: Option<&str>) -> Request<MyPasskey> {
    let body = body(credential, &[("name", name), ("set_up_code", set_up_code)]);
    post(route::MY_PASSKEYS, body, Format { answer: json::read, refusal: any_refusal })
}

/// Rename a passkey.
pub(crate) fn rename(id: &str, body: &RenamePasskey) -> Request<MyPasskey> {
    let format = Format { answer: json::read, refusal: any_refusal };
    patch(&route::fill(route::MY_PASSKEY, &[id]), json::write(body), format)
}

/// Remove a passkey.
pub(crate) fn remove(id: &str) -> Request<()> {
    delete(&route::fill(route::MY_PASSKEY, &[id]), Format { answer: |_| Some(()), refusal: any_refusal })
}

const STEP: Format<Step> = Format { answer: object::read, refusal };

/// Reads a refusal. `passkey.js` has the words for those that are about passkeys: the log-in has to be small.
fn refusal(text: &str) -> Option<Failure> {
    object::refusal(text).or_else(|| text.starts_with('{').then(|| Failure::Passkey(passkeys::words(text))))
}

/// The same in the console, which can meet more refusals.
fn any_refusal(text: &str) -> Option<Failure> {
    use ApiError::{
        InvalidPasskey, LastFactor, NoPasskey, PasskeyChanged, PasskeyCounter, PasskeyExists, PasskeyExpired,
        PasskeyNotAllowed, PasskeyNotVerified, PasskeyWrongOrigin, TooManyPasskeys, UnknownPasskey,
    };
    let is_about_passkeys = |error: &ApiError| {
        matches!(
            error,
            UnknownPasskey { .. }
                | InvalidPasskey
                | PasskeyExpired
                | PasskeyCounter
                | PasskeyChanged
                | PasskeyNotVerified
                | PasskeyWrongOrigin { .. }
                | PasskeyNotAllowed
                | PasskeyExists
                | NoPasskey
                | TooManyPasskeys { .. }
                | LastFactor
        )
    };
    json::refusal(text).map(|failure| match failure {
        Failure::Refused(error) if is_about_passkeys(&error) => Failure::Passkey(passkeys::words(text)),
        other => other,
    })
}

/// A body with a credential, which is JSON already.
fn credential_in_json(credential: &str) -> String {
    ["{\"credential\":", credential, "}"].concat()
}

/// The same with texts.
fn body(credential: &str, texts: &[(&str, Option<&str>)]) -> JsValue {
    let body = JSON::parse(&credential_in_json(credential)).unwrap_or_default();
    for (name, text) in texts {
        if let Some(text) = text {
            let _ = Reflect::set(&body, &(*name).into(), &(*text).into());
        }
    }
    JSON::stringify(&body).map(JsValue::from).unwrap_or_default()
}
