//! The compiler for the browser's side, in one of two ways. Its variables are set for the wasm build alone: host code
//! keeps rustup's own compiler and settings.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::setup::{self, apt, tools};
use crate::{paths, process};

/// The target of the browser app.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's packages for the second way: a compiler, its cargo, the source of std and a linker for wasm.
pub(crate) const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];

/// How long rustup may take for the target's 20 MB or so, before Debian's way is the quicker one.
const DOWNLOAD_LIMIT: Duration = Duration::from_secs(120);

/// Where the wasm target comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// rustup's ready-made std for the target: the normal way.
    Rustup,
    /// Debian's compiler, which builds std from its packaged source: for machines where rustup cannot download.
    Debian,
}

impl Way {
    /// The way that is ready to use, if any.
    pub(crate) fn ready() -> Result<Option<Self>> {
        if rustup_has_target()? {
            return Ok(Some(Self::Rustup));
        }
        Ok(apt::installed(&DEBIAN_PACKAGES).then_some(Self::Debian))
    }

    /// What to tell the person.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Rustup => "wasm target from rustup",
            Self::Debian => "wasm target from Debian's rustc-web, with std built from source",
        }
    }

    fn variables(self) -> Result<Vec<(&'static str, OsString)>> {
        let mut variables = vec![
            // A directory of its own, so that this build and the host's never wait for each other's lock.
            ("CARGO_TARGET_DIR", paths::root().join("target/wasm").into()),
        ];
        let mut first = tools::directories(&tools::web()?)?;
        if self == Self::Debian {
            // Only Debian's cargo knows where Debian's compiler keeps the source of std.
            first.insert(0, PathBuf::from("/usr/bin"));
            variables.extend([
                ("RUSTC", "/usr/bin/rustc".into()),
                ("RUSTC_BOOTSTRAP", "1".into()),
                ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort".into()),
                ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "/usr/bin/wasm-ld-19".into()),
            ]);
        }
        variables.push(("PATH", paths::path_with(&first)?));
        Ok(variables)
    }
}

fn rustup_has_target() -> Result<bool> {
    // rustc names the directory whether or not it is there.
    let dir = process::read(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))?;
    Ok(Path::new(dir.trim()).is_dir())
}

/// Asks rustup for the target. A refusal is remembered for this version of the compiler, so that a machine where rustup
/// cannot download waits for it only once.
pub(crate) fn try_rustup() -> Result<bool> {
    let version = process::read(Command::new("rustc").arg("--version"))?;
    let number = version.split_whitespace().nth(1).context("`rustc --version` gave no version")?;
    let refused = paths::cache()?.join(format!("rustup-has-no-wasm-target-{number}"));
    if refused.exists() {
        return Ok(false);
    }
    let mut add = Command::new("rustup");
    add.args(["target", "add", TARGET]);
    if paths::which("rustup").is_some() && process::run_within(DOWNLOAD_LIMIT, &mut add).is_ok() {
        return rustup_has_target();
    }
    process::check_interrupt()?;
    fs::create_dir_all(paths::cache()?)?;
    fs::write(&refused, "")?;
    eprintln!("  rustup cannot download the wasm target here. Remove {} to try it again.", refused.display());
    Ok(false)
}

/// `cargo xtask env`: the variables of the wasm build as a shell's `export` lines.
pub(crate) fn print_variables() -> Result<()> {
    setup::ensure(&[setup::Part::Web])?;
    let way = Way::ready()?.context("there is no wasm target")?;
    for (name, value) in way.variables()? {
        println!("export {name}='{}'", value.to_string_lossy());
    }
    Ok(())
}

/// A command of the wasm tool chain (`trunk`, `cargo`), run in `frontend`.
pub(crate) fn command(program: &str) -> Result<Command> {
    let way = Way::ready()?.context("there is no wasm target: run `cargo xtask setup`")?;
    eprintln!("  {}", way.describe());
    // `env` finds the program on the PATH that it is given; std would use ours.
    let mut command = Command::new("env");
    command.arg(program).current_dir(paths::root().join("frontend")).stdin(Stdio::null());
    // rustup points it at its own compiler's libraries, which Debian's compiler must not load.
    command.env_remove("LD_LIBRARY_PATH");
    command.envs(way.variables()?);
    Ok(command)
}
