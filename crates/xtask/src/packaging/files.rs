//! What every package has: the program, and what the program says about itself.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};

use crate::process;

/// Where packages keep the data.
const DATA_DIR: &str = "/var/lib/postern";
/// The completions: shells, and the names that they expect.
const COMPLETIONS: [(&str, &str); 3] = [("bash", "postern.bash"), ("zsh", "_postern"), ("fish", "postern.fish")];

/// Gathers the program, its settings file, manual pages and completions in a directory.
pub(super) fn gather(binary: &Path, into: &Path) -> Result<()> {
    super::empty(into)?;
    let program = into.join("postern");
    fs::copy(binary, &program).with_context(|| format!("copying {}", binary.display()))?;
    // Without debug information, which a release build does not have anyway.
    process::run(Command::new("strip").arg("--strip-debug").arg(&program))?;
    settings(&program, into)?;
    for (shell, name) in COMPLETIONS {
        write(&into.join("completions").join(name), &said(&program, &["completions", shell])?)?;
    }
    manual_pages(&program, &[], &into.join("man"))
}

/// The example of the settings, with the data directory of packages.
fn settings(program: &Path, into: &Path) -> Result<()> {
    let file = into.join("postern.toml");
    let mut init = Command::new(program);
    init.args(["init", "--proxy=none", "--data-dir", DATA_DIR, "--config"]).arg(file);
    process::read(init.env_clear()).map(drop)
}

/// The page of a command, and those of the commands below it, which it names: `postern\-user\-add\-to(1)`.
fn manual_pages(program: &Path, command: &[&str], into: &Path) -> Result<()> {
    let page = said(program, &[&["man"], command].concat())?;
    let name = [&["postern"], command].concat().join("-");
    fs::create_dir_all(into)?;
    let file = File::create(into.join(format!("{name}.1.gz")))?;
    let mut compressed = GzBuilder::new().mtime(0).write(file, Compression::best());
    compressed.write_all(page.as_bytes())?;
    compressed.finish()?;
    for below in named_below(&page, &name) {
        manual_pages(program, &[command, &[&*below]].concat(), into)?;
    }
    Ok(())
}

/// The commands below `name` that a page names.
fn named_below(page: &str, name: &str) -> Vec<String> {
    let prefix = format!("{name}-");
    let page = page.replace("\\-", "-");
    let named =
        page.lines().filter_map(|line| line.trim().strip_suffix("(1)")?.strip_prefix(&prefix).map(str::to_owned));
    named.filter(|below| below != "help").collect()
}

fn said(program: &Path, arguments: &[&str]) -> Result<String> {
    process::read(Command::new(program).args(arguments).env_clear())
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::create_dir_all(path.parent().context("a file has a directory")?)?;
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_the_commands_below_it() {
        let page = ".SH SUBCOMMANDS\n.TP\npostern\\-user\\-add\\-to(1)\nAdd\n.TP\npostern\\-user\\-help(1)\n";
        assert_eq!(named_below(page, "postern-user"), ["add-to"]);
    }
}
