//! The texts of recovery codes.

pub(crate) mod recovery_codes {
    pub(crate) const TITLE: &str = "Save your recovery codes";
    pub(crate) const WHY: &str = "If you lose your phone, one of these codes lets you log in without it. Each works once. They are shown only now: keep them where you keep other important papers, or in a password manager.";
    pub(crate) const COPY: &str = "Copy";
    pub(crate) const COPIED: &str = "Copied";
    pub(crate) const COPY_REFUSED: &str =
        "The browser did not allow copying. The codes are selected: press Ctrl+C, or ⌘C on a Mac.";
    pub(crate) const DOWNLOAD: &str = "Download";
    pub(crate) const DOWNLOADED: &str = "Downloaded";
    pub(crate) const DOWNLOAD_REFUSED: &str = "The browser did not allow downloading. Copy or print the codes.";
    pub(crate) const PRINT: &str = "Print";
    pub(crate) const SAVED: &str = "I have saved them";
    pub(crate) const BUSY: &str = "One moment…";
    pub(crate) const DECLINE_QUESTION: &str = "Continue without recovery codes?";
    pub(crate) const DECLINE_ADVICE: &str = "These codes then stop working. If you lose your phone, only an administrator can let you in again. You can create new codes later, under My security.";
    pub(crate) const DECLINE: &str = "Continue without them";
    pub(crate) const SHEET_ADVICE: &str = "Each code works once. At log-in, after your password, choose “Use a recovery code”. New codes replace all earlier ones. Whoever has your password and one of these codes can log in as you.";

    /// The heading on paper and in the file.
    pub(crate) fn sheet_title(product: &str, email: &str) -> String {
        format!("{product} recovery codes for {email}")
    }

    /// When they were created, and for which portal.
    pub(crate) fn made_on(day: &str, portal: &str) -> String {
        format!("Created on {day} at {portal}")
    }

    /// The name of the file.
    pub(crate) fn file_name(product: &str) -> String {
        let plain: String = product.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        format!("{plain}-recovery-codes.txt")
    }
}

pub(crate) mod recovery_code {
    use postern_types::ApiError;

    use crate::flow::Failure;

    /// What is wrong with the code itself.
    pub(crate) const fn refusal(failure: &Failure) -> Option<&'static str> {
        match failure {
            Failure::NoCode | Failure::Refused(ApiError::Malformed { .. }) => Some(NOT_A_CODE),
            Failure::Refused(ApiError::InvalidCode { .. }) => Some(REFUSED),
            _ => None,
        }
    }

    pub(crate) const TITLE: &str = "Use a recovery code";
    pub(crate) const INTRO: &str = "Enter one of the recovery codes that you saved: 16 letters and digits. Upper or lower case and dashes do not matter. Each code works once.";
    pub(crate) const LABEL: &str = "Recovery code";
    pub(crate) const SUBMIT: &str = "Log in";
    pub(crate) const BUSY: &str = "Logging in…";
    pub(crate) const NOT_A_CODE: &str = "A recovery code has 16 letters and digits, such as 2f4k-9zqp-m7xa-c3dw.";
    pub(crate) const REFUSED: &str = "That recovery code was not accepted. Check it for typing errors. A code works once, and new codes replace all earlier ones: try another one.";
    pub(crate) const NO_CODES: &str = "No recovery codes either?";
    pub(crate) const NO_CODES_ADVICE: &[(&str, &str)] = &[(
        "Ask the administrator of your account",
        "to reset your two-factor authentication. You then set it up again at your next log-in.",
    )];
    pub(crate) const RECOVERED: &str = "You are logged in with a recovery code";
    pub(crate) const NEW_APP: &str = "If you have lost or replaced your phone, replace your authenticator app or add a passkey now, under My security. For the next 10 minutes, no code is needed for that.";
    pub(crate) const MY_SECURITY: &str = "Go to My security";
    pub(crate) const CONTINUE: &str = "Continue";

    /// How many recovery codes are left.
    pub(crate) fn left(number: u32) -> String {
        match number {
            0 => "That was your last recovery code. Create new ones under My security.".to_owned(),
            1 => "You have 1 recovery code left. Create new ones under My security.".to_owned(),
            2 => "You have 2 recovery codes left. Create new ones under My security.".to_owned(),
            _ => format!("You have {number} recovery codes left."),
        }
    }
}
