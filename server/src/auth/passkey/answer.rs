//! A browser's response: read once, and refused if its parts do not fit together.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};

use super::credential::{CredentialId, UserHandle};

/// Where the flags are in authenticator data, after the hash of the relying party's id (WebAuthn Level 3, 6.1).
const FLAGS_AT: usize = 32;
/// The longest id of a credential, in bytes.
const MOST_ID: usize = 1023;
/// The longest challenge that is looked up, in bytes. Those of webauthn-rs have 32.
const MOST_CHALLENGE: usize = 64;

/// The part of the client data (WebAuthn Level 3, 5.8.1) that webauthn-rs does not look at, or not always.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    challenge: String,
    #[serde(default)]
    cross_origin: bool,
    #[serde(default)]
    top_origin: Option<String>,
}

impl ClientData {
    const fn is_in_foreign_frame(&self) -> bool {
        self.cross_origin || self.top_origin.is_some()
    }
}

/// An `AuthenticationResponseJSON`.
#[derive(Clone, Debug)]
pub struct Assertion {
    raw: PublicKeyCredential,
    client_data: ClientData,
}

impl Assertion {
    /// Reads it. `None` if it is not one, or if its parts contradict one another.
    #[must_use]
    pub fn read(json: Value) -> Option<Self> {
        let raw: PublicKeyCredential = serde_json::from_value(json).ok()?;
        let client_data = client_data(&raw.response.client_data_json)?;
        is_named(&raw.type_, &raw.id, &raw.raw_id).then_some(Self { raw, client_data })
    }

    /// The credential's id.
    #[must_use]
    pub fn credential_id(&self) -> CredentialId {
        CredentialId::of(&self.raw.raw_id)
    }

    /// The challenge that it answers, in base64url.
    #[must_use]
    pub fn challenge(&self) -> &str {
        &self.client_data.challenge
    }

    /// The user to whom the credential belongs according to the authenticator. No signature covers it.
    #[must_use]
    pub fn user_handle(&self) -> Option<UserHandle> {
        self.raw.response.user_handle.as_deref().map(UserHandle::of)
    }

    pub(super) const fn raw(&self) -> &PublicKeyCredential {
        &self.raw
    }

    pub(super) const fn is_in_foreign_frame(&self) -> bool {
        self.client_data.is_in_foreign_frame()
    }

    /// The flags of the authenticator data.
    pub(super) fn flags(&self) -> u8 {
        self.raw.response.authenticator_data.get(FLAGS_AT).copied().unwrap_or_default()
    }
}

/// A `RegistrationResponseJSON`.
#[derive(Clone, Debug)]
pub struct Registration {
    raw: RegisterPublicKeyCredential,
    client_data: ClientData,
}

impl Registration {
    /// Reads it. `None` if it is not one, or if its parts contradict one another.
    #[must_use]
    pub fn read(json: Value) -> Option<Self> {
        let raw: RegisterPublicKeyCredential = serde_json::from_value(json).ok()?;
        let client_data = client_data(&raw.response.client_data_json)?;
        is_named(&raw.type_, &raw.id, &raw.raw_id).then_some(Self { raw, client_data })
    }

    /// The challenge that it answers, in base64url.
    #[must_use]
    pub fn challenge(&self) -> &str {
        &self.client_data.challenge
    }

    pub(super) const fn raw(&self) -> &RegisterPublicKeyCredential {
        &self.raw
    }

    pub(super) const fn is_in_foreign_frame(&self) -> bool {
        self.client_data.is_in_foreign_frame()
    }

    pub(super) fn transports(&self) -> String {
        let all = self.raw.response.transports.iter().flatten();
        all.map(AsRef::as_ref).collect::<Vec<&str>>().join(" ")
    }

    pub(super) fn is_discoverable(&self) -> bool {
        self.raw.extensions.cred_props.as_ref().and_then(|props| props.rk).unwrap_or(false)
    }

    /// The model of the authenticator: without an attestation it is a hint, and webauthn-rs does not keep it.
    pub(super) fn aaguid(&self) -> String {
        aaguid(&self.raw.response.attestation_object).unwrap_or_default().to_string()
    }
}

fn client_data(json: &[u8]) -> Option<ClientData> {
    let read: ClientData = serde_json::from_slice(json).ok()?;
    (URL_SAFE_NO_PAD.decode(&read.challenge).ok()?.len() <= MOST_CHALLENGE).then_some(read)
}

/// Whether type and ids are those of one public key.
/// Whether it names a public key by an id of a length that the specification allows (WebAuthn Level 3, 7.1).
fn is_named(kind: &str, id: &str, raw_id: &[u8]) -> bool {
    kind == "public-key" && (1..=MOST_ID).contains(&raw_id.len()) && id == URL_SAFE_NO_PAD.encode(raw_id)
}

/// The AAGUID in an attestation object (WebAuthn Level 3, 6.5): in the attested credential data, after the hash, the flags and the
/// counter of the authenticator data, which is a CBOR byte string under the key `authData`.
fn aaguid(attestation_object: &[u8]) -> Option<Uuid> {
    const KEY: &[u8] = b"\x68authData";
    const AAGUID: std::ops::Range<usize> = 37..53;
    let at = attestation_object.windows(KEY.len()).position(|window| window == KEY)?;
    let value = &attestation_object[at + KEY.len()..];
    let bytes = match value.first()? {
        // A byte string whose length is in the next byte, or in the next two.
        0x58 => value.get(2..)?,
        0x59 => value.get(3..)?,
        _ => return None,
    };
    Uuid::from_slice(bytes.get(AAGUID)?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn assertion(client_data: &Value) -> Value {
        let client_data = URL_SAFE_NO_PAD.encode(client_data.to_string());
        json!({
            "id": "qqo", "rawId": "qqo", "type": "public-key",
            "response": {"clientDataJSON": client_data, "authenticatorData": "AA", "signature": "AA", "userHandle": null},
        })
    }

    #[test]
    fn an_answer_whose_parts_contradict_one_another_is_not_read() {
        let good = assertion(&json!({"challenge": "aGk"}));
        assert_eq!(Assertion::read(good.clone()).unwrap().challenge(), "aGk");
        for (field, value) in [("id", "qqq"), ("type", "password"), ("rawId", "!")] {
            let mut bad = good.clone();
            bad[field] = value.into();
            assert!(Assertion::read(bad).is_none(), "{field}");
        }
        assert!(Assertion::read(assertion(&json!({}))).is_none());
        assert!(Assertion::read(json!({})).is_none());
    }

    #[test]
    fn a_frame_of_another_origin_is_noticed() {
        let read = |client_data| Assertion::read(assertion(&client_data)).unwrap();
        assert!(!read(json!({"challenge": "aGk", "crossOrigin": false})).is_in_foreign_frame());
        assert!(read(json!({"challenge": "aGk", "crossOrigin": true})).is_in_foreign_frame());
        assert!(read(json!({"challenge": "aGk", "topOrigin": "https://evil.example"})).is_in_foreign_frame());
    }

    #[test]
    fn the_aaguid_is_found_whatever_the_length_of_the_data() {
        let model = Uuid::from_bytes([7; 16]);
        for (head, length) in [(vec![0x58, 60], 60), (vec![0x59, 1, 0], 256)] {
            let mut data = vec![0; length];
            data[37..53].copy_from_slice(model.as_bytes());
            let object = [b"\xa3cfmt".as_slice(), b"\x68authData", &head, &data].concat();
            assert_eq!(aaguid(&object), Some(model));
        }
        assert_eq!(aaguid(b"\x68authData\x58\x02\0\0"), None);
        assert_eq!(aaguid(b""), None);
    }
}
