//! What to do about a temporary failure, such as a full disk or a database that does not answer.

use std::io::{self, ErrorKind};

use crate::store::{self, Trouble};

/// The reasons of a failure, each once, and what to do if trying again makes sense.
pub(super) fn told(error: &anyhow::Error) -> String {
    let mut reasons = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !reasons.contains(&cause) {
            let colon = if reasons.is_empty() { "" } else { ": " };
            reasons = format!("{reasons}{colon}{cause}");
        }
    }
    match error.chain().find_map(|cause| of_database(cause).or_else(|| of_disk(cause))) {
        Some(cure) => format!("{reasons}. {cure}, and run this again"),
        None => reasons,
    }
}

fn of_database(cause: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    Some(match store::trouble(cause.downcast_ref()?)? {
        Trouble::Disk => "What was committed is kept. Check that the disk of the database works and has free space",
        Trouble::ReadOnly => "Make the database and its directory writable for the user of this command",
        Trouble::Locked => "Wait until the program that has locked the database ends",
        Trouble::Away => "Check that the database answers, and that no other program has locked it",
    })
}

fn of_disk(cause: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    match cause.downcast_ref::<io::Error>()?.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            Some("Free some space on the disk")
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            Some("Check that the user of this command may read and write there")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn a_reason_is_told_once_and_a_full_disk_with_what_to_do() {
        let full = Err::<(), _>(io::Error::from(ErrorKind::StorageFull)).context("cannot write the backup");
        let told = told(&full.unwrap_err());
        assert_eq!(told, "cannot write the backup: no storage space. Free some space on the disk, and run this again");
    }

    #[test]
    fn a_failure_that_does_not_pass_has_no_cure() {
        assert_eq!(told(&anyhow::anyhow!("inner").context("outer: inner")), "outer: inner");
    }
}
