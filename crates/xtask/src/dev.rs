//! Development: the server restarts and the browser reloads when a source file is saved.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Result, bail};

use crate::build::{self, Profile};
use crate::setup::{self, Part};
use crate::{demo, paths, process, source_tree, wasm};

/// How often the server's sources are checked for changes.
const POLL: Duration = Duration::from_millis(300);

/// `cargo xtask dev`.
pub(crate) fn command() -> Result<()> {
    setup::ensure(&[Part::Web])?;
    let mut server = Running(start_server()?);
    let mut trunk = Running(process::spawn(wasm::command("trunk")?.args(["serve", "--offline"]))?);
    let sources = ["server", "crates/postern-types", "Cargo.toml", "Cargo.lock"].map(|path| paths::root().join(path));
    let mut built = source_tree::newest(&sources)?;
    loop {
        process::sleep(POLL)?;
        if let Some(status) = trunk.0.try_wait()? {
            bail!("trunk ended by itself ({status})");
        }
        let newest = source_tree::newest(&sources)?;
        if newest == built {
            continue;
        }
        built = newest;
        // The old server keeps running while the new one does not compile.
        if build::server(Profile::Debug).is_ok() {
            process::stop(&mut server.0)?;
            server = Running(start_server()?);
        }
        process::check_interrupt()?;
    }
}

fn start_server() -> Result<Child> {
    let binary = build::server(Profile::Debug)?;
    let data_dir = paths::data();
    demo::ensure(&binary, &data_dir)?;
    process::spawn(Command::new(binary).arg("serve").arg("--data-dir").arg(data_dir).stdin(Stdio::null()))
}

/// A child process that is stopped when this value is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(error) = process::stop(&mut self.0) {
            eprintln!("process {} could not be stopped: {error}", self.0.id());
        }
    }
}
