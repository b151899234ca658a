//! Completions for shells, and manual pages.

use std::process::{Command, Output, Stdio};

use postern_testkit::program::{command, output_text, with_input};

fn printed(arguments: &[&str]) -> String {
    let output = command(arguments).output().unwrap();
    assert!(output.status.success(), "{}", output_text(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// What bash offers for the last of these words.
fn offered(words: &str) -> String {
    let script = printed(&["completions", "bash"]);
    let ask = format!(
        "{script}\nCOMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMPREPLY=()\n\
        _postern postern \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"; echo \"${{COMPREPLY[@]}}\"\n"
    );
    let output: Output = with_input(Command::new("bash").arg("--norc").stdout(Stdio::piped()), &ask);
    assert!(output.status.success() && output.stderr.is_empty(), "{}", output_text(&output));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn bash_completes_commands_their_subcommands_flags_and_values() {
    assert_eq!(offered("postern acc"), "account");
    assert_eq!(offered("postern user set"), "set-up-code");
    assert_eq!(offered("postern client add --redir"), "--redirect-uri");
    assert_eq!(offered("postern completions f"), "fish");
}

#[test]
fn every_shell_has_a_script_of_its_own() {
    assert!(printed(&["completions", "zsh"]).starts_with("#compdef postern"));
    assert!(printed(&["completions", "fish"]).contains("complete -c postern"));
    assert_eq!(command(&["completions", "tcsh"]).output().unwrap().status.code(), Some(2));
}

#[test]
fn a_manual_page_has_the_sections_of_one_and_names_its_flags() {
    let page = printed(&["man", "user", "add"]);
    assert!(page.lines().any(|line| line.starts_with(".TH postern-user-add 1")), "{page}");
    for section in ["NAME", "SYNOPSIS", "OPTIONS"] {
        assert!(page.contains(&format!(".SH {section}")), "{page}");
    }
    assert!(page.contains("password\\-stdin"), "{page}");
    let whole = printed(&["man"]);
    assert!(whole.contains(".TH postern 1") && whole.contains("postern\\-user(1)"), "{whole}");
}

#[test]
fn settings_that_cannot_be_read_do_not_matter_and_an_unknown_command_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("postern.toml"), "[nonsense").unwrap();
    let output = command(&["man"]).current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", output_text(&output));
    let refused = command(&["man", "user", "nobody"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(output_text(&refused).contains("user nobody"), "{}", output_text(&refused));
}
