//! `postern completions` and `postern man`: what a shell and a manual know of the commands. Made from the tree of commands itself.

use anyhow::Context;
use clap::{Command, ValueEnum};
use clap_complete::generate;
use clap_complete::shells::{Bash, Fish, Zsh};
use clap_mangen::Man;
use serde_json::json;

use super::tools::Answer;

/// A shell.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Shell {
    Bash,
    Zsh,
    Fish,
}

#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub(super) struct Page {
    /// A command, such as `user add`; without one, the page is about the whole program
    command: Vec<String>,
}

/// The name under which the program is installed.
const PROGRAM: &str = "postern";

/// The script that a shell reads.
pub(super) fn completions(args: &Completions, mut program: Command) -> anyhow::Result<Answer> {
    let mut script = Vec::new();
    match args.shell {
        Shell::Bash => generate(Bash, &mut program, PROGRAM, &mut script),
        Shell::Zsh => generate(Zsh, &mut program, PROGRAM, &mut script),
        Shell::Fish => generate(Fish, &mut program, PROGRAM, &mut script),
    }
    printed(script)
}

/// A manual page (roff).
pub(super) fn page(args: &Page, program: Command) -> anyhow::Result<Answer> {
    let mut command = program.disable_help_subcommand(true);
    command.build();
    for name in &args.command {
        let found = command.find_subcommand(name).cloned();
        command = found.with_context(|| format!("there is no command {:?}", args.command.join(" ")))?;
    }
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    printed(page)
}

fn printed(text: Vec<u8>) -> anyhow::Result<Answer> {
    let text = String::from_utf8(text)?.trim_end().to_owned();
    Ok(Answer::new(text.clone(), json!({ "text": text })))
}
