//! What a statement fails with, and whether trying again makes sense.

/// What a statement failed with.
pub type Error = sqlx::Error;
/// The result of a store function.
pub type Result<T> = std::result::Result<T, Error>;

/// Whether the error is temporary (database unreachable, disk full), so that trying again makes sense.
#[must_use]
pub fn is_unavailable(error: &Error) -> bool {
    match error {
        Error::PoolTimedOut | Error::PoolClosed | Error::Io(_) | Error::Tls(_) | Error::WorkerCrashed => true,
        // The peer does not speak PostgreSQL: a proxy whose server is down.
        Error::Protocol(_) => true,
        Error::Database(error) => error.code().is_some_and(|code| is_unavailable_code(&code)),
        _ => false,
    }
}

/// SQLite result codes for busy, locked, out of memory, read-only, interrupted, I/O error, full, cannot open and locking
/// protocol (in the low byte of extended codes). PostgreSQL's 25006 (read-only), 25P03 (idle in a transaction) and 55P03 (lock
/// not available), and classes 08 (connection), 40 (rollback), 53 (resources), 57 (cancelled, shutdown) and 58 (system).
fn is_unavailable_code(code: &str) -> bool {
    if code.len() < 5 {
        return code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5..=10 | 13..=15));
    }
    ["08", "25006", "25P03", "40", "53", "55P03", "57", "58"].iter().any(|class| code.starts_with(class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_errors_are_distinguished_from_lasting_ones() {
        for code in [
            "5", "8", "10", "13", "778", "1032", "53300", "57P01", "08006", "40001", "40P01", "55P03", "57014",
            "25006", "58030",
        ] {
            assert!(is_unavailable_code(code), "{code}");
        }
        for code in ["1", "2067", "23505", "42601"] {
            assert!(!is_unavailable_code(code), "{code}");
        }
    }
}
