//! The lines of a backup.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::store::tables::Column;

/// The version of the format that this program writes, and the newest that it reads.
pub(super) const FORMAT: u32 = 1;

/// The first line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    /// The version of the format.
    pub postern_backup: u32,
    /// The version of the database schema.
    pub schema: i64,
    /// When the backup was made, as a Unix time in seconds.
    pub created_at: i64,
    /// The number of rows.
    pub rows: u64,
    /// The text of the key file, if the backup has it.
    pub key_file: Option<String>,
}

/// A line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Header(Header),
    /// A table, whose rows follow.
    Table {
        name: String,
        columns: Vec<Column>,
    },
    /// The values of a row, in the order of the columns.
    Row(Vec<Value>),
    /// The end, with the number of all rows.
    End {
        rows: u64,
    },
}
