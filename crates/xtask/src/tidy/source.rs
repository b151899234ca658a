//! A source file as the rules see it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::source_tree;

/// Kinds of text that people write here.
const TEXT: [&str; 12] = ["css", "html", "js", "json", "md", "mjs", "rs", "sh", "sql", "toml", "ts", "yml"];

/// One text file of the checkout.
pub(super) struct Source {
    /// Relative to the checkout, with `/`.
    pub(super) path: String,
    pub(super) text: String,
}

/// Reads every text file of the checkout.
pub(super) fn read_all(root: &Path) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for file in source_tree::files(root)? {
        if file.extension().is_some_and(|kind| TEXT.iter().any(|known| kind == *known)) {
            let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
            let path = file.strip_prefix(root)?.to_string_lossy().into_owned();
            sources.push(Source { path, text });
        }
    }
    Ok(sources)
}

impl Source {
    /// The file's ending says Rust.
    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The file has tests in a browser.
    pub(super) fn is_story(&self) -> bool {
        self.path.ends_with(".spec.ts")
    }

    /// The names of its Rust functions.
    pub(super) fn functions(&self) -> impl Iterator<Item = &str> {
        self.code().filter_map(|(_, line)| {
            let (_, after) = line.split_once("fn ")?;
            after.split(|character: char| !character.is_alphanumeric() && character != '_').next()
        })
    }

    /// Whether it has a test of this name: a function, or a story.
    pub(super) fn has_test(&self, name: &str) -> bool {
        if self.is_story() { self.text.contains(&format!("'{name}'")) } else { self.functions().any(|it| it == name) }
    }

    /// Numbered lines of Rust without their comments: prose may name what code may not.
    pub(super) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, without_comment(line)))
    }

    /// Like `code`, up to the file's test module, which comes last.
    pub(super) fn code_without_tests(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code().take_while(|(_, line)| line.trim() != "#[cfg(test)]")
    }
}

/// Cuts a `//` comment off; the `//` of an address stays.
fn without_comment(line: &str) -> &str {
    let comment = line.match_indices("//").find(|(start, _)| !line[..*start].ends_with(':'));
    comment.map_or(line, |(start, _)| &line[..start])
}

/// Whether a line has the word, not merely as a part of a longer one.
pub(super) fn has_word(line: &str, word: &str) -> bool {
    let in_name = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = &line[..start];
        let after = &line[start + word.len()..];
        let open = |edge: Option<char>, neighbour: Option<char>| {
            !(edge.is_some_and(in_name) && neighbour.is_some_and(in_name))
        };
        open(word.chars().next(), before.chars().next_back()) && open(word.chars().next_back(), after.chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole() {
        assert!(has_word("use sqlx::query;", "sqlx"));
        assert!(!has_word("use sqlx_like::query;", "sqlx"));
        assert!(has_word("#[ignore]", "#[ignore"));
        assert!(has_word("now: Instant::now()", "Instant::now"));
    }

    #[test]
    fn comments_and_tests_are_no_code() {
        let text = "let a = \"http://x\"; // why\n/// doc\n#[cfg(test)]\nmod tests {}\n".to_owned();
        let source = Source { path: "a.rs".into(), text };
        let code: Vec<_> = source.code_without_tests().collect();
        assert_eq!(code, [(1, "let a = \"http://x\"; "), (2, "")]);
    }
}
