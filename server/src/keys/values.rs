//! Every sealed value of the database: counted and opened, or sealed again with the current key.

use std::collections::BTreeMap;

use postern_types::Email;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::auth::associated_data::AssociatedData;
use crate::auth::cipher::{CannotOpen, Cipher};
use crate::ids::{ChainId, KeyId, MailId, SessionId, UserId};
use crate::store::sealed_values::{COLUMNS, Column, Content, Resealed, Row};
use crate::store::{self, Db, previous_factors, sealed_values, user_names};

/// The most values that are read or written at once.
const AT_ONCE: i64 = 200;

/// What a check has found.
#[derive(Debug, Default)]
pub struct Checked {
    /// The number of values by the id of their key.
    pub by_key: BTreeMap<String, u64>,
    /// The values that cannot be opened.
    pub broken: Vec<Broken>,
}

/// A value that cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// Its table.
    pub table: &'static str,
    /// Its column.
    pub column: &'static str,
    /// Key of its row.
    pub id: String,
    /// The user whose secret it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Email>,
    /// Why.
    pub error: String,
}

/// Tries to open every value. `progress` is told how many more were looked at.
pub async fn check(db: &Db, cipher: &Cipher, progress: &dyn Fn(u64)) -> store::Result<Checked> {
    let mut checked = Checked::default();
    for column in &COLUMNS {
        in_batches(db, column, progress, async |rows| {
            for row in &rows {
                *checked.by_key.entry(row.sealed.key_id().unwrap_or("?").to_owned()).or_default() += 1;
                if let Err(error) = opened(column, row, cipher) {
                    checked.broken.push(broken(db, column, row, &error).await?);
                }
            }
            Ok(())
        })
        .await?;
    }
    Ok(checked)
}

/// Seals every value again that another key has sealed; returns how many, and those that could not be opened, which stay as they are.
/// A value that is changed in the meantime is left alone.
pub async fn reseal(db: &Db, cipher: &Cipher, progress: &dyn Fn(u64)) -> store::Result<(u64, Vec<Broken>)> {
    let (mut resealed, mut failed) = (0, Vec::new());
    let current = cipher.key_id();
    for column in &COLUMNS {
        in_batches(db, column, progress, async |rows| {
            let mut changes = Vec::new();
            for row in rows.into_iter().filter(|row| row.sealed.key_id() != Some(current.as_str())) {
                match opened(column, &row, cipher) {
                    Ok(value) => {
                        let new = with_place(column, &row, |place| cipher.seal(&value, place));
                        changes.push(Resealed { row, new });
                    }
                    Err(error) => failed.push(broken(db, column, &row, &error).await?),
                }
            }
            resealed += store::transactions::reseal(db, column, &changes).await?;
            Ok(())
        })
        .await?;
    }
    Ok((resealed, failed))
}

/// Removes the earlier secrets of authenticator apps that are damaged, such as those of users whose second factor was reset because of
/// it. They help nobody, and their keys would be needed because of them. One whose key is missing stays: the key may come back.
pub async fn remove_damaged_copies(db: &Db, cipher: &Cipher) -> store::Result<()> {
    for column in COLUMNS.iter().filter(|column| column.is_of_copies()) {
        in_batches(db, column, &|_| {}, async |rows| {
            for row in &rows {
                if matches!(opened(column, row, cipher), Err(CannotOpen::Damaged)) {
                    previous_factors::remove(db, &UserId::named(row.owner.clone()), &row.sealed).await?;
                }
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// Hands the values of a column to `work`, some at a time.
async fn in_batches(
    db: &Db,
    column: &Column,
    progress: &dyn Fn(u64),
    mut work: impl AsyncFnMut(Vec<Row>) -> store::Result<()>,
) -> store::Result<()> {
    let mut after = String::new();
    loop {
        let rows = sealed_values::batch(db, column, &after, AT_ONCE).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after.clone_from(&last.id);
        let looked_at = rows.len() as u64;
        work(rows).await?;
        progress(looked_at);
    }
}

fn opened(column: &Column, row: &Row, cipher: &Cipher) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
    with_place(column, row, |place| cipher.open(&row.sealed, place))
}

fn with_place<T>(column: &Column, row: &Row, work: impl FnOnce(AssociatedData<'_>) -> T) -> T {
    let owner = row.owner.clone();
    match column.content {
        Content::TotpSecret => work(AssociatedData::TotpSecret(&UserId::named(owner))),
        Content::RecoveryCodes => work(AssociatedData::RecoveryCodes(&SessionId::named(owner))),
        Content::Mail => work(AssociatedData::Mail(&MailId::named(owner))),
        Content::SigningKey => work(AssociatedData::SigningKey(&KeyId::named(owner))),
        Content::AuditChain => work(AssociatedData::AuditChain(&ChainId::named(owner))),
        Content::AuditState => work(AssociatedData::AuditState),
    }
}

async fn broken(db: &Db, column: &Column, row: &Row, error: &CannotOpen) -> store::Result<Broken> {
    let user = match column.content {
        Content::TotpSecret => user_names::of(db, &UserId::named(row.owner.clone())).await?,
        Content::RecoveryCodes | Content::Mail | Content::SigningKey | Content::AuditChain | Content::AuditState => {
            None
        }
    };
    Ok(Broken { table: column.table, column: column.column, id: row.id.clone(), user, error: error.to_string() })
}
