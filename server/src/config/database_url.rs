//! The setting `database.url`.

use std::fmt;
use std::path::PathBuf;

use anyhow::{Context, ensure};

/// The database and its location.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL URL, which may hold a password.
    Postgres(String),
}

impl DatabaseUrl {
    /// Reads `sqlite:PATH`, `sqlite://PATH`, `postgres://…` or `postgresql://…`.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            url::Url::parse(text).ok().context(
                "must be a URL such as postgres://postern:PASSWORD@localhost/postern, \
                 with every character of the password except letters and digits percent-encoded",
            )?;
            return Ok(Self::Postgres(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite:").context("must begin with sqlite: or postgres://")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        ensure!(!path.is_empty() && !path.ends_with('/'), "must name a file after sqlite:");
        ensure!(path != ":memory:", "must be a file: an in-memory database is lost at a restart");
        ensure!(!path.contains('?'), "must have no options after the path of a SQLite file");
        Ok(Self::Sqlite(path.into()))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlite_path_is_taken_with_and_without_slashes() {
        for (text, path) in [("sqlite:a/b.db", "a/b.db"), ("sqlite://a/b.db", "a/b.db"), ("sqlite:///b.db", "/b.db")] {
            assert!(matches!(DatabaseUrl::parse(text), Ok(DatabaseUrl::Sqlite(found)) if found.as_os_str() == path));
        }
    }

    #[test]
    fn what_names_no_file_and_no_server_is_refused() {
        for text in ["", "sqlite:", "sqlite::memory:", "sqlite:data/", "sqlite:a?mode=ro", "mysql://host/db", "a.db"] {
            assert!(DatabaseUrl::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_password_is_in_no_error_and_in_no_debug_text() {
        let broken = DatabaseUrl::parse("postgres://ada:hunter2@host:port/db").unwrap_err();
        assert!(!format!("{broken:?}").contains("hunter2"));
        let right = DatabaseUrl::parse("postgres://ada:hunter2@host/db").unwrap();
        assert_eq!(format!("{right:?}"), "Postgres(…)");
    }
}
