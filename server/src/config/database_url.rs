//! The setting `database.url`.

use std::fmt;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use url::Url;

/// The options of a PostgreSQL URL.
const OPTIONS: [&str; 12] = [
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "application_name",
    "options",
];

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
            let url = Url::parse(text).ok().context(
                "must be a URL such as postgres://postern:PASSWORD@localhost/postern, \
                 with every character of the password except letters and digits percent-encoded",
            )?;
            // The driver would log an unknown one with its value.
            ensure!(
                url.query_pairs().all(|(name, _)| OPTIONS.contains(&&*name)),
                "must have no options after ? except {}",
                OPTIONS.join(", ")
            );
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

/// Where the database is: of a PostgreSQL URL only what is never secret.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(url) => {
                let url = Url::parse(url).map_err(|_| fmt::Error)?;
                let option =
                    |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
                let host = option("host").or_else(|| option("hostaddr")).or_else(|| url.host_str().map(str::to_owned));
                let port = option("port").or_else(|| url.port().map(|port| port.to_string()));
                let name = option("dbname").unwrap_or_else(|| url.path().trim_start_matches('/').to_owned());
                let (host, port) = (host.unwrap_or_default(), port.as_deref().unwrap_or("5432"));
                write!(f, "postgres://{host}:{port}/{name}")
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
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
    fn an_option_that_the_driver_does_not_know_is_refused_without_its_value() {
        let error = DatabaseUrl::parse("postgres://host/db?sslpassword=hunter2").unwrap_err();
        assert!(error.to_string().contains("sslmode") && !format!("{error:?}").contains("hunter2"), "{error:?}");
    }

    #[test]
    fn only_what_is_never_secret_is_shown() {
        for (text, shown) in [
            ("postgres://ada:hunter2@db.example:6432/p?password=hunter2", "postgres://db.example:6432/p"),
            ("postgresql://db.example/p?user=ada&password=hunter2&sslkey=hunter2", "postgres://db.example:5432/p"),
            ("postgres://?host=/run/pg&dbname=p&password=hunter2&options=hunter2", "postgres:///run/pg:5432/p"),
        ] {
            let url = DatabaseUrl::parse(text).unwrap();
            assert_eq!((url.to_string().as_str(), format!("{url:?}").as_str()), (shown, shown));
        }
    }

    #[test]
    fn a_password_is_in_no_error_and_in_no_debug_text() {
        let broken = DatabaseUrl::parse("postgres://ada:hunter2@host:port/db").unwrap_err();
        assert!(!format!("{broken:?}").contains("hunter2"));
        let right = DatabaseUrl::parse("postgres://ada:hunter2@host/db").unwrap();
        assert_eq!(format!("{right:?}"), "postgres://host:5432/db");
    }
}
