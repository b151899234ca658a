//! Keycloak: a realm with its users, as `kc.sh export --users same_file` writes it, or a file of users beside the realm. Credentials are
//! those of `PasswordCredentialModel` and `OTPCredentialModel` in Keycloak's `server-spi`.

use serde_json::Value;

use super::app::App;
use super::draft::Draft;
use super::fields::{Fields, json, list_of};
use super::incoming::{Contents, Refusal, Unreadable};
use crate::auth::totp::TotpSecret;

const WHAT: &str = "realm of Keycloak with users";
/// What is read, and what says nothing that a user would miss.
const KNOWN: [&str; 11] = [
    "id",
    "username",
    "email",
    "firstName",
    "lastName",
    "enabled",
    "credentials",
    "createdTimestamp",
    "notBefore",
    "emailVerified",
    "requiredActions",
];
/// The user has to choose another password.
const UPDATE_PASSWORD: &str = "UPDATE_PASSWORD";
const SECOND_APP: &str = "a second authenticator app";
const PASSKEY: &str = "a passkey";
const COUNTED: &str = "an authenticator app that counts its codes (HOTP)";

/// Reads one realm, or several.
pub(super) fn read(file: &[u8], domain: Option<&str>) -> Result<Contents, Unreadable> {
    let file = json(file, WHAT)?;
    let realms = if file.is_array() { list_of(&file) } else { std::slice::from_ref(&file) };
    if !realms.is_empty() && !realms.iter().any(|realm| Fields::of(realm).get("users").is_some()) {
        return Err(Unreadable::Other { what: WHAT, line: None });
    }
    let mut contents = Contents::default();
    let users = realms.iter().flat_map(|realm| Fields::of(realm).list("users"));
    for (number, user) in (1..).zip(users.map(Fields::of)) {
        user.note_others(&KNOWN, &mut contents.ignored);
        let credentials = Credentials::read(user, &mut contents);
        let draft = Draft {
            email: user.text("email"),
            login: user.text("username"),
            name: format!("{} {}", user.text("firstName"), user.text("lastName")),
            locked: user.flag("enabled") == Some(false),
            hash: &credentials.hash,
            temporary: user.list("requiredActions").iter().any(|action| action == UPDATE_PASSWORD),
            totp: credentials.totp,
            left_out: credentials.left_out,
            ..Draft::default()
        };
        contents.entries.push(draft.entry(number, domain));
    }
    Ok(contents)
}

#[derive(Default)]
struct Credentials {
    hash: String,
    totp: Option<Result<TotpSecret, Refusal>>,
    left_out: Vec<&'static str>,
}

impl Credentials {
    /// In the order in which Keycloak offers them.
    fn read(user: Fields<'_>, contents: &mut Contents) -> Self {
        let mut read = Self::default();
        for credential in user.list("credentials").iter().map(Fields::of) {
            let (secret, data) = (credential.inner_json("secretData"), credential.inner_json("credentialData"));
            let (secret, data) = (Fields::of(&secret), Fields::of(&data));
            match credential.text("type") {
                "password" => read.hash = password(secret, data),
                "otp" if data.text("subType") == "hotp" => read.left_out.push(COUNTED),
                "otp" if read.totp.is_some() => read.left_out.push(SECOND_APP),
                "otp" => read.totp = Some(app(secret, data)),
                "webauthn" | "webauthn-passwordless" => read.left_out.push(PASSKEY),
                "password-history" => {}
                other => drop(contents.ignored.insert(format!("credentials of type {other}"))),
            }
        }
        // Without it, the password alone would be enough.
        if read.totp.is_none() && read.left_out.contains(&COUNTED) {
            read.totp = Some(Err(Refusal::Counter));
        }
        read
    }
}

/// The hash as a PHC string.
fn password(secret: Fields<'_>, data: Fields<'_>) -> String {
    let unpadded = |name| secret.text(name).trim_end_matches('=');
    let (salt, hash) = (unpadded("salt"), unpadded("value"));
    let iterations = data.number("hashIterations").unwrap_or_default();
    let more = data.object("additionalParameters");
    let parameter = |name: &str| more.list(name).first().and_then(Value::as_str).unwrap_or_default();
    match data.text("algorithm") {
        "argon2" => {
            let version = if parameter("version") == "1.0" { 16 } else { 19 };
            let (kind, memory, lanes) = (parameter("type"), parameter("memory"), parameter("parallelism"));
            format!("$argon2{kind}$v={version}$m={memory},t={iterations},p={lanes}${salt}${hash}")
        }
        pbkdf2 => format!("${pbkdf2}$i={iterations}${salt}${hash}"),
    }
}

/// The characters of the secret are the key, unless they have an encoding.
fn app(secret: Fields<'_>, data: Fields<'_>) -> Result<TotpSecret, Refusal> {
    let algorithm = data.text("algorithm").trim_start_matches("Hmac");
    let app = App { algorithm, digits: data.number("digits"), period_s: data.number("period") };
    match data.text("secretEncoding") {
        "" => app.with(secret.text("value").as_bytes()),
        encoding if encoding.eq_ignore_ascii_case("base32") => app.with_base32(secret.text("value")),
        _ => Err(Refusal::Secret),
    }
}
