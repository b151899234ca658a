//! What `import` and `export` say.

use std::collections::BTreeSet;
use std::path::Path;

use postern_types::Email;

use crate::importing::Format;

/// The columns of a table.
pub(super) const COLUMNS: &str = "The columns of a table: email, and any of name, account, role (user or admin), active (yes or no), \
                                  password_hash, totp_uri, or totp_secret, totp_algorithm, totp_digits and totp_period";

/// A user who was not added, or not completely.
pub(super) struct Remark {
    pub(super) number: u64,
    pub(super) user: String,
    pub(super) reason: String,
}

/// What became of a file.
#[derive(Default)]
pub(super) struct Report {
    pub(super) rehearsal: bool,
    pub(super) unit: &'static str,
    pub(super) added: u64,
    pub(super) there: u64,
    /// Of those who were added.
    pub(super) with_app: u64,
    /// Authenticator apps in the file of users who were there already.
    pub(super) apps_of_others: u64,
    pub(super) without_password: u64,
    pub(super) refused: Vec<Remark>,
    pub(super) left_out: Vec<Remark>,
    pub(super) ignored: BTreeSet<String>,
}

/// What an entry is called in a report.
pub(super) const fn unit(format: Format) -> &'static str {
    match format {
        Format::Csv | Format::Otpauth | Format::Postern => "line",
        Format::Authelia | Format::Keycloak | Format::Django | Format::PrivacyIdea => "entry",
    }
}

pub(super) fn report(report: &Report) -> String {
    let verb = if report.rehearsal { "To be added" } else { "Added" };
    let mut lines = vec![
        format!("{verb}: {}. Already there: {}. Refused: {}.", report.added, report.there, report.refused.len()),
        format!("With an authenticator app: {}.", report.with_app),
    ];
    if report.apps_of_others > 0 {
        lines.push(format!("Not added, because the user exists: authenticator apps {}.", report.apps_of_others));
    }
    if report.without_password > 0 {
        lines.push(format!(
            "Without a password: {}. They can choose one with \"Forgotten password?\" if there is a mail server.",
            report.without_password
        ));
    }
    lines.extend(report.refused.iter().map(|remark| format!("Refused: {}", said(remark, report.unit))));
    lines.extend(report.left_out.iter().map(|remark| format!("Left out: {}", said(remark, report.unit))));
    if !report.ignored.is_empty() {
        let names: Vec<String> = report.ignored.iter().map(|name| name.escape_debug().to_string()).collect();
        lines.push(format!("Ignored: {}", names.join(", ")));
    }
    if report.rehearsal {
        lines.push("Nothing was changed.".to_owned());
    }
    lines.join("\n")
}

fn said(Remark { number, user, reason }: &Remark, unit: &str) -> String {
    let place = if *number > 0 { format!("{unit} {number}") } else { "the file".to_owned() };
    if user.is_empty() { format!("{place}: {reason}") } else { format!("{place}, {user:?}: {reason}") }
}

/// A user who is in the file again.
pub(super) const TWICE: &str = "the user is in the file twice";

/// A user for whom there is no account.
pub(super) const NO_ACCOUNT: &str = "the file names no account: add --account";

pub(super) fn exported(users: u64, with_passkeys: u64, file: &Path) -> String {
    let written = format!(
        "{users} users written to {}. The file holds password hashes and TOTP secrets: protect it like the \
         master key, and delete it when it is no longer needed.",
        file.display()
    );
    match with_passkeys {
        0 => written,
        more => {
            format!("{written}\nUsers with passkeys, which belong to the portal's host and were not exported: {more}.")
        }
    }
}

/// About somebody whose authenticator app was set up with another version.
pub(super) fn unknown_parameters(user: &Email) -> String {
    format!(
        "the authenticator app of {user} has parameters that this version does not know: export with the version that set it up"
    )
}
