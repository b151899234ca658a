//! The text of a QR code by which Google Authenticator moves its entries: `otpauth-migration://offline?data=…`, a message of protocol
//! buffers in Base64. Its fields, as the app writes them: <https://github.com/google/google-authenticator-android/issues/118>.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::Message;
use url::Url;
use zeroize::Zeroizing;

use super::app::App;
use super::incoming::Refusal;
use crate::auth::totp::TotpSecret;

const SCHEME: &str = "otpauth-migration";
/// `OtpType`: codes that are counted.
const HOTP: i32 = 1;

#[derive(Clone, PartialEq, Message)]
struct Payload {
    #[prost(message, repeated, tag = "1")]
    entries: Vec<Entry>,
}

#[derive(Clone, PartialEq, Message)]
struct Entry {
    #[prost(bytes = "vec", tag = "1")]
    secret: Vec<u8>,
    #[prost(string, tag = "2")]
    name: String,
    /// 1 for SHA-1, 2 for SHA-256, 3 for SHA-512, 4 for MD5.
    #[prost(int32, tag = "4")]
    algorithm: i32,
    /// 1 for six, 2 for eight.
    #[prost(int32, tag = "5")]
    digits: i32,
    #[prost(int32, tag = "6")]
    kind: i32,
}

/// Whether a line is such a text.
pub(super) fn is_one(line: &str) -> bool {
    line.starts_with(SCHEME)
}

/// The users and secrets in a text; `None` if it is damaged.
pub(super) fn parse(line: &str) -> Option<Vec<(String, Result<TotpSecret, Refusal>)>> {
    let url = Url::parse(line).ok().filter(|url| url.scheme() == SCHEME)?;
    let (_, data) = url.query_pairs().find(|(name, _)| name == "data")?;
    // A plus sign that was not percent-encoded.
    let bytes = Zeroizing::new(STANDARD.decode(data.replace(' ', "+")).ok()?);
    let payload = Payload::decode(bytes.as_slice()).ok()?;
    Some(payload.entries.into_iter().map(|entry| (entry.name.clone(), secret(entry))).collect())
}

fn secret(entry: Entry) -> Result<TotpSecret, Refusal> {
    if entry.kind == HOTP {
        return Err(Refusal::Counter);
    }
    let algorithm = match entry.algorithm {
        0 | 1 => "SHA1",
        2 => "SHA256",
        3 => "SHA512",
        _ => return Err(Refusal::Parameters),
    };
    let digits = if entry.digits == 2 { 8 } else { 6 };
    App { algorithm, digits: Some(digits), period_s: None }.with(&Zeroizing::new(entry.secret))
}
