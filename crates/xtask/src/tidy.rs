//! Checks of the house rules. Each rule says why it exists, and its tests show that it can fail.

mod asvs;
mod circles;
mod colours;
mod map;
mod migrations;
mod routes;
mod rules;
mod security_table;
mod sentences;
mod settings;
mod source;

use std::fmt;

use anyhow::{Result, bail};

use crate::paths;

/// Options of `cargo xtask tidy`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Also update generated text: checksums of new migrations, the README's table of settings, and postern.example.toml.
    #[arg(long)]
    bless: bool,
}

/// A violation of a rule.
struct Finding {
    path: String,
    /// From 1; `None` for the whole file.
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
    if options.bless {
        migrations::bless(paths::root())?;
        settings::bless(paths::root())?;
    }
    source()
}

/// The checks, which only read text.
pub(crate) fn source() -> Result<()> {
    let sources = source::read_all(paths::root())?;
    let mut findings: Vec<Finding> = sources.iter().flat_map(rules::check).collect();
    findings.extend(routes::check(&sources));
    findings.extend(circles::check(&sources));
    findings.extend(colours::check(&sources));
    findings.extend(sentences::check(&sources));
    findings.extend(map::check(paths::root())?);
    findings.extend(security_table::check(&sources));
    findings.extend(asvs::check(&sources));
    findings.extend(migrations::check(paths::root())?);
    findings.extend(settings::check(paths::root())?);
    for finding in &findings {
        eprintln!("{finding}");
    }
    if !findings.is_empty() {
        bail!("{} house rules broken, see above", findings.len());
    }
    Ok(())
}
