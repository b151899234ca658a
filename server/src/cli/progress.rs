//! How far a long command is: a bar on a terminal, and otherwise nothing, so that a timer's command is silent.

use indicatif::{ProgressBar, ProgressStyle};

const STYLE: &str = "{msg} {wide_bar} {pos}/{len} ({eta})";

/// The progress of a command.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Of `total` things to do.
    pub(super) fn new(what: &'static str, total: u64) -> Self {
        let bar = ProgressBar::new(total).with_message(what);
        let style = ProgressStyle::with_template(STYLE);
        Self { bar: style.map_or_else(|_| ProgressBar::new(total), |style| bar.with_style(style)) }
    }

    /// So many more are done.
    pub(super) fn add(&self, done: u64) {
        self.bar.inc(done);
    }

    /// So many of so many are done.
    pub(super) fn reach(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
    }

    /// Says something above the bar.
    pub(super) fn tell(&self, text: &str) {
        self.bar.println(text);
    }

    /// Removes the bar.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
