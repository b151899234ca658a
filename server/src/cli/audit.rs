//! `postern audit …`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::Subcommand;
use serde_json::{Value, json};

use super::audit_text as words;
use super::text;
use super::tools::{Answer, Tools};
use crate::audit::anchor::Anchor;
use crate::audit::anchor_lines::{AnchorLines, Counts};
use crate::audit::export::{Exported, Format, export};
use crate::audit::found::{Fault, Verified};
use crate::audit::heads::all_opened;
use crate::audit::verify::{Scope, verify};
use crate::auth::cipher::Cipher;
use crate::clock::rfc3339;
use crate::ids::ChainId;
use crate::private_file::Unfinished;
use crate::store::accounts;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Verify all chains, and name what was altered, removed, inserted or reordered; the exit code is 1 if something is wrong
    Verify {
        /// Only the chain of this account
        #[arg(long)]
        account: Option<String>,
        /// Also compare the chains with the anchors in this file, which may be a system log
        #[arg(long, value_name = "FILE")]
        anchors: Option<PathBuf>,
    },
    /// Print anchors, to be kept elsewhere: the end of each chain now, as a line of JSON
    Anchor,
    /// Write the entries with their rows and hashes, to be verified with nothing but SHA-256
    Export {
        /// Only the chain of this account
        #[arg(long)]
        account: Option<String>,
        /// Format of the output
        #[arg(long, value_enum, default_value = "jsonl")]
        format: Format,
        /// File to create; one that exists is never overwritten. Without it, standard output
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

pub(super) async fn run(command: Command, tools: &Tools) -> anyhow::Result<Answer> {
    match command {
        Command::Verify { account, anchors } => verified(tools, account.as_deref(), anchors.as_deref()).await,
        Command::Anchor => anchor(tools).await,
        Command::Export { account, format, output } => exported(tools, account.as_deref(), format, output).await,
    }
}

async fn verified(tools: &Tools, account: Option<&str>, anchors: Option<&Path>) -> anyhow::Result<Answer> {
    let (cipher, names) = (tools.cipher().await?, names(tools).await?);
    let chain = account.map(|name| chain_named(&names, name)).transpose()?;
    let mut lines = anchors.map(|path| lines_of(path, &cipher)).transpose()?;
    let (now, history_days) = (tools.clock.now(), tools.config.history.days);
    let scope = Scope { now, history_days, only: chain.as_ref() };
    let found = verify(&tools.db, &cipher, scope, lines.iter_mut().flatten()).await?;
    let counts = lines.map(|lines| lines.counts).unwrap_or_default();
    if let Some(path) = anchors {
        ensure!(counts.own > 0, "{} has no anchors of this portal", path.display());
    }
    let has_failed = found.began_at.is_none() || !found.faults.is_empty();
    let name = |chain: &ChainId| names.get(chain.as_str()).map(String::as_str);
    let text = words::verified(&found, counts, name);
    Ok(Answer::new(text, as_json(&found, counts, name)).failed_if(has_failed))
}

fn as_json<'a>(found: &Verified, counts: Counts, name: impl Fn(&ChainId) -> Option<&'a str>) -> Value {
    let fault = |fault: &Fault| {
        let mut entry = json!(fault);
        entry["account"] = json!(name(&fault.chain));
        entry["at"] = json!(fault.at.map(rfc3339));
        entry
    };
    json!({
        "intact": found.began_at.is_some() && found.faults.is_empty(),
        "since": found.began_at.map(rfc3339),
        "chains": found.chains,
        "entries": found.entries,
        "removed": found.removed,
        "waiting": found.waiting,
        "old_rows": found.old_rows,
        "anchors": found.anchors,
        "old_anchors": found.old_anchors,
        "foreign_anchors": counts.foreign,
        "unreadable_anchors": counts.unreadable,
        "faults": found.faults.iter().map(fault).collect::<Value>(),
    })
}

async fn anchor(tools: &Tools) -> anyhow::Result<Answer> {
    let (cipher, now) = (tools.cipher().await?, tools.clock.now());
    let (anchors, damaged) = Anchor::all(&tools.db, &cipher, now).await?;
    ensure!(!anchors.is_empty() || !damaged.is_empty(), words::NO_LOG);
    let lines: Vec<String> = anchors.iter().map(Anchor::line).collect();
    if !damaged.is_empty() {
        // The other anchors are no less worth keeping.
        lines.iter().try_for_each(|line| writeln!(io::stdout(), "{line}"))?;
        all_opened(&damaged)?;
    }
    Ok(Answer::new(lines.join("\n"), json!(anchors)))
}

async fn exported(
    tools: &Tools,
    account: Option<&str>,
    format: Format,
    output: Option<PathBuf>,
) -> anyhow::Result<Answer> {
    let cipher = tools.cipher().await?;
    let names = names(tools).await?;
    let chain = account.map(|name| chain_named(&names, name)).transpose()?;
    let Some(path) = output else {
        let mut out = BufWriter::new(io::stdout());
        let exported = export(&tools.db, &cipher, chain.as_ref(), format, &mut out).await?;
        out.flush()?;
        all_opened(&exported.damaged)?;
        return Ok(Answer::new(String::new(), Value::Null));
    };
    let (unfinished, file) = Unfinished::begin(&path)?;
    let mut file = BufWriter::new(file);
    let cannot_write = || format!("cannot write {}", path.display());
    let Exported { entries, damaged } = export(&tools.db, &cipher, chain.as_ref(), format, &mut file).await?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error).with_context(cannot_write)?;
    unfinished.complete(&file)?;
    all_opened(&damaged)?;
    Ok(Answer::new(words::exported(entries, &path), json!({"file": path, "entries": entries})))
}

/// The names of the accounts, by their ids.
async fn names(tools: &Tools) -> anyhow::Result<BTreeMap<String, String>> {
    let accounts = accounts::list(&tools.db).await?.into_iter();
    Ok(accounts.map(|account| (account.id.to_string(), account.name)).collect())
}

fn chain_named(names: &BTreeMap<String, String>, name: &str) -> anyhow::Result<ChainId> {
    let found = names.iter().find(|(_, it)| *it == name.trim());
    let (id, _) = found.with_context(|| text::no_account(name))?;
    Ok(ChainId::named(id.clone()))
}

/// The lines of a file with anchors.
fn lines_of<'a>(path: &Path, cipher: &'a Cipher) -> anyhow::Result<AnchorLines<'a, BufReader<File>>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(AnchorLines::new(path.display().to_string(), BufReader::new(file), cipher))
}
