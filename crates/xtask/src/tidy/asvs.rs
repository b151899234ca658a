//! docs/asvs.md is true: the files and tests that it names exist, whatever is *met* names one, and its table of sums is right.

use std::collections::BTreeMap;

use super::Finding;
use super::source::Source;

const PAGE: &str = "docs/asvs.md";
/// The answers, in the order of the columns of the table of sums.
const ANSWERS: [&str; 3] = ["*Met*", "*Not met*", "*Does not apply*"];

/// A requirement: `| V6.2.1 | 1 | At least 8 characters | *Met*: … |`.
struct Row<'a> {
    line: usize,
    chapter: &'a str,
    answer: &'a str,
}

/// Looks up what the page names, and counts its answers.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let Some(page) = sources.iter().find(|source| source.path == PAGE) else { return Vec::new() };
    let files: BTreeMap<&str, &Source> = sources.iter().map(|source| (source.path.as_str(), source)).collect();
    let rows: Vec<Row<'_>> = page.text.lines().enumerate().filter_map(|(index, line)| row(index + 1, line)).collect();
    let mut findings: Vec<Finding> = rows.iter().flat_map(|row| check_row(row, &files)).collect();
    findings.extend(check_sums(page, &rows));
    findings
}

fn row(line: usize, text: &str) -> Option<Row<'_>> {
    let (number, rest) = text.strip_prefix("| V")?.split_once(" | ")?;
    let (chapter, _) = number.split_once('.')?;
    let (_, answer) = rest.rsplit_once(" | ")?;
    Some(Row { line, chapter, answer: answer.trim_end_matches(" |") })
}

fn check_row(row: &Row<'_>, files: &BTreeMap<&str, &Source>) -> Vec<Finding> {
    let named: Vec<&str> = named(row.answer).collect();
    let missing = named.iter().filter(|name| !exists(name, files));
    let missing = missing.map(|name| finding(row.line, &format!("there is no `{name}`")));
    let is_answer = ANSWERS.iter().any(|answer| row.answer.starts_with(answer));
    let no_answer = (!is_answer).then(|| finding(row.line, &format!("the answer begins with none of {ANSWERS:?}")));
    let is_met = row.answer.starts_with(ANSWERS[0]);
    let unproved = (is_met && named.is_empty()).then(|| finding(row.line, "*Met* names neither a test nor a file"));
    missing.chain(no_answer).chain(unproved).collect()
}

/// What is between backticks and begins with a path: `path`, or `path: test`.
fn named(answer: &str) -> impl Iterator<Item = &str> {
    let spans = answer.split('`').skip(1).step_by(2);
    spans.filter(|span| span.split(": ").next().is_some_and(|path| path.contains('/') && path.contains('.')))
}

fn exists(name: &str, files: &BTreeMap<&str, &Source>) -> bool {
    let (path, test) = name.split_once(": ").map_or((name, None), |(path, test)| (path, Some(test)));
    files.get(path).is_some_and(|file| test.is_none_or(|test| file.has_test(test)))
}

/// Each chapter has a line `| 6 Authentication | 22 | 6 | 7 |`.
fn check_sums(page: &Source, rows: &[Row<'_>]) -> Vec<Finding> {
    let mut sums: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for row in rows {
        let sum = sums.entry(row.chapter).or_default();
        for (number, answer) in sum.iter_mut().zip(ANSWERS) {
            *number += usize::from(row.answer.starts_with(answer));
        }
    }
    let is_there = |chapter: &str, [met, not_met, other]: [usize; 3]| {
        let end = format!(" | {met} | {not_met} | {other} |");
        page.text.lines().any(|line| line.starts_with(&format!("| {chapter} ")) && line.ends_with(&end))
    };
    let wrong = sums.into_iter().filter(|(chapter, sum)| !is_there(chapter, *sum));
    wrong.map(|(chapter, sum)| finding(1, &format!("the sums of chapter {chapter} are {sum:?}"))).collect()
}

fn finding(line: usize, message: &str) -> Finding {
    Finding { path: PAGE.to_owned(), line: Some(line), message: format!("{message}: the page must be true") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(page: &str) -> Vec<String> {
        let source = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
        let sources = [
            source(PAGE, page),
            source("server/tests/api/replay.rs", "async fn a_code_works_once(db: Db) {"),
            source("e2e/log-in.spec.ts", "test('log in again with a code', async () => {})"),
        ];
        check(&sources).iter().map(|finding| finding.message.split(": the").next().unwrap().to_owned()).collect()
    }

    fn page(answer: &str) -> String {
        format!("| 6 Authentication | 1 | 0 | 0 |\n\n| V6.5.1 | 2 | A `/` once | {answer} |\n")
    }

    #[test]
    fn files_and_tests_must_exist() {
        let there = "*Met*: `server/tests/api/replay.rs: a_code_works_once`, `e2e/log-in.spec.ts: log in again with a code`, \
                     `server/tests/api/replay.rs`; set `totp.window = 0`";
        assert_eq!(messages(&page(there)), Vec::<String>::new());
        for gone in
            ["server/tests/api/replay.rs: a_code_works", "server/tests/api/code.rs: a_code_works_once", "docs/gone.md"]
        {
            assert_eq!(messages(&page(&format!("*Met*: `{gone}`"))), [format!("there is no `{gone}`")]);
        }
    }

    #[test]
    fn what_is_met_has_something_to_show() {
        assert_eq!(messages(&page("*Met*: surely")), ["*Met* names neither a test nor a file"]);
    }

    #[test]
    fn the_sums_are_those_of_the_answers() {
        assert_eq!(messages(&page("*Not met*: not yet")), ["the sums of chapter 6 are [0, 1, 0]"]);
        assert_eq!(messages(&page("Partly")).len(), 2, "neither an answer nor in the sums");
    }
}
