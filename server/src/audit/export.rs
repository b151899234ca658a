//! Exports the audit log, so that others can verify it with nothing but SHA-256.

use std::io::Write;

use serde_json::{Map, Value, json};

use super::heads::Heads;
use super::walk::{Step, Walk};
use crate::auth::cipher::Cipher;
use crate::ids::ChainId;
use crate::store::Db;
use crate::store::audit_records::Record;

/// The format of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A JSON object for each entry, one per line
    Jsonl,
    /// Comma-separated values
    Csv,
}

/// The columns of rows that are not in the entry already.
const OF_ROW: [&str; 10] =
    ["account_id", "actor", "subject", "what", "detail", "user_id", "email", "address", "factor", "result"];
const OF_ENTRY: [&str; 9] = ["chain", "seq", "previous_hash", "version", "kind", "row_id", "at", "row_hash", "hash"];

/// What was exported.
#[derive(Debug)]
pub struct Exported {
    /// The number of entries.
    pub entries: u64,
    /// The chains that were left out, because their head cannot be opened.
    pub damaged: Vec<ChainId>,
}

/// Writes the entries of all chains, or of one, with their rows.
///
/// # Errors
/// If the database fails, or `out` cannot be written.
pub async fn export(
    db: &Db,
    cipher: &Cipher,
    only: Option<&ChainId>,
    format: Format,
    out: &mut (impl Write + Send),
) -> anyhow::Result<Exported> {
    let mut snapshot = db.snapshot().await?;
    let mut entries = 0;
    if format == Format::Csv {
        let header = OF_ENTRY.iter().chain(&OF_ROW).copied();
        out.write_all(&csv_line(header.map(str::to_owned))?)?;
    }
    let Heads { mut opened, mut damaged } = Heads::read(&mut snapshot, cipher).await?;
    opened.retain(|id, _| only.is_none_or(|only| only == id));
    damaged.retain(|id| only.is_none_or(|only| only == id));
    for (id, head) in opened {
        let mut walk = Walk::new(id, &head);
        let mut previous = head.first.hash;
        loop {
            let steps = walk.next(&mut snapshot).await?;
            if steps.is_empty() {
                break;
            }
            for step in steps {
                let line = match format {
                    Format::Jsonl => format!("{}\n", json_line(&step, &previous)).into_bytes(),
                    Format::Csv => csv_line(cells(&step, &previous))?,
                };
                out.write_all(&line)?;
                entries += 1;
                previous = step.entry.hash;
            }
        }
    }
    Ok(Exported { entries, damaged })
}

fn json_line(step: &Step, previous: &str) -> Value {
    let entry = &step.entry;
    let row = step.row.as_ref().map(|row| {
        let columns = row.kind.columns().iter().zip(&row.values);
        columns.map(|(column, value)| ((*column).to_owned(), value.clone())).collect::<Map<_, _>>()
    });
    json!({
        "chain": entry.chain,
        "seq": entry.seq,
        "previous_hash": previous,
        "version": entry.version,
        "kind": entry.kind,
        "row_id": entry.row_id,
        "at": entry.at,
        "row_hash": entry.row_hash,
        "hash": entry.hash,
        "row": row,
    })
}

fn cells(step: &Step, previous: &str) -> impl Iterator<Item = String> {
    let entry = &step.entry;
    let of_entry = [
        entry.chain.to_string(),
        entry.seq.to_string(),
        previous.to_owned(),
        entry.version.to_string(),
        entry.kind.clone(),
        entry.row_id.clone(),
        entry.at.to_string(),
        entry.row_hash.clone(),
        entry.hash.clone(),
    ];
    let of_row = OF_ROW.iter().map(|column| cell(step.row.as_ref(), column));
    of_entry.into_iter().chain(of_row.collect::<Vec<_>>())
}

fn cell(row: Option<&Record>, column: &str) -> String {
    let value = row.and_then(|row| {
        let place = row.kind.columns().iter().position(|it| *it == column)?;
        row.values.get(place)?.as_str()
    });
    value.unwrap_or_default().to_owned()
}

fn csv_line(cells: impl Iterator<Item = String>) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(cells.map(neutral))?;
    Ok(writer.into_inner()?)
}

/// A cell that no spreadsheet treats as a formula (OWASP: "CSV injection"). Whoever verifies the file removes one leading apostrophe.
fn neutral(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_neutralised_so_that_it_can_be_read_back() {
        assert_eq!(["=1", "'=1", "a'", ""].map(|cell| neutral(cell.to_owned())), ["'=1", "''=1", "a'", ""]);
    }
}
