//! Postern's automation, and the only entry point to it: `cargo xtask --help`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks to the person who runs it")]

mod paths;
mod postgres;
mod process;
mod setup;
mod source_tree;
mod stages;
mod wasm;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Builds, runs and tests Postern.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what building and testing needs; a second run costs nothing.
    Setup(setup::Options),
    /// pg
    Pg,
}

fn main() -> ExitCode {
    match process::catch_interrupts().and_then(|()| task(Cli::parse().command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn task(task: Task) -> Result<()> {
    match task {
        Task::Setup(options) => setup::command(&options),
        Task::Pg => {
            let p = postgres::Postgres::start()?;
            println!("{}", p.url());
            process::sleep(std::time::Duration::from_secs(30))
        }
    }
}
