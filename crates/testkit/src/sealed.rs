//! Sealed values, read and written without the product's code: `v1.<key id>.<nonce and ciphertext>`, XChaCha20-Poly1305.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::database::Database;

/// Every sealed value of a database: where it is, what it is bound to, and the value.
const VALUES: [(&str, &str); 9] = [
    ("totp_factors", "select 'totp:' || user_id || ' ' || secret_sealed from totp_factors"),
    ("pending_totp_factors", "select 'totp:' || user_id || ' ' || secret_sealed from pending_totp_factors"),
    ("previous_totp_factors", "select 'totp:' || user_id || ' ' || secret_sealed from previous_totp_factors"),
    (
        "sessions",
        "select 'recovery-codes:' || id || ' ' || recovery_codes_sealed from sessions
        where recovery_codes_sealed is not null",
    ),
    ("outbox", "select 'outbox:' || id || ' ' || message_sealed from outbox"),
    ("oidc_keys", "select 'oidc_key:' || id || ' ' || private_key_sealed from oidc_keys"),
    ("audit_chains", "select 'audit-chain:' || id || ' ' || head_sealed from audit_chains"),
    ("audit_state", "select 'audit-state ' || state_sealed from audit_state"),
    ("meta", "select 'meta:key_check ' || value from meta where name = 'key_check'"),
];

/// The keys of a key file by their ids, the oldest first.
fn keys(file: &Path) -> Vec<(String, XChaCha20Poly1305)> {
    let text = fs::read_to_string(file).unwrap();
    let key = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!((words.len(), words[0]), (3, "postern-key-1"));
        let bytes = URL_SAFE_NO_PAD.decode(words[2]).unwrap();
        (words[1].to_owned(), XChaCha20Poly1305::new_from_slice(&bytes).unwrap())
    };
    text.lines().map(key).collect()
}

/// The ids of the keys in a key file, the oldest first.
#[must_use]
pub fn key_ids(file: &Path) -> Vec<String> {
    keys(file).into_iter().map(|(id, _)| id).collect()
}

/// Seals a value with the first key of a key file.
#[must_use]
pub fn seal(file: &Path, secret: &[u8], bound_to: &str) -> String {
    let (id, key) = keys(file).remove(0);
    let nonce = [7; 24];
    let ciphertext = key.encrypt(&XNonce::from(nonce), Payload { msg: secret, aad: bound_to.as_bytes() }).unwrap();
    format!("v1.{id}.{}", URL_SAFE_NO_PAD.encode([&nonce[..], &ciphertext].concat()))
}

impl Database {
    /// Opens every sealed value with the keys of a key file; returns how many each key has sealed, by table and key.
    pub async fn sealed_values(&self, key_file: &Path) -> BTreeMap<(&'static str, String), usize> {
        let mut found = BTreeMap::new();
        for (table, sql) in VALUES {
            for row in self.texts(sql).await {
                // Read after the rows: a rotation adds a key before it seals with it.
                let keys = keys(key_file);
                let (bound_to, sealed) = row.rsplit_once(' ').unwrap();
                let mut parts = sealed.split('.');
                let (Some("v1"), Some(id), Some(body), None) = (parts.next(), parts.next(), parts.next(), parts.next())
                else {
                    panic!("{table}: {sealed}");
                };
                let bytes = URL_SAFE_NO_PAD.decode(body).unwrap();
                let (nonce, ciphertext) = bytes.split_first_chunk::<24>().unwrap();
                let (_, key) = keys.iter().find(|(it, _)| it == id).unwrap_or_else(|| panic!("{table}: no key {id}"));
                let payload = Payload { msg: ciphertext, aad: bound_to.as_bytes() };
                key.decrypt(&XNonce::from(*nonce), payload)
                    .unwrap_or_else(|_| panic!("{table}: {bound_to} does not open"));
                *found.entry((table, id.to_owned())).or_default() += 1;
            }
        }
        found
    }
}
