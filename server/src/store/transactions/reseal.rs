use crate::store::sealed_values::{self, Column, Resealed};
use crate::store::{Db, Result};

/// Puts values that were sealed again in the place of the earlier ones; returns how many. One that has changed in the meantime stays.
pub async fn reseal(db: &Db, column: &Column, values: &[Resealed]) -> Result<u64> {
    if values.is_empty() {
        return Ok(0);
    }
    let mut tx = db.begin().await?;
    let mut replaced = 0;
    for value in values {
        replaced += u64::from(sealed_values::replace(&mut tx, column, value).await?);
    }
    tx.commit().await?;
    Ok(replaced)
}
