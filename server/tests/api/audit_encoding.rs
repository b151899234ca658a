//! The audit log verified by code that is not the product's: nothing but SHA-256 and what `docs/audit.md` says.

use postern_testkit::Portal;
use sha2::{Digest, Sha256};

/// SHA-256 over parts, each after its length in eight bytes.
pub(crate) fn hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

const COLUMNS: [(&str, &str, [&str; 8]); 2] = [
    ("event", "events", ["id", "at", "account_id", "actor", "subject", "what", "detail", "address"]),
    ("log_in", "login_history", ["id", "at", "account_id", "user_id", "email", "address", "factor", "result"]),
];

/// The columns of a kind of rows, in the order in which they are hashed.
pub(crate) fn columns(kind: &str) -> [&'static str; 8] {
    COLUMNS.iter().find(|(it, ..)| *it == kind).unwrap().2
}

/// Computes the hashes of a chain anew, as somebody does who has changed its rows, but has no master key.
pub(crate) async fn recompute(portal: &Portal, chain: &str) {
    let entries = format!(
        "select seq || ' ' || kind || ' ' || row_id || ' ' || at from audit_entries where chain = '{chain}' order by seq"
    );
    let mut previous = "0".repeat(64);
    for entry in portal.database.texts(&entries).await {
        let words: Vec<&str> = entry.split(' ').collect();
        let [seq, kind, id, at] = words[..] else { panic!("{entry}") };
        let (_, table, columns) = COLUMNS.iter().find(|(it, ..)| *it == kind).unwrap();
        let mut parts = vec!["postern audit row 1".to_owned(), kind.to_owned()];
        for column in columns {
            let mark = if *column == "at" { 'i' } else { 't' };
            let sql = format!("select coalesce('{mark}' || {column}, 'n') from {table} where id = '{id}'");
            parts.extend([(*column).to_owned(), portal.database.texts(&sql).await.remove(0)]);
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let row_hash = hash(&parts);
        let own = hash(&["postern audit entry 1", chain, seq, &previous, "1", kind, id, at, &row_hash]);
        let update = "update audit_entries set row_hash = $1, hash = $2 where row_id = $3";
        portal.database.execute_with(update, &[&row_hash, &own, id]).await;
        previous = own;
    }
}
