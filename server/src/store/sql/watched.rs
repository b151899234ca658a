//! The columns that cached answers depend on. Database triggers record every change to them in the table `changes`, so that no
//! statement can omit it, whether it comes from the server, the command line or an SQL shell. One more trigger notices the end of
//! sessions, for clients that want to know.

use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};

use super::errors::Result;
use super::pools::Dialect;
use crate::auth::token::sha256_hex;

/// A table that cached answers are made from.
struct Watched {
    table: &'static str,
    /// The subject of a change to a row.
    subject: By,
    /// The columns that answers are made from.
    columns: &'static [&'static str],
    /// Whether a new row can change an answer.
    new_rows: bool,
}

/// The subject of a change to a row.
enum By {
    /// The id in this column: of a user, an account, an application or a session.
    Column(&'static str),
    /// The name of the table, because all its rows are cached together.
    Table,
}

/// `sessions.last_seen_at` is not watched: it changes all the time, and does not invalidate an answer.
const WATCHED: &[Watched] = &[
    Watched {
        table: "users",
        subject: By::Column("id"),
        columns: &[
            "id",
            "email",
            "email_unconfirmed_since",
            "name",
            "locked_at",
            "two_factor_since",
            "password_temporary_since",
            "locked_down_at",
        ],
        new_rows: false,
    },
    Watched {
        table: "sessions",
        subject: By::Column("user_id"),
        columns: &[
            "id",
            "token_hash",
            "user_id",
            "authenticated_at",
            "expires_at",
            "factors",
            "factor_shown_at",
            "new_password_since",
            "recovery_codes_since",
            "code_replayed_at",
            "code_replayed_from",
            "previous_sign_in_at",
            "previous_sign_in_address",
        ],
        new_rows: false,
    },
    Watched {
        table: "memberships",
        subject: By::Column("user_id"),
        columns: &["account_id", "user_id", "admin_since", "locked_at", "allowed_addresses"],
        new_rows: true,
    },
    Watched {
        table: "accounts",
        subject: By::Column("id"),
        columns: &[
            "id",
            "name",
            "two_factor_required_at",
            "password_max_age_days",
            "allowed_addresses",
            "previous_addresses",
            "addresses_confirm_by",
            "security_version",
        ],
        new_rows: false,
    },
    Watched {
        table: "applications",
        subject: By::Table,
        columns: &["id", "name", "url", "origin", "rules", "two_factor_required_at", "max_age_s", "excluded_networks"],
        new_rows: true,
    },
    Watched {
        table: "application_accounts",
        subject: By::Column("application_id"),
        columns: &["application_id", "account_id", "everyone_since"],
        new_rows: true,
    },
    Watched {
        table: "application_members",
        subject: By::Column("user_id"),
        columns: &["application_id", "account_id", "user_id"],
        new_rows: true,
    },
    Watched {
        table: "application_sessions",
        subject: By::Column("session_id"),
        columns: &["token_hash", "session_id", "application_id"],
        new_rows: false,
    },
    Watched {
        table: "oidc_keys",
        subject: By::Table,
        columns: &["id", "algorithm", "generation", "private_key_sealed", "public_key", "active_from"],
        new_rows: true,
    },
];

/// The row of `meta` with a hash of the installed triggers.
const IN_FORCE: &str = "watched";

/// Creates the table and the triggers, unless they exist. `schema_version` is that of the last migration: a migration that
/// recreates a table drops its triggers.
pub(super) async fn install(connection: &mut AnyConnection, dialect: &Dialect, schema_version: i64) -> Result<()> {
    let sql = statements(dialect);
    let hash = sha256_hex(&[sql.as_bytes(), &schema_version.to_be_bytes()]);
    let in_force: Option<String> = sqlx::query_scalar("select value from meta where name = $1")
        .bind(IN_FORCE)
        .fetch_optional(&mut *connection)
        .await?;
    if in_force.as_ref() == Some(&hash) {
        return Ok(());
    }
    let mut tx = connection.begin().await?;
    // This comes first: of nodes that start at the same time one does it, and the others wait. Doing it again would lock the tables of a
    // node that is already at work.
    let keep = "insert into meta (name, value) values ($1, $2)
        on conflict (name) do update set value = excluded.value where meta.value <> excluded.value";
    let kept = sqlx::query(keep).bind(IN_FORCE).bind(hash).execute(&mut *tx).await?;
    if kept.rows_affected() == 0 {
        return Ok(());
    }
    tx.execute(AssertSqlSafe(sql)).await?;
    tx.commit().await
}

fn statements(dialect: &Dialect) -> String {
    let triggers = WATCHED.iter().flat_map(|watched| watched.triggers(dialect));
    let others = [dialect.create_changes, dialect.notice_log_outs].map(str::to_owned);
    others.into_iter().chain(triggers).collect()
}

impl Watched {
    fn triggers(&self, dialect: &Dialect) -> Vec<String> {
        let Self { table, subject, columns, new_rows } = self;
        let differs = |column: &&str| format!("old.{column} is distinct from new.{column}");
        let condition = format!("when ({})", columns.iter().map(differs).collect::<Vec<_>>().join(" or "));
        let update = format!("update of {}", columns.join(", "));
        let trigger = |name: &str, event: &str, condition: &str, row: &str| {
            let subject = match subject {
                By::Column(column) => format!("{row}.{column}"),
                By::Table => format!("'{table}'"),
            };
            (dialect.create_trigger)(&format!("{table}_{name}"), event, table, condition, &subject)
        };
        let inserted = new_rows.then(|| trigger("inserted", "insert", "", "new"));
        let changed = [trigger("updated", &update, &condition, "old"), trigger("deleted", "delete", "", "old")];
        changed.into_iter().chain(inserted).chain([(dialect.watch_truncate)(table)]).collect()
    }
}
