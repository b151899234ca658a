//! `postern oidc …`.

use anyhow::ensure;
use clap::Subcommand;
use serde_json::{Value, json};

use super::client_text;
use super::tools::{Answer, Tools};
use crate::clock::rfc3339;
use crate::oidc::key::Term;
use crate::oidc::lifetimes::KEY_NOTICE_S;
use crate::provider::keys::{ALGORITHMS, MadeKey, make};
use crate::store::events::Act;
use crate::store::oidc_keys::{self, NewKey};
use crate::store::transactions;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List and rotate the keys that sign tokens
    #[command(subcommand)]
    Keys(Keys),
}

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// List the keys, and say which of them sign
    List,
    /// Create the next keys, which start signing after 24 hours
    Rotate,
}

pub(super) async fn run(command: Command, tools: &Tools) -> anyhow::Result<Answer> {
    match command {
        Command::Keys(Keys::List) => list(tools).await,
        Command::Keys(Keys::Rotate) => rotate(tools).await,
    }
}

async fn list(tools: &Tools) -> anyhow::Result<Answer> {
    let now = tools.clock.now();
    let stored = oidc_keys::all(&tools.db).await?;
    let keys: Vec<(String, Term)> = stored.iter().filter_map(|key| Some((key.id.to_string(), key.term()?))).collect();
    let terms: Vec<Term> = keys.iter().map(|(_, term)| *term).collect();
    let line = |(kid, term): &(String, Term)| client_text::key(kid, *term, term.state(&terms, now));
    let entry = |(kid, term): &(String, Term)| -> Value {
        json!({
            "kid": kid,
            "algorithm": term.algorithm.as_str(),
            "state": term.state(&terms, now).as_str(),
            "active_from": rfc3339(term.active_from),
        })
    };
    let lines: Vec<String> = keys.iter().map(line).collect();
    let text = if lines.is_empty() { client_text::NO_KEYS.to_owned() } else { lines.join("\n") };
    Ok(Answer::new(text, keys.iter().map(entry).collect()))
}

async fn rotate(tools: &Tools) -> anyhow::Result<Answer> {
    let cipher = tools.cipher().await?;
    let act = Act::of_operator(tools.clock.now());
    let active_from = act.now + KEY_NOTICE_S;
    let mut made = Vec::new();
    for algorithm in ALGORITHMS {
        let has_key = oidc_keys::all(&tools.db).await?.iter().any(|key| key.is_of(algorithm));
        if !has_key {
            let MadeKey { id, private_key_sealed, public_key } = make(&cipher, algorithm).await?;
            let (private_key_sealed, public_key) = (&private_key_sealed, public_key.as_str());
            let first = NewKey { id: &id, algorithm, private_key_sealed, public_key, now: act.now };
            oidc_keys::add_first(&tools.db, &first).await?;
        }
        let MadeKey { id, private_key_sealed, public_key } = make(&cipher, algorithm).await?;
        let (private_key_sealed, public_key) = (&private_key_sealed, public_key.as_str());
        let next = NewKey { id: &id, algorithm, private_key_sealed, public_key, now: act.now };
        if transactions::rotate_key(&tools.db, &act, &next, active_from).await? {
            made.push(json!({"kid": id, "algorithm": algorithm.as_str(), "active_from": rfc3339(active_from)}));
        }
    }
    ensure!(!made.is_empty(), client_text::KEY_WAITS);
    Ok(Answer::new(client_text::rotated(active_from), made.into()))
}
