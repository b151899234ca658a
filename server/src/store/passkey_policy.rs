//! How users can use passkeys: a setting of accounts, in a column that nothing caches. The strictest setting of a person's accounts applies.

use postern_types::PasskeyPolicy;

use super::{Db, Result, Tx};
use crate::ids::{AccountId, UserId};

const OF_ACCOUNT: &str = "select passkeys from accounts where id = $1";
const OF_USER: &str = "select a.passkeys from memberships m join accounts a on a.id = m.account_id
    where m.user_id = $1 and m.locked_at is null";

/// An account's setting; the default one if there is no such account.
pub async fn read(db: &Db, account_id: &AccountId) -> Result<PasskeyPolicy> {
    let words = sqlx::query_scalar(OF_ACCOUNT).bind(account_id).fetch_all(&db.write).await?;
    Ok(strictest(&words))
}

/// The same within a transaction.
pub(super) async fn read_in(tx: &mut Tx, account_id: &AccountId) -> Result<PasskeyPolicy> {
    let words = sqlx::query_scalar(OF_ACCOUNT).bind(account_id).fetch_all(&mut **tx).await?;
    Ok(strictest(&words))
}

/// Changes an account's setting. The caller has locked the account's row.
pub(super) async fn write(tx: &mut Tx, account_id: &AccountId, policy: PasskeyPolicy) -> Result<()> {
    let sql = "update accounts set passkeys = $2 where id = $1";
    sqlx::query(sql).bind(account_id).bind(policy.as_str()).execute(&mut **tx).await.map(drop)
}

/// What the accounts in which a user is active allow.
pub async fn of_user(db: &Db, user_id: &UserId) -> Result<PasskeyPolicy> {
    let words = sqlx::query_scalar(OF_USER).bind(user_id).fetch_all(&db.write).await?;
    Ok(strictest(&words))
}

/// The same within a transaction.
pub(super) async fn of_user_in(tx: &mut Tx, user_id: &UserId) -> Result<PasskeyPolicy> {
    let words = sqlx::query_scalar(OF_USER).bind(user_id).fetch_all(&mut **tx).await?;
    Ok(strictest(&words))
}

/// A word that this version does not know allows nothing.
fn strictest(words: &[String]) -> PasskeyPolicy {
    let policy = |word: &String| {
        let known = PasskeyPolicy::ALL.into_iter().find(|policy| policy.as_str() == word);
        known.unwrap_or(PasskeyPolicy::NotAllowed)
    };
    words.iter().map(policy).min().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_setting_counts_and_a_damaged_one_allows_nothing() {
        let of = |words: &[&str]| strictest(&words.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(of(&[]), PasskeyPolicy::WithoutPassword);
        assert_eq!(of(&["without_password", "second_factor"]), PasskeyPolicy::SecondFactor);
        assert_eq!(of(&["without_password", "not_allowed", "second_factor"]), PasskeyPolicy::NotAllowed);
        assert_eq!(of(&["without_password", "tea"]), PasskeyPolicy::NotAllowed);
    }
}
