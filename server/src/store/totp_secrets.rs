//! A TOTP secret as it is stored: sealed, with the parameters of its factor.

use crate::auth::cipher::Sealed;
use crate::auth::totp::Parameters;

/// A secret with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSecret {
    /// The secret.
    pub sealed: Sealed,
    /// How an app makes codes of it.
    pub parameters: Parameters,
}

/// The columns `secret_sealed`, `algorithm`, `digits` and `period_s`.
pub(super) type Columns = (Sealed, String, i64, i64);

/// Reads the columns; `None` if the parameters are unknown.
pub(super) fn read((sealed, algorithm, digits, period_s): Columns) -> Option<StoredSecret> {
    Some(StoredSecret { sealed, parameters: Parameters::new(&algorithm, digits, period_s)? })
}
