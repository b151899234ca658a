//! A copy of this machine's files in which packages can be installed: an overlay in a mount namespace of its own. Nothing of it reaches the
//! machine, and everything of it is gone when the process that holds the namespace ends.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::process;

/// Mounts the copy at `$1/copy`, with an empty `/run`, so that no systemd seems to run, and the directory `$2` at `/mnt`. Then waits for
/// the end of its input.
const HOLD: &str = "\
set -e
mount -t tmpfs tmpfs \"$1\"
mkdir \"$1/upper\" \"$1/work\" \"$1/copy\"
mount -t overlay overlay -o \"lowerdir=/,upperdir=$1/upper,workdir=$1/work\" \"$1/copy\"
mount --rbind /dev \"$1/copy/dev\"
mount --rbind /proc \"$1/copy/proc\"
mount -t tmpfs tmpfs \"$1/copy/run\"
mount --bind \"$2\" \"$1/copy/mnt\"
echo $$
exec cat
";

/// The environment of commands in the copy.
const ENVIRONMENT: [&str; 3] = [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "DEBIAN_FRONTEND=noninteractive",
    "LC_ALL=C.UTF-8",
];

/// A copy of the machine's files. Dropping it discards the copy.
pub(super) struct Sandbox {
    holder: Child,
    /// A process in the namespace.
    process_id: String,
    dir: TempDir,
}

impl Sandbox {
    /// A fresh copy, with this directory at `/mnt`.
    pub(super) fn create(shared: &Path) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("postern-sandbox-").tempdir()?;
        let mut hold = as_root("unshare")?;
        hold.args(["--mount", "sh", "-c", HOLD, "hold"]).arg(dir.path()).arg(shared);
        let mut holder = process::spawn(hold.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
        let mut process_id = String::new();
        BufReader::new(holder.stdout.take().context("no output")?).read_line(&mut process_id)?;
        let sandbox = Self { holder, process_id: process_id.trim().to_owned(), dir };
        ensure!(
            !sandbox.process_id.is_empty(),
            "this machine allows no overlay of its files in a mount namespace, as in a container without privileges: the message is above"
        );
        Ok(sandbox)
    }

    /// A command in the copy, as root, in an environment of its own.
    pub(super) fn command(&self, program: &str, arguments: &[&str]) -> Result<Command> {
        let mut command = as_root("nsenter")?;
        command.args(["--target", &self.process_id, "--mount", "chroot"]).arg(self.dir.path().join("copy"));
        command.args(["env", "--ignore-environment"]).args(ENVIRONMENT).arg(program).args(arguments);
        Ok(command)
    }

    /// The same as another user, without privileges.
    pub(super) fn command_of(&self, user: &str, words: &[&str]) -> Result<Command> {
        let flags = [
            &*format!("--reuid={user}"),
            &format!("--regid={user}"),
            "--init-groups",
            "--no-new-privs",
            "--bounding-set=-all",
        ];
        self.command("setpriv", &[&flags[..], &["--"], words].concat())
    }

    /// Runs a command in the copy, which must succeed; returns what it printed.
    pub(super) fn run(&self, program: &str, arguments: &[&str]) -> Result<String> {
        process::read(&mut self.command(program, arguments)?)
    }

    /// Whether there is such a file.
    pub(super) fn has(&self, path: &str) -> bool {
        self.run("test", &["-e", path]).is_ok()
    }

    /// Checks who owns a file, and its mode: `root:postern 640`.
    pub(super) fn expect_mode(&self, path: &str, expected: &str) -> Result<()> {
        let found = self.run("stat", &["--format=%U:%G %a", path])?;
        ensure!(found.trim() == expected, "{path}: {} and not {expected}", found.trim());
        Ok(())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // The end of its input ends it; its mounts go with it.
        drop(self.holder.stdin.take());
        drop(self.holder.wait());
    }
}

/// A command as root, by `sudo` where that asks for no password.
fn as_root(program: &str) -> Result<Command> {
    if rustix::process::geteuid().is_root() {
        return Ok(Command::new(program));
    }
    let sudo = Command::new("sudo").args(["--non-interactive", "true"]).stderr(Stdio::null()).status();
    ensure!(
        sudo.is_ok_and(|status| status.success()),
        "only root can install packages in a copy of this machine's files, and sudo asks for a password. Run `sudo --validate`, then this \
         command again, or leave this test to a machine that can: `cargo xtask test --only fmt --only tidy …`"
    );
    let mut command = Command::new("sudo");
    command.args(["--non-interactive", program]);
    Ok(command)
}
