//! What Postern costs: size, start time, memory, and throughput (server/benches/portal.rs), measured on this machine.

use std::time::Duration;

use anyhow::Result;

use crate::build::{self, Profile};
use crate::postgres::{Postgres, URL_VARIABLE};
use crate::server_process::Server;
use crate::{first_load, paths, process};

/// How many starts are measured.
const STARTS: usize = 10;

/// `cargo xtask bench`.
pub(crate) fn command() -> Result<()> {
    let binary = build::all(Profile::Release)?;
    println!("{}", first_load::table(&first_load::files(&paths::web())?));

    let mut starts = Vec::new();
    let mut memory = 0;
    for _ in 0..STARTS {
        let server = Server::start(&binary, None)?;
        starts.push(server.ready_after);
        memory = server.memory_kib()?;
    }
    println!(
        "{:<48} {:>9} ms",
        format!("start to ready, new database, median of {STARTS}"),
        median(starts).as_millis()
    );
    println!("{:<48} {memory:>9} KiB", "memory when idle");

    let postgres = Postgres::start()?;
    let mut load = process::cargo();
    load.args(["bench", "--quiet", "--package", "postern", "--bench", "portal"]);
    process::run(load.env(URL_VARIABLE, postgres.url()))
}

/// The median of some durations.
fn median(mut durations: Vec<Duration>) -> Duration {
    durations.sort_unstable();
    durations[durations.len() / 2]
}
