//! What an operator waits for with a million users: import, backup, restore and rotation, with the peak of their memory. Each is the
//! program itself, on a new database. Run by `cargo xtask bench`; `POSTERN_BENCH_USERS` is another number of users.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, missing_docs, reason = "a measurement")]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use postern_testkit::{ACCOUNT, Installation, RFC_6238_KEY};
use tokio::runtime::Runtime;

const USERS: u64 = 1_000_000;
const HASH: &str = "$2b$04$L/PfrME/bmnWcp5ySFy.W.svEsyJqcWl//36D7uPejonPcVp6ZK7u";
/// How often the memory of a command is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

fn main() {
    let users = std::env::var("POSTERN_BENCH_USERS").map_or(USERS, |text| text.parse().unwrap());
    measure("SQLite", users, &Installation::on_sqlite(), &Installation::on_sqlite());
    if std::env::var_os("POSTERN_TEST_POSTGRES_URL").is_some() {
        let runtime = Runtime::new().unwrap();
        let _context = runtime.enter();
        let (portal, elsewhere) =
            runtime.block_on(async { (Installation::on_postgres().await, Installation::on_postgres().await) });
        measure("PostgreSQL", users, &portal, &elsewhere);
    }
}

fn measure(database: &str, users: u64, portal: &Installation, elsewhere: &Installation) {
    let row = |what: &str, mut command: Command| {
        let (took, peak_kib) = run(&mut command);
        println!(
            "{:<48} {:>9.1} s, peak of memory {:>6} MiB",
            format!("{what} with {users} users, {database}"),
            took.as_secs_f64(),
            peak_kib / 1_024
        );
    };
    portal.add_account();
    let (file, backup) = (portal.beside("users.csv"), portal.beside("portal.backup"));
    let mut csv = BufWriter::new(File::create(&file).unwrap());
    writeln!(csv, "email,password_hash,totp_secret").unwrap();
    (0..users).for_each(|n| writeln!(csv, "user{n:07}@example.com,{HASH},{RFC_6238_KEY}").unwrap());
    drop(csv);
    row("import", portal.command(&["import", file.to_str().unwrap(), "--format", "csv", "--account", ACCOUNT]));
    row("backup", portal.command(&["backup", backup.to_str().unwrap()]));
    fs::create_dir_all(elsewhere.data_dir()).unwrap();
    fs::copy(portal.key_file(), elsewhere.key_file()).unwrap();
    row("restore", elsewhere.command(&["restore", backup.to_str().unwrap()]));
    row("rotation of the master key", portal.command(&["keys", "rotate"]));
}

/// Runs a command, which must succeed; returns its time, and the peak of its memory in KiB.
fn run(command: &mut Command) -> (Duration, u64) {
    let begun = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut peak_kib = 0;
    loop {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak_kib = peak_kib.max(line.map_or(0, |line| line.trim().trim_end_matches(" kB").parse().unwrap()));
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{command:?}");
            return (begun.elapsed(), peak_kib);
        }
        sleep(LOOK_EVERY);
    }
}
