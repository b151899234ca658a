//! Backups: the whole portal in one file, which can be restored into a database of either kind.
//!
//! A file is the age format (<https://age-encryption.org/v1>) around a zstd stream of JSON lines: a [`Header`], then each table with
//! its rows, then the number of rows. age seals and authenticates it, so a file that was altered or cut off is refused.

mod dump;
mod file;
mod format;
mod kept;
mod restore;
pub mod schedule;

pub use dump::dump;
pub use file::Lock;
pub use format::Header;
pub use restore::{Options, read_header, restore};
