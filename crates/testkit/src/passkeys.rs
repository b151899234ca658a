//! Devices that make and show passkeys: an honest one, which the `passkey` crate plays, and one that signs whatever a test wants.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use passkey::authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client, DefaultClientData};
use passkey::crypto::rust_crypto::RustCryptoBackend;
use passkey::types::Passkey;
use passkey::types::ctap2::{Aaguid, Ctap2Error};
use postern_types::route;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use crate::browser::Browser;

/// Where the browser is.
pub const ORIGIN: &str = "http://localhost:8080";

/// A user who touches the device, and whom it verifies.
#[derive(Clone, Copy, Debug)]
struct Touch;

#[async_trait::async_trait]
impl UserValidationMethod for Touch {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        hint: UiHint<'a, Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        match hint {
            UiHint::InformExcludedCredentialFound(_) => Err(Ctap2Error::CredentialExcluded),
            _ => Ok(UserCheck { presence, verification }),
        }
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

/// A phone with room for one passkey, which is backed up and has no counter.
pub struct Phone {
    aaguid: [u8; 16],
    passkey: Option<Passkey>,
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone")
    }
}

impl Phone {
    /// One without a passkey, of this model.
    #[must_use]
    pub const fn new(aaguid: [u8; 16]) -> Self {
        Self { aaguid, passkey: None }
    }

    /// Makes a passkey.
    ///
    /// # Errors
    /// What the device says.
    pub async fn try_to_make(&mut self, options: &Value) -> Result<Value, String> {
        let request = serde_json::from_value(json!({"publicKey": options["public_key"]})).unwrap();
        let mut client = Client::new(self.software()).allows_insecure_localhost(true);
        let made = client.register(&origin(), request, DefaultClientData).await;
        let made = made.map_err(|error| format!("{error:?}"))?;
        self.passkey.clone_from(client.authenticator().store());
        Ok(serde_json::to_value(made).unwrap())
    }

    /// Makes a passkey.
    pub async fn make(&mut self, options: &Value) -> Value {
        self.try_to_make(options).await.unwrap()
    }

    /// Shows it.
    pub async fn show(&self, options: &Value) -> Value {
        let request = serde_json::from_value(json!({"publicKey": options["public_key"]})).unwrap();
        let mut client = Client::new(self.software()).allows_insecure_localhost(true);
        let shown = client.authenticate(&origin(), request, DefaultClientData).await.unwrap();
        serde_json::to_value(shown).unwrap()
    }

    fn software(&self) -> Authenticator<Option<Passkey>, Touch, RustCryptoBackend> {
        Authenticator::new(Aaguid::from(self.aaguid), self.passkey.clone(), Touch, RustCryptoBackend)
    }
}

fn origin() -> Url {
    Url::parse(ORIGIN).unwrap()
}

/// The flag of authenticator data: somebody was there.
pub const PRESENT: u8 = 1;
/// The user was verified.
pub const VERIFIED: u8 = 1 << 2;
/// The passkey may be backed up.
pub const BACKUP_ELIGIBLE: u8 = 1 << 3;
/// It is backed up.
pub const BACKED_UP: u8 = 1 << 4;
const HAS_CREDENTIAL: u8 = 1 << 6;

/// A security key that signs what a test wants.
#[derive(Clone, Debug)]
pub struct Key {
    /// From which its private key is made.
    pub number: u8,
    /// Its credential's id.
    pub id: Vec<u8>,
    /// Whose the key says that it is.
    pub user_handle: Option<Vec<u8>>,
    /// The counter that it shows next. It does not grow by itself.
    pub counter: u32,
    /// The flags that it shows.
    pub flags: u8,
    /// Where the browser says that it is.
    pub origin: String,
    /// The host whose passkey the key shows.
    pub rp_id: String,
    /// Whether the browser says that it is in a frame of another origin.
    pub cross_origin: bool,
}

impl Key {
    /// One with this number, at the portal's own address, with a verified user, a counter and no backup.
    #[must_use]
    pub fn number(number: u8) -> Self {
        Self {
            number,
            id: vec![number; 32],
            user_handle: None,
            counter: 1,
            flags: PRESENT | VERIFIED,
            origin: ORIGIN.to_owned(),
            rp_id: "localhost".to_owned(),
            cross_origin: false,
        }
    }

    /// Makes its passkey.
    #[must_use]
    pub fn make(&mut self, options: &Value) -> Value {
        self.user_handle = options["public_key"]["user"]["id"].as_str().map(|id| URL_SAFE_NO_PAD.decode(id).unwrap());
        let point = self.private_key().verifying_key().to_sec1_point(false);
        // A COSE key (RFC 9053, 7.1): kty EC2, alg ES256, crv P-256, x and y.
        let public = [
            b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20".as_slice(),
            point.x().unwrap(),
            b"\x22\x58\x20",
            point.y().unwrap(),
        ]
        .concat();
        let mut data = self.authenticator_data(HAS_CREDENTIAL);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(public);
        let length = u8::try_from(data.len()).unwrap();
        let object = [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".as_slice(), &[length], &data].concat();
        json!({
            "id": encoded(&self.id), "rawId": encoded(&self.id), "type": "public-key",
            "response": {
                "attestationObject": encoded(&object),
                "clientDataJSON": encoded(&self.client_data("webauthn.create", options)),
                "transports": ["usb"],
            },
            "clientExtensionResults": {"credProps": {"rk": true}},
        })
    }

    /// Shows it.
    #[must_use]
    pub fn show(&self, options: &Value) -> Value {
        let data = self.authenticator_data(0);
        let client_data = self.client_data("webauthn.get", options);
        let signed = [data.as_slice(), &Sha256::digest(&client_data)].concat();
        let signature: Signature = self.private_key().sign(&signed);
        json!({
            "id": encoded(&self.id), "rawId": encoded(&self.id), "type": "public-key",
            "response": {
                "authenticatorData": encoded(&data),
                "clientDataJSON": encoded(&client_data),
                "signature": encoded(signature.to_der().as_bytes()),
                "userHandle": self.user_handle.as_deref().map(encoded),
            },
            "clientExtensionResults": {},
        })
    }

    fn private_key(&self) -> SigningKey {
        SigningKey::from_slice(&[self.number; 32]).unwrap()
    }

    fn authenticator_data(&self, more_flags: u8) -> Vec<u8> {
        let flags = [self.flags | more_flags];
        [Sha256::digest(&self.rp_id).as_slice(), &flags, &self.counter.to_be_bytes()].concat()
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = &options["public_key"]["challenge"];
        let cross_origin = self.cross_origin;
        json!({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": cross_origin})
            .to_string()
            .into_bytes()
    }
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Browser {
    /// Asks for options.
    pub async fn options(&mut self, path: &str) -> Value {
        self.post(path, json!({})).await.expect(200).json()
    }

    /// Adds a security key in a session, which has shown a second factor or whose user has none.
    pub async fn add_key(&mut self, key: &mut Key) -> Value {
        let body = json!({"current_password": crate::PASSWORD});
        let options = self.post(route::MY_PASSKEYS_OPTIONS, body).await.expect(200).json();
        let made = json!({"credential": key.make(&options), "name": "A key"});
        self.post(route::MY_PASSKEYS, made).await.expect(201).json()
    }

    /// Shows a key to the log-in, after the password or alone.
    pub async fn show_key(&mut self, key: &Key) -> crate::Answer {
        let options = self.options(route::SIGN_IN_PASSKEY_OPTIONS).await;
        self.post(route::SIGN_IN_PASSKEY, json!({"credential": key.show(&options)})).await
    }
}
