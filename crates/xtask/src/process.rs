//! Child processes: printed before they run, and stopped on Ctrl-C.

use std::ffi::OsStr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How often a running child and the interrupt flag are polled.
const POLL: Duration = Duration::from_millis(20);
/// How long a child may take to stop by itself before it is killed.
const GRACE: Duration = Duration::from_secs(10);

static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Makes Ctrl-C, SIGTERM and SIGHUP end the work with an error, so that everything that was started is also stopped and
/// removed.
pub(crate) fn catch_interrupts() -> Result<()> {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&INTERRUPTED)).context("installing the Ctrl-C handler")?;
    }
    Ok(())
}

/// Whether an interrupt was requested.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Fails if an interrupt was requested.
pub(crate) fn check_interrupt() -> Result<()> {
    if interrupted() {
        bail!("interrupted");
    }
    Ok(())
}

/// `cargo`, as if typed by hand: `cargo run` hands down variables about this crate that some build scripts watch, and
/// that would rebuild half of the tree each time it is built from the other side.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new("cargo");
    for (name, _) in std::env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    command.current_dir(crate::paths::root());
    command
}

/// Shows the command, runs it to its end and fails unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    eprintln!("$ {}", shown(command));
    let mut child = spawn(command)?;
    let status = wait(&mut child)?;
    check_interrupt()?;
    succeeded(command, status)
}

/// Like `run`, for a command that may hang: it is stopped after this time.
pub(crate) fn run_within(limit: Duration, command: &mut Command) -> Result<()> {
    eprintln!("$ {}", shown(command));
    let mut child = spawn(command)?;
    let deadline = Instant::now() + limit;
    while child.try_wait()?.is_none() && Instant::now() < deadline && !interrupted() {
        thread::sleep(POLL);
    }
    let status = stop(&mut child)?;
    check_interrupt()?;
    succeeded(command, status)
}

/// Runs the command without printing it, and returns its standard output. A failure has its standard error as the message.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("`{}` could not be started", shown(command)))?;
    check_interrupt()?;
    succeeded(command, output.status).with_context(|| String::from_utf8_lossy(&output.stderr).trim().to_owned())?;
    String::from_utf8(output.stdout).with_context(|| format!("`{}` printed something other than text", shown(command)))
}

/// Does both at once, which pays where each has long steps on one core; fails if either fails.
pub(crate) fn side_by_side<T>(one: impl FnOnce() -> Result<()> + Send, other: impl FnOnce() -> Result<T>) -> Result<T> {
    thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        one.join().map_err(|_| anyhow!("a thread panicked"))??;
        other
    })
}

/// Starts the command, with an error that names it.
pub(crate) fn spawn(command: &mut Command) -> Result<Child> {
    command.spawn().with_context(|| format!("`{}` could not be started", shown(command)))
}

/// Waits for the end of a child. An interrupt stops it.
pub(crate) fn wait(child: &mut Child) -> Result<ExitStatus> {
    while !interrupted() {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        thread::sleep(POLL);
    }
    stop(child)
}

/// Asks a child to stop, as Ctrl-C would, and kills it when it does not.
pub(crate) fn stop(child: &mut Child) -> Result<ExitStatus> {
    if let Some(status) = child.try_wait()? {
        return Ok(status);
    }
    // The child may have just ended, so the result of the signal does not matter.
    let _ = kill_process(Pid::from_child(child), Signal::INT);
    let deadline = Instant::now() + GRACE;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        thread::sleep(POLL);
    }
    child.kill()?;
    Ok(child.wait()?)
}

/// Sleeps, until an interrupt is requested.
pub(crate) fn sleep(time: Duration) -> Result<()> {
    let deadline = Instant::now() + time;
    while Instant::now() < deadline {
        check_interrupt()?;
        thread::sleep(POLL);
    }
    check_interrupt()
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// The command as a person would type it, without its environment.
fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .map(|word| if word.contains(' ') { format!("'{word}'") } else { word.into_owned() })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c 'exit 3'` failed (exit status: 3)");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut Command::new("postern-no-such-program")).unwrap_err();
        assert_eq!(error.to_string(), "`postern-no-such-program` could not be started");
    }

    #[test]
    fn a_command_that_hangs_is_stopped() {
        let hangs = run_within(Duration::from_millis(1), Command::new("sleep").arg("60"));
        assert!(hangs.unwrap_err().to_string().starts_with("`sleep 60` failed"));
    }

    #[test]
    fn stop_ends_a_running_child() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        assert!(!stop(&mut child).unwrap().success());
    }
}
