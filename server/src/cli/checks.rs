//! Answers of commands that check several things, one line for each.

use serde_json::json;

use super::tools::Answer;

/// One line of the answer: what was found, or what has to be mended.
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) outcome: anyhow::Result<String>,
}

/// All lines. One failure fails the command.
pub(super) fn answer(checks: &[Check]) -> Answer {
    let line = |check: &Check| match &check.outcome {
        Ok(found) => format!("ok      {:<9} {found}", check.name),
        Err(error) => format!("FAILED  {:<9} {error:#}", check.name),
    };
    let entry = |check: &Check| match &check.outcome {
        Ok(found) => json!({"check": check.name, "ok": true, "found": found}),
        Err(error) => json!({"check": check.name, "ok": false, "error": format!("{error:#}")}),
    };
    Answer {
        text: checks.iter().map(line).collect::<Vec<_>>().join("\n"),
        json: checks.iter().map(entry).collect(),
        has_failed: checks.iter().any(|check| check.outcome.is_err()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_fails_the_command_and_every_line_is_shown() {
        let check = |name, outcome| Check { name, outcome };
        let checks = [check("settings", Ok("fine".to_owned())), check("mail", Err(anyhow::anyhow!("refused")))];
        let answer = answer(&checks);
        assert_eq!(answer.text, "ok      settings  fine\nFAILED  mail      refused");
        assert_eq!(answer.json[1], json!({"check": "mail", "ok": false, "error": "refused"}));
        assert!(answer.has_failed);
    }
}
