//! `postern keys …`.

use std::collections::BTreeMap;

use anyhow::{Context, bail, ensure};
use clap::Subcommand;
use serde_json::{Value, json};

use super::keys_text;
use super::progress::Progress;
use super::tools::{Answer, Tools};
use crate::auth::cipher::Cipher;
use crate::clock::SKEW_S;
use crate::keys::remove_key;
use crate::keys::rotation::{PATIENCE, Rotation, Step};
use crate::keys::values::{Checked, check, remove_damaged_copies};
use crate::store::events::Act;
use crate::store::nodes;
use crate::store::{meta, sealed_values, transactions};

/// How long a request may take to write what it has sealed, in seconds.
const IN_FLIGHT_S: i64 = 60 + SKEW_S;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the keys, what each is for, and how many values it has sealed
    List,
    /// Try to open every sealed value, and name those that do not open
    Check,
    /// Add a new key and seal every value with it, while the servers run. If it is interrupted, run it again
    Rotate,
    /// Remove a key that nothing needs from the key file
    Remove {
        /// Id of the key
        #[arg(value_name = "ID")]
        key_id: String,
    },
}

pub(super) async fn run(command: Command, tools: &Tools) -> anyhow::Result<Answer> {
    let cipher = tools.cipher().await?;
    remove_damaged_copies(&tools.db, &cipher).await?;
    match command {
        Command::List => list(tools, &cipher).await,
        Command::Check => checked(tools, &cipher).await,
        Command::Rotate => rotate(tools, &cipher).await,
        Command::Remove { key_id } => remove(tools, &cipher, &key_id).await,
    }
}

async fn look(tools: &Tools, cipher: &Cipher) -> anyhow::Result<Checked> {
    let progress = Progress::new("Checking", sealed_values::total(&tools.db).await?);
    let found = check(&tools.db, cipher, &|done| progress.add(done)).await;
    progress.end();
    Ok(found?)
}

async fn list(tools: &Tools, cipher: &Cipher) -> anyhow::Result<Answer> {
    let by_key = look(tools, cipher).await?.by_key;
    let (current, next) = (cipher.key_id(), meta::next_key(&tools.db).await?);
    let state = |key_id: &str| match key_id {
        _ if key_id == current => "current",
        _ if next.as_deref() == Some(key_id) => "next",
        _ => "old",
    };
    let ids = cipher.ring().ids();
    let held = ids.iter().map(|key_id| (key_id.as_str(), state(key_id)));
    let missing = by_key.keys().filter(|key_id| !ids.contains(key_id)).map(|key_id| (key_id.as_str(), "missing"));
    let keys: Vec<(&str, &str, u64)> =
        held.chain(missing).map(|(key_id, state)| (key_id, state, values(&by_key, key_id))).collect();
    let lines: Vec<String> =
        keys.iter().map(|(key_id, state, values)| keys_text::key(key_id, state, *values)).collect();
    let entry = |(key_id, state, values): &(&str, &str, u64)| json!({"key": key_id, "state": state, "values": values});
    Ok(Answer::new(lines.join("\n"), keys.iter().map(entry).collect::<Value>()))
}

fn values(by_key: &BTreeMap<String, u64>, key_id: &str) -> u64 {
    by_key.get(key_id).copied().unwrap_or(0)
}

async fn checked(tools: &Tools, cipher: &Cipher) -> anyhow::Result<Answer> {
    let Checked { by_key, broken } = look(tools, cipher).await?;
    let total = by_key.values().sum();
    let has_failed = !broken.is_empty();
    let text = if has_failed { keys_text::found_broken(total, &broken) } else { keys_text::checked(total) };
    Ok(Answer::new(text, json!({"values": total, "by_key": by_key, "broken": broken})).failed_if(has_failed))
}

async fn rotate(tools: &Tools, cipher: &Cipher) -> anyhow::Result<Answer> {
    let progress = Progress::new("Values", sealed_values::total(&tools.db).await?);
    let (db, clock, source) = (&tools.db, &tools.clock, &tools.config.keys.source);
    let rotation = Rotation { db, cipher, source, clock, patience: PATIENCE };
    let tell = |step| match step {
        Step::LookedAt(values) => progress.add(values),
        Step::WaitsFor(servers) => progress.tell(&keys_text::waits_for(&servers)),
    };
    let rotated = rotation.run(&tell).await;
    progress.end();
    let rotated = rotated?;
    let json = json!({
        "key": rotated.key_id,
        "previous": rotated.previous,
        "resealed": rotated.resealed,
        "broken": rotated.broken,
    });
    Ok(Answer::new(keys_text::rotated(&rotated), json).failed_if(!rotated.broken.is_empty()))
}

async fn remove(tools: &Tools, cipher: &Cipher, key_id: &str) -> anyhow::Result<Answer> {
    ensure!(cipher.ring().holds(key_id), keys_text::is_unknown(key_id));
    ensure!(cipher.key_id() != key_id, keys_text::is_current(key_id));
    let act = Act::of_operator(tools.clock.now());
    let sealing = nodes::sealing_with(&tools.db, key_id, act.now - IN_FLIGHT_S, act.now).await?;
    if !sealing.is_empty() {
        let names: Vec<&str> = sealing.iter().map(|node| node.name.as_str()).collect();
        bail!(keys_text::is_in_use(key_id, &names.join(", ")));
    }
    // After the servers: none of them seals with it any more, so that the number cannot grow.
    let needed = values(&look(tools, cipher).await?.by_key, key_id);
    ensure!(needed == 0, keys_text::is_needed(key_id, needed));
    let edit = remove_key(&tools.config.keys.source, key_id);
    let removed = transactions::remove_master_key(&tools.db, &act, key_id, edit).await?;
    let ring = removed.with_context(|| keys_text::is_current(key_id))?;
    Ok(Answer::new(keys_text::removed(key_id), json!({"removed": key_id, "keys": ring.ids()})))
}
