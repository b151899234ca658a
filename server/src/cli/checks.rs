//! Answers of commands that check several things, one line for each.

use serde_json::{Value, json};
use strum::IntoStaticStr;

use super::tools::{Answer, Exit};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Severity {
    /// It is as it should be.
    Ok,
    /// Somebody may want to know it.
    Note,
    /// It works, and should be mended.
    Warning,
    /// It does not work, or is not safe.
    Error,
}

/// What was found.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) severity: Severity,
    text: String,
    /// What mends it, unless the text says so.
    cure: Option<String>,
    /// What asks for it: a requirement of ASVS 5.0 or a section of NIST SP 800-63B-4.
    reference: Option<&'static str>,
}

/// One line of the answer.
#[derive(Debug)]
pub(super) struct Check {
    name: &'static str,
    pub(super) finding: Finding,
}

impl Check {
    pub(super) fn new(name: &'static str, finding: Finding) -> Self {
        Self { name, finding }
    }

    /// A check that succeeds or fails.
    pub(super) fn of(name: &'static str, outcome: anyhow::Result<String>) -> Self {
        let finding = outcome.map(Finding::ok);
        Self::settled(name, finding)
    }

    /// A check that may fail before it has found anything.
    pub(super) fn settled(name: &'static str, finding: anyhow::Result<Finding>) -> Self {
        Self { name, finding: finding.unwrap_or_else(|error| Finding::new(Severity::Error, format!("{error:#}"))) }
    }

    /// The same, with what asks for it.
    pub(super) fn asked_by(mut self, reference: &'static str) -> Self {
        self.finding.reference = Some(reference);
        self
    }

    fn line(&self) -> String {
        let word = match self.finding.severity {
            Severity::Ok => "ok",
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "FAILED",
        };
        let Finding { severity, text, cure, reference } = &self.finding;
        let cure = cure.as_ref().map(|cure| format!(". {cure}")).unwrap_or_default();
        let reference = reference.filter(|_| *severity >= Severity::Warning);
        let reference = reference.map(|reference| format!(" ({reference})")).unwrap_or_default();
        format!("{word:<8}{:<9} {text}{cure}{reference}", self.name)
    }

    fn entry(&self) -> Value {
        let Finding { severity, text, cure, reference } = &self.finding;
        let is_ok = *severity != Severity::Error;
        let mut entry = json!({"check": self.name, "ok": is_ok, "severity": <&str>::from(severity)});
        entry[if is_ok { "found" } else { "error" }] = json!(text);
        if let Some(cure) = cure {
            entry["cure"] = json!(cure);
        }
        if let Some(reference) = reference {
            entry["reference"] = json!(reference);
        }
        entry
    }
}

impl Finding {
    fn new(severity: Severity, text: String) -> Self {
        Self { severity, text, cure: None, reference: None }
    }

    pub(super) fn ok(text: impl Into<String>) -> Self {
        Self::new(Severity::Ok, text.into())
    }

    pub(super) fn note(text: impl Into<String>, cure: &str) -> Self {
        Self { cure: Some(cure.to_owned()), ..Self::new(Severity::Note, text.into()) }
    }

    pub(super) fn warning(text: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { cure: Some(cure.into()), ..Self::new(Severity::Warning, text.into()) }
    }

    pub(super) fn error(text: impl Into<String>, cure: &str) -> Self {
        Self { cure: Some(cure.to_owned()), ..Self::new(Severity::Error, text.into()) }
    }
}

/// All lines. The worst of them decides about the exit code.
pub(super) fn answer(checks: &[Check]) -> Answer {
    let exit = match checks.iter().map(|check| check.finding.severity).max() {
        Some(Severity::Error) => Exit::Failure,
        Some(Severity::Warning) => Exit::Warnings,
        Some(Severity::Ok | Severity::Note) | None => Exit::Success,
    };
    Answer {
        text: checks.iter().map(Check::line).collect::<Vec<_>>().join("\n"),
        json: checks.iter().map(Check::entry).collect(),
        exit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_fails_the_command_and_every_line_is_shown() {
        let checks = [Check::of("settings", Ok("fine".to_owned())), Check::of("mail", Err(anyhow::anyhow!("refused")))];
        let answer = answer(&checks);
        assert_eq!(answer.text, "ok      settings  fine\nFAILED  mail      refused");
        assert_eq!(answer.json[1], json!({"check": "mail", "ok": false, "severity": "error", "error": "refused"}));
        assert_eq!(answer.exit, Exit::Failure);
    }

    #[test]
    fn a_warning_has_an_exit_code_of_its_own_and_says_what_mends_it_and_who_asks_for_it() {
        let note = Check::new("a", Finding::note("some", "None needed"));
        let warning = Check::new("disk", Finding::warning("little room", "Make room")).asked_by("ASVS 5.0, 1.2.3");
        assert_eq!(answer(&[note]).exit, Exit::Success);
        let answer = answer(&[warning]);
        assert_eq!(answer.text, "warning disk      little room. Make room (ASVS 5.0, 1.2.3)");
        let entry = json!({"check": "disk", "ok": true, "severity": "warning", "found": "little room", "cure": "Make room",
            "reference": "ASVS 5.0, 1.2.3"});
        assert_eq!(answer.json[0], entry);
        assert_eq!(answer.exit, Exit::Warnings);
    }
}
