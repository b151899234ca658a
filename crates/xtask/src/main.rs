//! Postern's automation: `cargo xtask --help`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool prints to its user")]

mod bench;
mod build;
mod demo;
mod dev;
mod e2e;
mod first_load;
mod fmt;
mod fuzz;
mod ordeal;
mod package;
mod package_test;
mod packaging;
mod paths;
mod postgres;
mod process;
mod run;
mod server_process;
mod setup;
mod source_tree;
mod stages;
mod test;
mod tidy;
mod wasm;
mod web;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Builds, runs and tests Postern.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what is needed to build and test; a second run does nothing.
    Setup(setup::Options),
    /// Build everything and start the portal on <http://localhost:8080>, with users to try it.
    Run(run::Options),
    /// Build the whole product as one file, target/release/postern.
    Build,
    /// Make a Debian package, a static tarball and a container image, in target/package.
    Package(package::Options),
    /// Run every check and every test, on both databases.
    Test(test::Options),
    /// Develop: when a file is saved, the server on :8080 restarts and the browser app on :8081 reloads.
    Dev,
    /// Test in a real browser, on both databases.
    E2e(e2e::Options),
    /// Measure what the portal costs.
    Bench,
    /// Generate requests from the OpenAPI document, with and without a session.
    Fuzz(fuzz::Options),
    /// Kill what an operator runs, at random moments.
    Ordeal(ordeal::Options),
    /// Check the house rules.
    Tidy(tidy::Options),
    /// Format the code.
    Fmt(fmt::Options),
    /// Print the environment for running `trunk` by hand: eval "$(cargo xtask env)"
    Env,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match process::catch_interrupts().and_then(|()| cli.task.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl Task {
    fn run(self) -> Result<()> {
        match self {
            Self::Setup(options) => setup::command(&options),
            Self::Run(options) => run::command(&options),
            Self::Build => build::command(),
            Self::Package(options) => package::command(&options),
            Self::Test(options) => test::command(&options),
            Self::Dev => dev::command(),
            Self::E2e(options) => e2e::command(&options),
            Self::Bench => bench::command(),
            Self::Fuzz(options) => fuzz::command(&options),
            Self::Ordeal(options) => ordeal::command(&options),
            Self::Tidy(options) => tidy::command(&options),
            Self::Fmt(options) => fmt::command(&options),
            Self::Env => wasm::print_variables(),
        }
    }
}
