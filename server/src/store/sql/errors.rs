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

/// Why a database cannot do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Its disk is full, or does not work.
    Disk,
    /// It cannot be written.
    ReadOnly,
    /// Somebody else has locked it.
    Locked,
    /// It does not answer.
    Away,
}

/// The trouble behind an error; `None` if trying again makes no sense.
#[must_use]
pub fn trouble(error: &Error) -> Option<Trouble> {
    let Error::Database(failed) = error else { return is_unavailable(error).then_some(Trouble::Away) };
    let code = failed.code().filter(|code| is_unavailable_code(code))?;
    Some(trouble_of_code(&code))
}

fn trouble_of_code(code: &str) -> Trouble {
    let primary = if code.len() < 5 { code.parse::<u32>().unwrap_or_default() & 0xff } else { 0 };
    match (primary, code) {
        (10 | 13, _) | (_, "53100" | "58030") => Trouble::Disk,
        (8 | 14, _) | (_, "25006") => Trouble::ReadOnly,
        (5 | 6, _) | (_, "55P03") => Trouble::Locked,
        _ => Trouble::Away,
    }
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
        let troubles = [
            ("13", Trouble::Disk),
            ("778", Trouble::Disk),
            ("53100", Trouble::Disk),
            ("1032", Trouble::ReadOnly),
            ("25006", Trouble::ReadOnly),
            ("5", Trouble::Locked),
            ("55P03", Trouble::Locked),
            ("57P01", Trouble::Away),
        ];
        for (code, trouble) in troubles {
            assert_eq!(trouble_of_code(code), trouble, "{code}");
        }
        for code in ["1", "2067", "23505", "42601"] {
            assert!(!is_unavailable_code(code), "{code}");
        }
    }
}
