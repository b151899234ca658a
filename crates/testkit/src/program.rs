//! The built `postern` and its command line.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::wait::end_within;

/// The program with these arguments, and nothing of the environment except `PATH`.
#[must_use]
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(path());
    command.args(arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.stdin(Stdio::null());
    command
}

/// A command after a statement of the shell that bounds what it may do, such as `ulimit -f 32` (in blocks of 512 bytes). A write over
/// that limit fails as it does on a full disk.
#[must_use]
pub fn after(statement: &str, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("trap '' XFSZ; {statement}; exec \"$0\" \"$@\"")]);
    shell.arg(command.get_program()).args(command.get_args()).env_clear().stdin(Stdio::null());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    shell
}

/// A command for which the modes of files hold, even if root runs the test.
#[must_use]
pub fn without_privileges(command: &Command) -> Command {
    after("test $(id -u) -ne 0 || exec setpriv --bounding-set -all \"$0\" \"$@\"", command)
}

/// The `postern` that cargo has built for the integration tests of its package.
#[must_use]
pub fn path() -> PathBuf {
    std::env::var_os("CARGO_BIN_EXE_postern").expect("cargo runs this as an integration test of `postern`").into()
}

/// Runs a command that reads standard input.
pub fn with_input(command: &mut Command, input: &str) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that refuses its arguments does not read its input.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap()
}

/// Runs a command, which must end within 20 s with exit code 1 and without a panic; returns its standard error.
#[track_caller]
pub fn refusal(command: &mut Command) -> String {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let Some(status) = end_within(&mut child, Duration::from_secs(20)) else {
        child.kill().unwrap();
        panic!("the program does not refuse to start: {command:?}");
    };
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(status.code(), Some(1), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    assert!(!text.trim().is_empty(), "no reason was given");
    text
}

/// Everything that a command has printed.
#[must_use]
pub fn output_text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
