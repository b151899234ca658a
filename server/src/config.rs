//! Settings: from a flag, else the environment, else a TOML file, else the default. An unknown name or an impossible value
//! stops the start. Must never show a value in an error: a database URL may hold a password.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::{env, fmt, fs};

use anyhow::{Context, bail, ensure};
use ipnet::IpNet;

mod parse;

use parse::{database, issuer, log_format, networks, number, product_name};

/// Every setting: name, default, meaning.
const SETTINGS: [(&str, &str, &str); 15] = [
    ("listen", "127.0.0.1:8080", "Address and port to listen on."),
    ("public_url", "http://localhost:8080", "Address at which browsers reach the portal: https, or http on localhost."),
    ("data_dir", "postern-data", "Folder of the key file and of the SQLite database."),
    ("database", "a file in data_dir", "sqlite:PATH or postgres://…"),
    ("product_name", "Postern", "Name on the screens, 1 to 40 characters."),
    (
        "issuer",
        "Postern",
        "Name of the entry in authenticator apps: letters, digits, blanks, - _ . ( ), at most 30 characters.",
    ),
    ("trusted_proxies", "none", "Addresses or networks whose forwarding headers are believed, separated by commas."),
    ("totp_window", "1", "Time steps accepted to either side of now: 0 or 1."),
    ("session_idle", "3600", "Seconds after which an unused session ends, 60 to 86400."),
    ("session_absolute", "86400", "Seconds after which every session ends, up to 2592000."),
    ("password_hash_memory_kib", "19456", "Memory of one Argon2id hash in KiB, 19456 to 1048576."),
    ("password_hash_iterations", "2", "Passes of one Argon2id hash, 2 to 10."),
    ("hash_concurrency", "number of cores", "Hashes that run at once, 1 to 64."),
    ("log_format", "human", "human or json."),
    ("log_level", "info", "error, warn, info, debug, trace, or filter directives."),
];

/// Where the data are.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL URL, which may hold a password.
    Postgres(String),
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

/// The portal's own origin, as browsers write it.
#[derive(Clone, Debug)]
pub struct PublicUrl(String);

impl PublicUrl {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let url = url::Url::parse(text).context("allowed is a URL such as https://login.example.com")?;
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        ensure!(
            url.scheme() == "https" || (url.scheme() == "http" && local),
            "browsers keep the Secure session cookie only over https, or over http on localhost; put a TLS proxy in front of the \
             portal and give its https address"
        );
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        ensure!(
            bare && url.username().is_empty() && url.password().is_none(),
            "allowed is an origin alone, without path or user"
        );
        Ok(Self(url.origin().ascii_serialization()))
    }

    /// `scheme://host[:port]`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.0
    }

    /// Whether browsers reach the portal over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for a person.
    Human,
    /// One JSON object a line.
    Json,
}

/// The settings; the README's table says what each means.
#[derive(Debug)]
#[expect(missing_docs, reason = "SETTINGS documents each field")]
pub struct Config {
    pub listen: SocketAddr,
    pub public_url: PublicUrl,
    pub data_dir: PathBuf,
    pub database: DatabaseUrl,
    pub product_name: String,
    pub issuer: String,
    pub trusted_proxies: Vec<IpNet>,
    pub totp_window: u8,
    pub session_idle: i64,
    pub session_absolute: i64,
    pub password_hash_memory_kib: u32,
    pub password_hash_iterations: u32,
    pub hash_concurrency: usize,
    pub log_format: LogFormat,
    pub log_level: String,
}

/// Flags that every command takes.
#[derive(Debug, Default, clap::Args)]
pub struct ConfigArgs {
    /// Read settings from this TOML file
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the key file and of the SQLite database
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<String>,
    /// sqlite:PATH or postgres://…
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
}

/// Flags of `serve`.
#[derive(Debug, Default, clap::Args)]
pub struct ServeSettings {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Address at which browsers reach the portal
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Any other setting of the README's table, such as --set log_format=json
    #[arg(long = "set", value_name = "NAME=VALUE")]
    set: Vec<String>,
}

/// A value and where it came from.
type Values = BTreeMap<String, (String, String)>;

impl Config {
    /// The defaults, for this database.
    ///
    /// # Panics
    /// Never: a test holds that the defaults are valid.
    #[must_use]
    pub fn defaults(data_dir: PathBuf, database: DatabaseUrl) -> Self {
        Self { data_dir, database, ..from_values(&Values::new()).expect("the defaults are valid") }
    }

    /// The file of the master key.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.data_dir.join("postern.key")
    }
}

/// Reads the settings.
///
/// # Errors
/// With the name of the setting, where it came from and what is allowed.
pub fn load(args: &ConfigArgs, serve: Option<&ServeSettings>) -> anyhow::Result<Config> {
    let mut values = Values::new();
    let named = args.config.clone().or_else(|| env::var_os("POSTERN_CONFIG").map(PathBuf::from));
    let file = named.or_else(|| Path::new("postern.toml").exists().then(|| "postern.toml".into()));
    if let Some(file) = file {
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        add_file(&mut values, &text, &file.display().to_string())?;
    }
    add_environment(
        &mut values,
        env::vars_os().filter_map(|(n, v)| Some((n.into_string().ok()?, v.into_string().ok()?))),
    )?;
    let mut flags = vec![("data_dir", &args.data_dir), ("database", &args.database)];
    if let Some(serve) = serve {
        flags.extend([("listen", &serve.listen), ("public_url", &serve.public_url)]);
        for pair in &serve.set {
            let (name, value) = pair.split_once('=').context("--set takes NAME=VALUE")?;
            add(&mut values, name, value.to_owned(), "--set".to_owned())?;
        }
    }
    for (name, value) in flags {
        if let Some(value) = value {
            add(&mut values, name, value.clone(), format!("--{}", name.replace('_', "-")))?;
        }
    }
    from_values(&values)
}

fn add(values: &mut Values, name: &str, value: String, source: String) -> anyhow::Result<()> {
    let names = SETTINGS.map(|(name, ..)| name);
    ensure!(names.contains(&name), "{source}: there is no setting {name:?}; the settings are {}", names.join(", "));
    values.insert(name.to_owned(), (value, source));
    Ok(())
}

fn add_file(values: &mut Values, text: &str, file: &str) -> anyhow::Result<()> {
    let table: toml::Table = text.parse().map_err(|_| anyhow::anyhow!("{file} is not TOML"))?;
    for (name, value) in table {
        let text = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Array(items) => {
                let texts: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
                texts.with_context(|| format!("{file}: {name}: allowed is a list of texts"))?.join(",")
            }
            _ => bail!("{file}: {name}: allowed is a text or a whole number"),
        };
        add(values, &name, text, file.to_owned())?;
    }
    Ok(())
}

fn add_environment(values: &mut Values, vars: impl Iterator<Item = (String, String)>) -> anyhow::Result<()> {
    for (variable, value) in vars {
        let Some(name) = variable.strip_prefix("POSTERN_") else { continue };
        if ["CONFIG", "CHROMIUM", "BINARY"].contains(&name) || name.starts_with("TEST_") {
            continue;
        }
        add(values, &name.to_ascii_lowercase(), value, variable)?;
    }
    Ok(())
}

fn from_values(values: &Values) -> anyhow::Result<Config> {
    let data_dir = setting(values, "data_dir", |text| Ok(PathBuf::from(text)))?;
    let session_idle = setting(values, "session_idle", |text| number(text, 60, 86_400))?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(64);
    Ok(Config {
        listen: setting(values, "listen", |text| {
            text.parse().context("allowed is an address with a port, such as 127.0.0.1:8080")
        })?,
        public_url: setting(values, "public_url", PublicUrl::parse)?,
        database: if values.contains_key("database") {
            setting(values, "database", database)?
        } else {
            DatabaseUrl::Sqlite(data_dir.join("postern.sqlite"))
        },
        data_dir,
        product_name: setting(values, "product_name", product_name)?,
        issuer: setting(values, "issuer", issuer)?,
        trusted_proxies: if values.contains_key("trusted_proxies") {
            setting(values, "trusted_proxies", networks)?
        } else {
            Vec::new()
        },
        totp_window: setting(values, "totp_window", |text| Ok(u8::try_from(number(text, 0, 1)?)?))?,
        session_idle,
        session_absolute: setting(values, "session_absolute", |text| number(text, session_idle, 2_592_000))?,
        password_hash_memory_kib: setting(values, "password_hash_memory_kib", |text| {
            Ok(u32::try_from(number(text, 19_456, 1_048_576)?)?)
        })?,
        password_hash_iterations: setting(values, "password_hash_iterations", |text| {
            Ok(u32::try_from(number(text, 2, 10)?)?)
        })?,
        hash_concurrency: if values.contains_key("hash_concurrency") {
            setting(values, "hash_concurrency", |text| Ok(usize::try_from(number(text, 1, 64)?)?))?
        } else {
            cores
        },
        log_format: setting(values, "log_format", log_format)?,
        log_level: setting(values, "log_level", |text| Ok(text.to_owned()))?,
    })
}

fn setting<T>(values: &Values, name: &str, parse: impl Fn(&str) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let default = SETTINGS.iter().find(|(known, ..)| *known == name).map_or("", |(_, default, _)| default);
    let (text, source) = values.get(name).map_or((default, "default"), |(text, source)| (text, source));
    parse(text).with_context(|| format!("{name} (from {source}) cannot be used"))
}

/// The table of settings for the README, in Markdown.
#[must_use]
pub fn config_table() -> String {
    let row = |(name, default, meaning): (&str, &str, &str)| {
        format!("| `{name}` | `POSTERN_{}` | {default} | {meaning} |", name.to_ascii_uppercase())
    };
    let head = "| Setting | Environment | Default | Meaning |\n|---|---|---|---|\n";
    head.to_owned() + &SETTINGS.map(row).join("\n")
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
