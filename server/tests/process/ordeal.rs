//! Power cuts: SIGKILL at random moments of what an operator runs. After each, what must always hold is read without the product's code,
//! and the next run goes on. `cargo xtask ordeal` kills more often.

mod away;
mod backup;
mod disk;
mod import;
mod restore;
mod rotation;

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use postern::auth::token::random_id;
use postern_testkit::{Installation, program};

use backup::Backup;
use import::Import;
use restore::Restore;
use rotation::Rotation;

/// The number of kills in all tests of this file together; without it, each kind has its own.
const KILLS: &str = "POSTERN_ORDEAL_KILLS";
/// A number from which the moments of the kills follow; without it, a random one, which is printed.
const SEED: &str = "POSTERN_ORDEAL_SEED";
/// The tests of this file.
const TESTS: u32 = 8;

/// What is killed. Another kind is another implementation, and two tests.
trait Victim {
    /// What it is called.
    const NAME: &'static str;
    /// How often it is killed unless [`KILLS`] says something else.
    const USUAL_KILLS: u32;
    /// How long after its first write a kill comes at most, every other time.
    const WRITING: Duration;

    /// Makes everything that the command needs.
    async fn prepare(portal: Installation) -> Self;

    /// The command. After a kill, it goes on, or begins again.
    fn command(&self) -> Command;

    /// The directory that it writes to, besides a database elsewhere.
    fn folder(&self) -> PathBuf;

    /// Whether the command that runs has begun to write.
    async fn has_begun(&self) -> bool;

    /// Panics unless everything holds that must hold at every moment. Returns whether the work is complete; then it begins anew.
    async fn check(&mut self) -> bool;

    /// What must hold in the end.
    async fn end(self);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_at_any_moment_of_a_rotation_no_value_is_lost_on_sqlite() {
    endure::<Rotation>(Installation::on_sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_at_any_moment_of_a_rotation_no_value_is_lost_on_postgres() {
    endure::<Rotation>(Installation::on_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_at_any_moment_of_a_backup_a_file_with_its_name_is_complete_on_sqlite() {
    endure::<Backup>(Installation::on_sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_at_any_moment_of_a_backup_a_file_with_its_name_is_complete_on_postgres() {
    endure::<Backup>(Installation::on_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_at_any_moment_of_a_restore_everything_is_there_or_nothing_on_sqlite() {
    endure::<Restore>(Installation::on_sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_at_any_moment_of_a_restore_everything_is_there_or_nothing_on_postgres() {
    endure::<Restore>(Installation::on_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_at_any_moment_an_import_goes_on_where_it_was_on_sqlite() {
    endure::<Import>(Installation::on_sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_at_any_moment_an_import_goes_on_where_it_was_on_postgres() {
    endure::<Import>(Installation::on_postgres().await).await;
}

#[expect(clippy::print_stdout, reason = "the seed repeats a failure, and the figures say how hard it was tried")]
async fn endure<V: Victim>(portal: Installation) {
    let kills = number(KILLS).map_or(V::USUAL_KILLS, |all| u32::try_from(all).unwrap().div_ceil(TESTS));
    let seed = number(SEED).unwrap_or_else(|| u64::from_str_radix(&random_id()[..16], 16).unwrap());
    println!("{}: {SEED}={seed}", V::NAME);
    let (mut chance, mut victim) = (Chance(seed), V::prepare(portal).await);
    let begun = Instant::now();
    run_to_the_end(&mut victim).await;
    let whole = begun.elapsed();
    let (mut interrupted, mut complete) = (0, 0);
    for round in 0..kills {
        let mut run = victim.command().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Every other kill comes while it writes, the others anywhere from its start to its end.
        let wait = if round % 2 == 0 {
            whole.mul_f64((f64::from(round) + 2.0 * chance.draw()) / f64::from(kills))
        } else {
            while !victim.has_begun().await && run.try_wait().unwrap().is_none() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            V::WRITING.mul_f64(chance.draw())
        };
        tokio::time::sleep(wait).await;
        interrupted += u32::from(run.try_wait().unwrap().is_none());
        run.kill().unwrap();
        run.wait().unwrap();
        complete += u32::from(victim.check().await);
    }
    run_to_the_end(&mut victim).await;
    victim.end().await;
    println!(
        "{}: {kills} kills, {interrupted} while it ran, {complete} times complete; a run takes {whole:?}",
        V::NAME
    );
    assert!(interrupted > kills / 3, "{interrupted} kills of {kills} came while it ran");
}

async fn run_to_the_end(victim: &mut impl Victim) {
    let output = victim.command().output().unwrap();
    assert!(output.status.success(), "{}", program::output_text(&output));
    assert!(victim.check().await, "not complete: {}", program::output_text(&output));
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

/// Numbers that look random and follow from a seed (`SplitMix64`).
struct Chance(u64);

impl Chance {
    /// A number from 0 to 1.
    fn draw(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from((mixed >> 32) as u32) / f64::from(u32::MAX)
    }
}
