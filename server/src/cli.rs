//! The command line: `serve`, and the commands that administer accounts and users, even while a server is running.

use std::env;
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use clap::{CommandFactory, Parser, Subcommand};
use serde_json::Value;

use crate::config::{self, ConfigArgs, GENERAL};
use crate::signals;

mod account;
mod admin_link;
mod app;
mod app_text;
mod asked;
mod audit;
mod audit_text;
mod backup;
mod checks;
mod client;
mod client_check;
mod client_explain;
mod client_text;
mod cure;
mod doctor;
mod export;
mod file_applications;
mod health;
mod import;
mod import_text;
mod init;
mod init_proxy;
mod keys;
mod keys_text;
mod oidc;
mod progress;
mod serve;
mod shell;
mod text;
mod tools;
mod user;

use tools::{Answer, Tools};

/// clap's exit code for a command line that it does not understand.
const WRONG_USE: u8 = 2;

/// A self-hosted sign-in portal with two-factor authentication.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    config: ConfigArgs,
    /// Print the result as JSON, including failures
    #[arg(long, global = true, help_heading = GENERAL)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    OfPortal(PortalCommand),
    /// Write a settings file and an example for the reverse proxy; ask for what --public-url, --proxy and --database do not give
    Init(init::Args),
    /// Print the script that completes commands in a shell
    Completions(shell::Completions),
    /// Print a manual page
    Man(shell::Page),
}

/// The commands that have settings.
#[derive(Debug, Subcommand)]
enum PortalCommand {
    /// Run the portal
    Serve(serve::Args),
    /// Add, list and configure customer accounts
    #[command(subcommand)]
    Account(account::Command),
    /// Add, list, lock, unlock and reset users, and add them to other accounts
    #[command(subcommand)]
    User(user::Command),
    /// Add, change, list, remove and check applications behind the portal
    #[command(subcommand)]
    App(app::Command),
    /// Add, change, list, remove and check OpenID Connect clients, which log their users in through the portal
    #[command(subcommand)]
    Client(client::Command),
    /// Administer OpenID Connect
    #[command(subcommand)]
    Oidc(oidc::Command),
    /// List, check, rotate and remove the master keys, which encrypt the secrets in the database
    #[command(subcommand)]
    Keys(keys::Command),
    /// Verify, anchor and export the audit log
    #[command(subcommand)]
    Audit(audit::Command),
    /// Add the users of another system, with their passwords and authenticator apps
    Import(import::Args),
    /// Write users with their password hashes and authenticator apps to a file, for another system or another portal
    Export(export::Args),
    /// Print a one-time link that lets a locked-out administrator back in
    AdminLink(admin_link::Args),
    /// Write the whole database into one encrypted file, beside a running server
    Backup(backup::BackupArgs),
    /// Fill an empty database, SQLite or PostgreSQL, from a backup of either
    Restore(backup::RestoreArgs),
    /// Check the portal and what it depends on, one line for each finding; the exit code is 3 for warnings, 1 for failures
    Doctor(doctor::Args),
    /// Ask the server on this machine whether it is ready, for the health check of a container
    Health,
}

/// Runs the command of this process and returns its exit code: 0 for success, 1 for a failure, 2 for a wrong use, 3 for warnings.
#[must_use]
pub fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => {
            let as_json = cli.json;
            let answer = answer(cli).unwrap_or_else(|error| Answer::failure(&error));
            answer.print(as_json);
            ExitCode::from(answer.exit as u8)
        }
        Err(wrong_use) if wrong_use.use_stderr() && env::args_os().any(|argument| argument == "--json") => {
            Answer::failure(&anyhow!("{}", wrong_use.render())).print(true);
            ExitCode::from(WRONG_USE)
        }
        Err(message) => message.exit(),
    }
}

fn answer(cli: Cli) -> anyhow::Result<Answer> {
    match cli.command {
        Command::OfPortal(command) => run(command, &cli.config, cli.json),
        Command::Init(args) => init::run(&args, &cli.config),
        Command::Completions(args) => shell::completions(&args, Cli::command()),
        Command::Man(args) => shell::page(&args, Cli::command()),
    }
}

fn run(command: PortalCommand, settings: &ConfigArgs, as_json: bool) -> anyhow::Result<Answer> {
    let flags = if let PortalCommand::Serve(args) = &command { Some(&args.settings) } else { None };
    let config = config::load(settings, flags)?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the asynchronous runtime")?;
    runtime.block_on(async {
        match command {
            PortalCommand::Serve(_) => {
                serve::run(config, as_json).await.map(|()| Answer::new(String::new(), Value::Null))
            }
            PortalCommand::Account(command) => account::run(command, &Tools::open(config).await?).await,
            PortalCommand::User(command) => user::run(command, &Tools::open(config).await?).await,
            PortalCommand::App(command) => app::run(command, &Tools::open(config).await?).await,
            PortalCommand::Client(command) => client::run(command, &Tools::open(config).await?).await,
            PortalCommand::Oidc(command) => oidc::run(command, &Tools::open(config).await?).await,
            PortalCommand::Backup(args) => backup::backup(args, &Tools::open(config).await?).await,
            PortalCommand::Restore(args) => backup::restore(args, config).await,
            PortalCommand::Keys(command) => keys::run(command, &Tools::open(config).await?).await,
            PortalCommand::Audit(command) => audit::run(command, &Tools::open(config).await?).await,
            PortalCommand::Import(args) => import::run(args, &Tools::open(config).await?).await,
            PortalCommand::Export(args) => {
                signals::until_stopped(async { export::run(args, &Tools::open(config).await?).await }).await
            }
            PortalCommand::Doctor(args) => doctor::run(args, config).await,
            PortalCommand::Health => health::run(&config).await,
            PortalCommand::AdminLink(args) => admin_link::run(args, &Tools::open(config).await?).await,
        }
    })
}
