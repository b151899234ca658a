//! How far a long command is: a bar on a terminal, and otherwise a line for every tenth, on standard error.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};

const STYLE: &str = "{msg} {wide_bar} {pos}/{len} ({eta})";
const LINES: u64 = 10;

/// The progress of a command.
pub(super) struct Progress {
    bar: ProgressBar,
    is_on_terminal: bool,
    what: &'static str,
}

impl Progress {
    /// Of `total` things to do.
    pub(super) fn new(what: &'static str, total: u64) -> Self {
        let bar = ProgressBar::new(total).with_message(what);
        let style = ProgressStyle::with_template(STYLE);
        Self {
            bar: style.map_or_else(|_| ProgressBar::new(total), |style| bar.with_style(style)),
            is_on_terminal: io::stderr().is_terminal(),
            what,
        }
    }

    /// So many more are done. There may be more of them than were known in the beginning.
    pub(super) fn add(&self, done: u64) {
        let tenths = |position: u64| position * LINES / self.bar.length().unwrap_or(1).max(1);
        let before = self.bar.position();
        self.bar.inc(done);
        let (now, total) = (self.bar.position(), self.bar.length().unwrap_or(0));
        if !self.is_on_terminal && now <= total && tenths(now) > tenths(before) {
            drop(writeln!(io::stderr(), "{}: {now} of {total}", self.what));
        }
    }

    /// So many of so many are done.
    pub(super) fn reach(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.add(done.saturating_sub(self.bar.position()));
    }

    /// Removes the bar.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
