//! What is hashed, byte by byte. `docs/audit.md` describes it for those who verify an export with their own program. A change needs a
//! new version.

use serde_json::Value;

use crate::auth::token::sha256_hex;
use crate::store::audit_entries::Entry;
use crate::store::audit_records::Record;

/// The version of the encoding.
pub(super) const VERSION: i64 = 1;
/// The previous hash of the first entry of a chain.
pub(super) const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

const ROW: &[u8] = b"postern audit row 1";
const ENTRY: &[u8] = b"postern audit entry 1";

/// The hash of a row: of its kind, and of the name and value of each column. A value begins with `n` (null), `i` (integer) or `t` (text).
pub(super) fn row_hash(record: &Record) -> String {
    let mut parts = vec![ROW.to_vec(), record.kind.as_str().into()];
    for (column, value) in record.kind.columns().iter().zip(&record.values) {
        parts.push((*column).into());
        parts.push(encoded(value).into());
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    sha256_hex(&parts)
}

fn encoded(value: &Value) -> String {
    match value {
        Value::String(text) => format!("t{text}"),
        Value::Null => "n".to_owned(),
        number => format!("i{number}"),
    }
}

/// The hash that an entry must have if the hash of the entry before it is `previous`.
pub(super) fn entry_hash(previous: &str, entry: &Entry) -> String {
    let Entry { chain, seq, version, kind, row_id, at, row_hash, hash: _ } = entry;
    let (seq, version, at) = (seq.to_string(), version.to_string(), at.to_string());
    let texts = [chain.as_str(), &seq, previous, &version, kind, row_id, &at, row_hash];
    let parts: Vec<&[u8]> = [ENTRY].into_iter().chain(texts.iter().map(|text| text.as_bytes())).collect();
    sha256_hex(&parts)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ids::ChainId;
    use crate::store::audit_records::RecordKind;

    fn record(account_id: Value, user_id: Value) -> Record {
        let values = vec!["1".into(), 5.into(), account_id, user_id, "".into(), "".into(), "".into(), "".into()];
        Record { kind: RecordKind::LogIn, id: "1".to_owned(), at: 5, account_id: None, values }
    }

    #[test]
    fn the_encoding_of_version_1_never_changes() {
        let record = record(json!("a"), Value::Null);
        let row_hash = row_hash(&record);
        assert_eq!(row_hash, "97f6c5c5c2bbe9b280c744dff4604d5acb9b6668217a386e469637e88b249fb5");
        let entry = Entry {
            chain: ChainId::named("a".to_owned()),
            seq: 1,
            version: VERSION,
            kind: "log_in".to_owned(),
            row_id: "1".to_owned(),
            at: 5,
            row_hash,
            hash: String::new(),
        };
        assert_eq!(entry_hash(BEGINNING, &entry), "c5fb1a8f9838cdd3d6bf86b6a7cf46c7bdb1e8e0f6f2d9e7dce4065167d38c69");
    }

    #[test]
    fn null_and_an_empty_text_and_the_same_text_in_another_column_have_different_hashes() {
        let hashes =
            [(Value::Null, json!("")), (json!(""), Value::Null), (json!("x"), json!("")), (json!(""), json!("x"))]
                .map(|(account_id, user_id)| row_hash(&record(account_id, user_id)));
        for (at, hash) in hashes.iter().enumerate() {
            assert!(!hashes[..at].contains(hash));
        }
    }
}
