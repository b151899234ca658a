//! The README's table of settings is the server's own: `postern config-table` prints it from the code.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Mode;
use crate::build::{self, Profile};
use crate::{paths, process};

const BEGIN: &str = "<!-- config-table -->";
const END: &str = "<!-- /config-table -->";

/// Holds the README's table against the code, or rewrites it. A README without the markers has no table.
pub(super) fn check(mode: Mode) -> Result<()> {
    let path = paths::root().join("README.md");
    let Ok(readme) = fs::read_to_string(&path) else { return Ok(()) };
    if !readme.contains(BEGIN) {
        return Ok(());
    }
    let table = process::read(Command::new(build::server(Profile::Debug)?).arg("config-table"))?;
    let right = with_table(&readme, &table).context("README.md has the beginning of a table of settings but no end")?;
    if right == readme {
        return Ok(());
    }
    match mode {
        Mode::Bless => fs::write(path, right).context("writing README.md"),
        Mode::Check => bail!("README.md's table of settings is not what the code says: run `cargo xtask tidy --bless`"),
    }
}

/// The text with the table between its markers.
fn with_table(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}\n{END}{after}", table.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_between_the_markers_is_replaced() {
        let text = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let new = format!("a\n{BEGIN}\n| new |\n{END}\nb\n");
        assert_eq!(with_table(&text, "| new |\n"), Some(new.clone()));
        assert_eq!(with_table(&new, "| new |\n"), Some(new));
    }

    #[test]
    fn a_marker_without_its_end_is_an_error() {
        assert_eq!(with_table(BEGIN, "| new |"), None);
    }
}
