//! Named pieces of work, each timed, with a table of them at the end.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// What was done so far. Its table is printed when it goes out of scope: also after a failure.
#[derive(Default)]
pub(crate) struct Stages(Vec<Stage>);

struct Stage {
    name: &'static str,
    took: Duration,
    passed: bool,
}

impl Stages {
    /// Does one piece of work under its name.
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
