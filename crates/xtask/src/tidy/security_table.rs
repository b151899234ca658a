//! Every test that the table in SECURITY.md names must exist.

use std::collections::BTreeSet;

use super::Finding;
use super::source::Source;

/// Checks the tests in SECURITY.md's table.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let Some(page) = sources.iter().find(|source| source.path == "SECURITY.md") else { return Vec::new() };
    let functions: BTreeSet<&str> =
        sources.iter().filter(|source| source.is_rust()).flat_map(Source::functions).collect();
    let stories: Vec<&Source> = sources.iter().filter(|source| source.is_story()).collect();
    let mut findings = Vec::new();
    for (index, line) in page.text.lines().enumerate().filter(|(_, line)| is_requirement(line)) {
        for name in quoted(line) {
            let exists = functions.contains(name) || stories.iter().any(|story| story.has_test(name));
            if !exists {
                let message = format!("`{name}` is not a test of this project: name an existing one, or write it");
                findings.push(Finding { path: page.path.clone(), line: Some(index + 1), message });
            }
        }
    }
    findings
}

/// A row of the table: `| R11 | …`.
fn is_requirement(line: &str) -> bool {
    let first = line.strip_prefix('|').and_then(|row| row.split('|').next()).map(str::trim);
    first
        .and_then(|cell| cell.strip_prefix('R'))
        .is_some_and(|rest| rest.starts_with(|digit: char| digit.is_ascii_digit()))
}

/// The texts between backticks in the last cell of a row, which is where the tests are; a module path may come first.
fn quoted(row: &str) -> impl Iterator<Item = &str> {
    let cell = row.trim().trim_end_matches('|').rsplit('|').next().unwrap_or_default();
    cell.split('`').skip(1).step_by(2).map(|name| name.rsplit("::").next().unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(page: &str) -> Vec<String> {
        let source = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
        let sources = [
            source("SECURITY.md", page),
            source("server/tests/api/replay.rs", "async fn a_code_works_once(db: Db) {"),
            source("e2e/log-in.spec.ts", "test('log in again with a code', async () => {})"),
        ];
        check(&sources).iter().map(|finding| finding.message.split(':').next().unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn a_named_test_must_exist() {
        assert!(
            messages("| R1 | `last_step` is compared | `replay::a_code_works_once`, `log in again with a code` |")
                .is_empty()
        );
        assert_eq!(
            messages("| R1 | once | `a_code_works_twice` |"),
            ["`a_code_works_twice` is not a test of this project"]
        );
        assert!(messages("The word `anything` outside of the table.").is_empty());
    }
}
