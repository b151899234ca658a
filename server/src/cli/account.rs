//! `postern account …`.

use anyhow::ensure;
use clap::{Subcommand, ValueEnum};
use postern_types::PasskeyPolicy;
use serde_json::json;

use super::text;
use super::tools::{Answer, Tools};
use crate::display_name::DisplayName;
use crate::ids::AccountId;
use crate::store::events::Act;
use crate::store::{accounts, transactions};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a customer account
    Add {
        /// Name of the account, 1 to 100 characters
        name: String,
    },
    /// List all accounts
    List,
    /// Set how the users of an account can use passkeys
    Passkeys {
        /// Name of the account
        name: String,
        /// How passkeys can be used
        allowed: PasskeyUse,
    },
    /// Require a second factor from every user of an account, from the next log-in on, or stop requiring it
    #[command(name = "require-2fa")]
    RequireTwoFactor {
        /// Name of the account
        name: String,
        /// Whether it is required
        switch: Switch,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Switch {
    On,
    Off,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum PasskeyUse {
    /// Not at all
    NotAllowed,
    /// As a second factor, after the password
    SecondFactor,
    /// As a second factor, or without the password
    WithoutPassword,
}

impl From<PasskeyUse> for PasskeyPolicy {
    fn from(allowed: PasskeyUse) -> Self {
        match allowed {
            PasskeyUse::NotAllowed => Self::NotAllowed,
            PasskeyUse::SecondFactor => Self::SecondFactor,
            PasskeyUse::WithoutPassword => Self::WithoutPassword,
        }
    }
}

pub(super) async fn run(command: Command, tools: &Tools) -> anyhow::Result<Answer> {
    match command {
        Command::Add { name } => add(&name, tools).await,
        Command::List => list(tools).await,
        Command::Passkeys { name, allowed } => passkeys(&name, allowed.into(), tools).await,
        Command::RequireTwoFactor { name, switch } => require_two_factor(&name, switch, tools).await,
    }
}

async fn add(name: &str, tools: &Tools) -> anyhow::Result<Answer> {
    let name = DisplayName::parse(name)?;
    ensure!(!name.is_empty(), "the name of an account cannot be empty");
    let id = AccountId::random();
    let added = transactions::add_account(&tools.db, &Act::of_operator(tools.clock.now()), &id, &name).await?;
    ensure!(added, text::account_exists(&name));
    Ok(Answer::new(text::account_added(&name), json!({"id": id, "name": name})))
}

async fn list(tools: &Tools) -> anyhow::Result<Answer> {
    let accounts = accounts::list(&tools.db).await?;
    let lines = accounts.iter().map(text::account).collect::<Vec<_>>();
    let text = if lines.is_empty() { text::NO_ACCOUNTS.to_owned() } else { lines.join("\n") };
    let answer = accounts.iter().map(|account| {
        json!({
            "id": account.id,
            "name": account.name,
            "two_factor": {"required": account.two_factor_required_at.is_some()},
            "users": account.users,
        })
    });
    Ok(Answer::new(text, answer.collect()))
}

async fn require_two_factor(name: &str, switch: Switch, tools: &Tools) -> anyhow::Result<Answer> {
    let required = matches!(switch, Switch::On);
    let act = Act::of_operator(tools.clock.now());
    let found = transactions::require_two_factor(&tools.db, &act, name.trim(), required).await?;
    ensure!(found, text::no_account(name));
    let text = text::two_factor_required(name, required);
    Ok(Answer::new(text, json!({"name": name, "two_factor": {"required": required}})))
}

async fn passkeys(name: &str, allowed: PasskeyPolicy, tools: &Tools) -> anyhow::Result<Answer> {
    let act = Act::of_operator(tools.clock.now());
    let found = transactions::set_passkey_policy(&tools.db, &act, name.trim(), allowed).await?;
    ensure!(found, text::no_account(name));
    Ok(Answer::new(text::passkeys_allowed(name, allowed), json!({"name": name, "passkeys": allowed})))
}
