//! Named stages of work, with a table of their times at the end.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// The stages so far. Dropping it prints the table, even after a failure.
#[derive(Default)]
pub(crate) struct Stages(Vec<Stage>);

struct Stage {
    name: &'static str,
    took: Duration,
    passed: bool,
}

impl Stages {
    /// Runs a stage.
    pub(crate) fn run<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        eprintln!("\n== {name}");
        let start = Instant::now();
        let result = work();
        self.0.push(Stage { name, took: start.elapsed(), passed: result.is_ok() });
        result.with_context(|| format!("stage `{name}` failed"))
    }
}

impl Drop for Stages {
    fn drop(&mut self) {
        eprintln!("\n{:<10} {:>9}  result", "stage", "seconds");
        for Stage { name, took, passed } in &self.0 {
            eprintln!("{name:<10} {:>9.1}  {}", took.as_secs_f64(), if *passed { "passed" } else { "FAILED" });
        }
        let total: Duration = self.0.iter().map(|stage| stage.took).sum();
        eprintln!("{:<10} {:>9.1}", "all", total.as_secs_f64());
    }
}
