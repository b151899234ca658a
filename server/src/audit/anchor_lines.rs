//! The anchors in a file to which others write as well, such as a system log.

use std::io::{BufRead, Split};
use std::iter::Enumerate;

use anyhow::Context;

use super::anchor::Anchor;
use crate::auth::cipher::Cipher;

/// An anchor, and where it is.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The anchor.
    pub anchor: Anchor,
    /// The name of the file and the number of the line.
    pub place: String,
}

/// Reads the anchors that a holder of a master key made. Whatever else looks like an anchor is counted.
#[derive(Debug)]
pub struct AnchorLines<'a, R> {
    name: String,
    lines: Enumerate<Split<R>>,
    cipher: &'a Cipher,
    /// What was found so far.
    pub counts: Counts,
}

/// Anchors in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that a holder of a master key made.
    pub own: u64,
    /// Those that no key of the ring has sealed.
    pub foreign: u64,
    /// Lines with an anchor that cannot be read.
    pub unreadable: u64,
}

impl<'a, R: BufRead> AnchorLines<'a, R> {
    /// Reads the lines of a file with this name.
    #[must_use]
    pub fn new(name: String, file: R, cipher: &'a Cipher) -> Self {
        Self { name, lines: file.split(b'\n').enumerate(), cipher, counts: Counts::default() }
    }
}

impl<R: BufRead> Iterator for AnchorLines<'_, R> {
    type Item = anyhow::Result<Placed>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (number, line) = self.lines.next()?;
            let place = format!("{}, line {}", self.name, number + 1);
            let line = match line {
                Ok(line) => line,
                Err(error) => return Some(Err(error).context(place)),
            };
            match Anchor::find(&String::from_utf8_lossy(&line)) {
                None => {}
                Some(Err(_)) => self.counts.unreadable += 1,
                Some(Ok(anchor)) if anchor.is_authentic(self.cipher) => {
                    self.counts.own += 1;
                    return Some(Ok(Placed { anchor, place }));
                }
                Some(Ok(_)) => self.counts.foreign += 1,
            }
        }
    }
}
