//! User names, and whether mails to them are known to reach their users.

use postern_types::Email;

use super::{Db, Error, Result, Tx, roster};
use crate::clock::UnixTime;
use crate::ids::UserId;

/// The result of [`set_email`].
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EmailSet {
    Yes,
    /// There is already a user with this e-mail.
    Taken,
    /// The user has never logged in.
    NeverSignedIn,
}

/// The user with this name.
pub async fn find(db: &Db, email: &Email) -> Result<Option<UserId>> {
    sqlx::query_scalar("select id from users where email = $1").bind(email).fetch_optional(&db.read).await
}

/// The name of a user.
pub async fn of(db: &Db, id: &UserId) -> Result<Option<Email>> {
    sqlx::query_scalar("select email from users where id = $1").bind(id).fetch_optional(&db.read).await
}

/// Changes the user name of a user who has logged in before. Nobody has shown that mails to it reach the user.
pub(super) async fn set_email(tx: &mut Tx, id: &UserId, email: &Email, now: UnixTime) -> Result<EmailSet> {
    let sql = "update users set email = $2, email_unconfirmed_since = $3
        where id = $1 and last_sign_in_at is not null";
    match sqlx::query(sql).bind(id).bind(email).bind(now).execute(&mut **tx).await {
        Err(Error::Database(error)) if error.is_unique_violation() => Ok(EmailSet::Taken),
        Err(error) => Err(error),
        Ok(set) if set.rows_affected() == 1 => {
            roster::refresh(tx, id).await?;
            Ok(EmailSet::Yes)
        }
        Ok(_) => Ok(EmailSet::NeverSignedIn),
    }
}

/// Notes that the user has used a link that was mailed to them.
pub(super) async fn confirm_email(tx: &mut Tx, id: &UserId) -> Result<()> {
    let sql = "update users set email_unconfirmed_since = null where id = $1";
    sqlx::query(sql).bind(id).execute(&mut **tx).await.map(drop)
}

/// Whether nobody but an administrator vouches for the user name.
pub(super) async fn is_email_unconfirmed(tx: &mut Tx, id: &UserId) -> Result<bool> {
    let sql = "select count(*) from users where id = $1 and email_unconfirmed_since is not null";
    Ok(sqlx::query_scalar::<_, i64>(sql).bind(id).fetch_one(&mut **tx).await? > 0)
}
