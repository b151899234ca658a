//! What Postern costs: size, start time, memory, and throughput (server/benches/), measured on this machine.

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

    let new = (0..STARTS).map(|_| Ok(Server::start(&binary, None)?.ready_after)).collect::<Result<_>>()?;
    println!("{:<48} {:>9.1} ms", format!("start to ready, new database, median of {STARTS}"), median_ms(new));
    let data = tempfile::tempdir()?;
    let again = (0..=STARTS).map(|_| Ok(Server::start_in(&binary, data.path(), None)?.ready_after));
    let again = again.skip(1).collect::<Result<_>>()?;
    println!("{:<48} {:>9.1} ms", format!("start to ready, existing database, of {STARTS}"), median_ms(again));
    let (all, own) = Server::start_in(&binary, data.path(), None)?.memory_kib()?;
    println!("{:<48} {all:>9} KiB, {own} of them in no file", "memory when idle (Pss)");

    let postgres = Postgres::start()?;
    let mut load = process::cargo();
    load.args([
        "bench",
        "--quiet",
        "--package",
        "postern",
        "--bench",
        "checks",
        "--bench",
        "proxy",
        "--bench",
        "portal",
        "--bench",
        "openid",
        "--bench",
        "operator",
    ]);
    process::run(load.env(URL_VARIABLE, postgres.url()))
}

/// The median of some durations, in milliseconds.
fn median_ms(mut durations: Vec<Duration>) -> f64 {
    durations.sort_unstable();
    durations[durations.len() / 2].as_secs_f64() * 1_000.0
}
