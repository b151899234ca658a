//! The house rules as checks over the source text. A rule says why it is there, and its tests show that it can fail.

mod circles;
mod colours;
mod config_table;
mod migrations;
mod routes;
mod rules;
mod security_table;
mod source;

use std::fmt;

use anyhow::{Result, bail};

use crate::paths;

/// Options of `cargo xtask tidy`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Also bring up to date what is generated: checksums of new migrations, the README's configuration table.
    #[arg(long)]
    bless: bool,
}

/// What happens to a generated file that is out of date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It is a failure.
    Check,
    /// It is rewritten.
    Bless,
}

/// One place where a rule is broken.
struct Finding {
    path: String,
    /// Counted from one; none where the whole file is meant.
    line: Option<usize>,
    message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.message),
            None => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

/// `cargo xtask tidy`.
pub(crate) fn command(options: &Options) -> Result<()> {
    let mode = if options.bless { Mode::Bless } else { Mode::Check };
    if mode == Mode::Bless {
        migrations::bless(paths::root())?;
    }
    source()?;
    generated(mode)
}

/// Checks that read the source text only.
pub(crate) fn source() -> Result<()> {
    let sources = source::read_all(paths::root())?;
    let mut findings: Vec<Finding> = sources.iter().flat_map(rules::check).collect();
    findings.extend(routes::check(&sources));
    findings.extend(circles::check(&sources));
    findings.extend(colours::check(&sources));
    findings.extend(security_table::check(&sources));
    findings.extend(migrations::check(paths::root())?);
    for finding in &findings {
        eprintln!("{finding}");
    }
    if !findings.is_empty() {
        bail!("{} house rules broken, see above", findings.len());
    }
    Ok(())
}

/// Checks that ask the built server.
pub(crate) fn generated(mode: Mode) -> Result<()> {
    config_table::check(mode)
}
