//! Backups, opened without the product's code: age around zstd around JSON lines.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::iter;
use std::path::Path;

use age::secrecy::SecretString;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use serde_json::Value;
use sha2::Sha256;

/// The number of rows of each table in a backup that the last key of a key file has sealed. Panics unless the backup is complete.
#[must_use]
pub fn rows_of_backup(file: &Path, key_file: &Path) -> BTreeMap<String, u64> {
    let secret = SecretString::from(secret(key_file));
    let identity = age::scrypt::Identity::new(secret);
    let sealed = age::Decryptor::new_buffered(BufReader::new(File::open(file).unwrap())).unwrap();
    let opened = sealed.decrypt(iter::once(&identity as &dyn age::Identity)).unwrap();
    let lines = BufReader::new(zstd::Decoder::new(opened).unwrap()).lines();
    let mut lines = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let header = lines.next().unwrap();
    assert!(header["header"]["key_file"].is_null(), "the key ring is in the backup");
    let (mut rows, mut table, mut end) = (BTreeMap::new(), String::new(), None);
    for line in lines {
        assert!(end.is_none(), "something follows the end");
        if let Some(name) = line["table"]["name"].as_str() {
            name.clone_into(&mut table);
            rows.insert(table.clone(), 0);
        } else if line["row"].is_array() {
            *rows.get_mut(&table).unwrap() += 1;
        } else {
            end = Some(line["end"]["rows"].as_u64().unwrap());
        }
    }
    let counted = rows.values().sum();
    assert_eq!((end, header["header"]["rows"].as_u64()), (Some(counted), Some(counted)));
    rows
}

/// What HKDF (RFC 5869) derives from the last key of a key file.
fn secret(key_file: &Path) -> String {
    let text = fs::read_to_string(key_file).unwrap();
    let key = URL_SAFE_NO_PAD.decode(text.split_whitespace().last().unwrap()).unwrap();
    let mut secret = [0; 32];
    Hkdf::<Sha256>::new(None, &key).expand(b"postern backup", &mut secret).unwrap();
    URL_SAFE_NO_PAD.encode(secret)
}
