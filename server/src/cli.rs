//! The command line: `serve`, and the commands that administer accounts and users, also while a server runs.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use serde_json::Value;

use crate::config::{self, ConfigArgs};

mod account;
mod admin_link;
mod doctor;
mod serve;
mod text;
mod tools;
mod user;

use tools::{Answer, Tools};

/// A self-hosted sign-in portal with two-factor authentication.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    config: ConfigArgs,
    /// Print the result as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the portal
    Serve(serve::Args),
    /// Add and configure customer accounts
    #[command(subcommand)]
    Account(account::Command),
    /// Add, list, lock, unlock and reset users
    #[command(subcommand)]
    User(user::Command),
    /// Print a one-time link that lets a locked-out administrator back in
    AdminLink(admin_link::Args),
    /// Check the settings, the database, the key file and the mail server, one line for each
    Doctor(doctor::Args),
}

/// Runs a command and returns its exit code: 0 for success, 1 for a failure, with the reason on standard error.
#[must_use]
pub fn main(cli: Cli) -> ExitCode {
    let json = cli.json;
    // A closed pipe is not an error: `postern user list | head`.
    match run(cli) {
        Ok(Answer { json: answer, .. }) if json && !answer.is_null() => drop(writeln!(io::stdout(), "{answer}")),
        Ok(Answer { text, .. }) if !text.is_empty() => drop(writeln!(io::stdout(), "{text}")),
        Ok(_) => {}
        Err(error) => {
            drop(writeln!(io::stderr(), "postern: {error:#}"));
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn run(cli: Cli) -> anyhow::Result<Answer> {
    let flags = if let Command::Serve(args) = &cli.command { Some(&args.settings) } else { None };
    let config = config::load(&cli.config, flags)?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the asynchronous runtime")?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve(_) => serve::run(config).await.map(|()| Answer::new(String::new(), Value::Null)),
            Command::Account(command) => account::run(command, &Tools::open(config).await?).await,
            Command::User(command) => user::run(command, &Tools::open(config).await?).await,
            Command::Doctor(args) => doctor::run(args, config).await,
            Command::AdminLink(args) => admin_link::run(args, &Tools::open(config).await?).await,
        }
    })
}
