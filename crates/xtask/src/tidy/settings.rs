//! The README's table of settings and `postern.example.toml` are generated from the code: the doc comments of the sections,
//! the defaults and the earlier names.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::Finding;

const CONFIG: &str = "server/src/config";
const README: &str = "README.md";
const EXAMPLE: &str = "postern.example.toml";
const BEGIN: &str = "<!-- config-table -->";
const END: &str = "<!-- /config-table -->";

/// The text before the first section of the example file.
const HEAD: &str = "\
## Settings of Postern, which reads postern.toml in the working directory, or the file that --config FILE names.
## A flag (--public-url, --set server.public_url=…) overrides the environment (POSTERN_SERVER__PUBLIC_URL), which overrides
## this file.
";

/// The text after the last section of the example file: what is a list, and has no defaults.
const TAIL: &str = "
## Applications behind the portal, one section each (docs/applications.md). `postern serve` imports them when it starts.
#[[application]]
#name = \"Wiki\"
#url = \"https://wiki.example.com\"
## Names of the accounts that have it.
#accounts = [\"My organisation\"]
## NAME: ACCESS [METHOD,…] PATH. Without rules, everyone who may use the application may use all of it.
#rules = [\"health: open GET,HEAD /healthz\", \"admin: fresh /admin/*\", \"rest: members /*\"]
## Whether to require a second factor even if the account does not.
#two_factor = true
## Maximum age of a log-in.
#max_age = \"12h\"
## Networks to block.
#exclude_networks = [\"192.0.2.0/24\"]
## SVG or PNG file of at most 64 KiB.
#icon = \"wiki.svg\"
";

/// A field of a section.
#[derive(Debug, Default, PartialEq, Eq)]
struct Setting {
    section: String,
    key: String,
    /// The lines of its doc comment; an empty one ends the first paragraph.
    meaning: Vec<String>,
    /// In TOML, with the placeholders `{port}`, `{data_dir}` and `{cores}`, which are filled in at start.
    default: String,
    /// Its name from before there were sections.
    earlier: Option<String>,
}

/// Checks the README's table and the example file against the code.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let message = "does not match the code of the settings: run `cargo xtask tidy --bless`";
    let outdated =
        made(root)?.into_iter().filter(|(path, text)| fs::read_to_string(root.join(path)).ok().as_ref() != Some(text));
    Ok(outdated.map(|(path, _)| Finding { path: path.to_owned(), line: None, message: message.to_owned() }).collect())
}

/// Writes the README's table and the example file.
pub(super) fn bless(root: &Path) -> Result<()> {
    for (path, text) in made(root)? {
        fs::write(root.join(path), text).with_context(|| format!("writing {path}"))?;
    }
    Ok(())
}

/// The contents that the two files must have.
fn made(root: &Path) -> Result<[(&'static str, String); 2]> {
    let read = |path: &str| fs::read_to_string(root.join(path)).with_context(|| format!("reading {path}"));
    let settings = settings(
        &read(&format!("{CONFIG}/sections.rs"))?,
        &defaults(&read(&format!("{CONFIG}/defaults.toml"))?),
        &earlier_names(&read(&format!("{CONFIG}/names.rs"))?),
    );
    let readme = with_table(&read(README)?, &table(&settings)).context("README.md has no place for the settings")?;
    Ok([(README, readme), (EXAMPLE, example(&settings))])
}

/// The fields of the structs that have defaults, in the order of the code.
fn settings(code: &str, defaults: &BTreeMap<String, String>, earlier_names: &BTreeMap<String, String>) -> Vec<Setting> {
    let mut settings = Vec::new();
    let mut section = String::new();
    let mut meaning = Vec::new();
    for line in code.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("///") {
            meaning.push(text.trim().to_owned());
            continue;
        }
        if line.starts_with("#[") {
            continue;
        }
        let meaning = std::mem::take(&mut meaning);
        if let Some(name) = line.strip_prefix("pub struct ").and_then(|rest| rest.strip_suffix(" {")) {
            section = name.to_lowercase();
        } else if let Some((key, _)) = line.strip_prefix("pub ").and_then(|rest| rest.split_once(": ")) {
            let path = format!("{section}.{key}");
            let Some(default) = defaults.get(&path).cloned() else { continue };
            let earlier = earlier_names.get(&path).cloned();
            settings.push(Setting { section: section.clone(), key: key.to_owned(), meaning, default, earlier });
        }
    }
    settings
}

/// `key = value` below `[section]`, by path.
fn defaults(toml: &str) -> BTreeMap<String, String> {
    let mut section = "";
    let mut defaults = BTreeMap::new();
    for line in toml.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
        } else if let Some((key, value)) = line.split_once(" = ") {
            defaults.insert(format!("{section}.{key}"), value.to_owned());
        }
    }
    defaults
}

/// The pairs `("session_idle", "sessions.idle_s"),`, by path.
fn earlier_names(code: &str) -> BTreeMap<String, String> {
    let pair = |line: &str| {
        let (earlier, path) = line.trim().strip_prefix("(\"")?.strip_suffix("\"),")?.split_once("\", \"")?;
        Some((path.to_owned(), earlier.to_owned()))
    };
    code.lines().filter_map(pair).collect()
}

/// The table in Markdown.
fn table(settings: &[Setting]) -> String {
    let mut table = "| Setting | Environment | Earlier name | Default | Meaning |\n|---|---|---|---|---|".to_owned();
    for Setting { section, key, meaning, default, earlier } in settings {
        let variable = format!("POSTERN_{section}__{key}").to_uppercase();
        let earlier = earlier.as_ref().map_or_else(String::new, |name| format!("`{name}`"));
        let default = match default.trim_matches('"') {
            "" | "[]" => "none".to_owned(),
            default => format!("`{default}`"),
        };
        let meaning: Vec<&str> = meaning.iter().map(String::as_str).take_while(|line| !line.is_empty()).collect();
        let meaning = meaning.join(" ");
        table += &format!("\n| `{section}.{key}` | `{variable}` | {earlier} | {default} | {meaning} |");
    }
    table
}

/// The example file: every setting with its default, as a comment.
fn example(settings: &[Setting]) -> String {
    let mut text = HEAD.to_owned();
    let mut section = "";
    for setting in settings {
        text.push('\n');
        if setting.section != section {
            section = &setting.section;
            text += &format!("[{section}]\n");
        }
        for line in setting.meaning.iter().filter(|line| !line.is_empty()) {
            text += &format!("## {line}\n");
        }
        let default = setting.default.replace("{port}", "8080").replace("{data_dir}", "postern-data");
        text += &format!("#{} = {}\n", setting.key, default.replace("\"{cores}\"", "2"));
    }
    text + TAIL
}

/// The text with the table between its markers.
fn with_table(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}\n{END}{after}", table.trim()))
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
