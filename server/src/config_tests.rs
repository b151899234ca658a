//! Which source wins, and what stops the start.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use clap::Parser;

use super::names::{DEFAULTS, EARLIER_NAMES};
use super::*;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: ConfigArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Serve(ServeSettings),
    Other,
}

/// The settings of a command line, environment variables and the file `postern.toml` in a folder.
fn read(flags: &[&str], environment: &[(&str, &str)], folder: &Path) -> Result<Config, String> {
    let cli = Cli::try_parse_from([&["postern"], flags].concat()).map_err(|error| error.to_string())?;
    let serve = if let Command::Serve(settings) = &cli.command { Some(settings) } else { None };
    let environment = environment.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let given = sources::collect(&cli.args, serve, environment, folder);
    given.and_then(|given| Config::read(&given)).map_err(|error| format!("{error:#}"))
}

/// The same with a file of this text.
fn read_with_file(text: &str, flags: &[&str], environment: &[(&str, &str)]) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("postern.toml"), text).unwrap();
    read(flags, environment, folder.path())
}

fn error_of_file(text: &str) -> String {
    read_with_file(text, &["other"], &[]).unwrap_err()
}

/// The settings of a table by their paths, as texts.
fn texts(table: &toml::Table) -> BTreeMap<String, String> {
    let text = |value: &toml::Value| match value {
        toml::Value::Array(items) => items.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>().join(","),
        value => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    };
    let mut texts = BTreeMap::new();
    for (section, settings) in table {
        for (key, value) in settings.as_table().unwrap() {
            texts.insert(format!("{section}.{key}"), text(value));
        }
    }
    texts
}

fn error_of_variable(name: &str, value: &str) -> String {
    read(&["other"], &[(name, value)], Path::new("/nowhere")).unwrap_err()
}

#[test]
fn without_anything_the_defaults_hold() {
    let config = read(&["serve"], &[], Path::new("/nowhere")).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.public_url.origin(), "http://localhost:8080");
    assert_eq!(format!("{:?}", config.database.url), "Sqlite(\"postern-data/postern.sqlite\")");
    assert_eq!((config.sessions.idle_s, config.sessions.absolute_s), (3600, 86_400));
    assert!((1..=64).contains(&config.passwords.hash_concurrency) && config.server.trusted_proxies.is_empty());
}

#[test]
fn the_public_url_follows_the_port_that_is_listened_on() {
    let config = read(&["serve", "--listen", "[::1]:8090"], &[], Path::new("/nowhere")).unwrap();
    assert_eq!(config.server.public_url.origin(), "http://localhost:8090");
}

#[test]
fn a_flag_comes_before_the_environment_and_that_before_the_file() {
    let file = "listen = '127.0.0.1:1'\nissuer = 'File'\nproduct_name = 'File'\n";
    let environment = [("POSTERN_LISTEN", "127.0.0.1:2"), ("POSTERN_ISSUER", "Environment")];
    let config = read_with_file(file, &["serve", "--listen", "127.0.0.1:3"], &environment).unwrap();
    assert_eq!(config.server.listen.port(), 3);
    assert_eq!(config.totp.issuer, "Environment");
    assert_eq!(config.brand.product_name, "File");
}

#[test]
fn every_setting_can_be_set_by_a_flag_of_serve() {
    for (name, default) in texts(&Given::default().with_defaults()) {
        let pair = format!("{name}={default}");
        assert!(read(&["serve", "--set", &pair], &[], Path::new("/nowhere")).is_ok(), "{pair}");
    }
    let config = read(&["serve", "--set=issuer=Flag"], &[("POSTERN_ISSUER", "Environment")], Path::new("/nowhere"));
    assert_eq!(config.unwrap().totp.issuer, "Flag");
}

#[test]
fn where_the_data_are_is_a_flag_of_every_command() {
    for flags in [["--data-dir", "d", "other"], ["other", "--data-dir", "d"]] {
        let config = read(&flags, &[], Path::new("/nowhere")).unwrap();
        assert_eq!(format!("{:?}", config.database.url), "Sqlite(\"d/postern.sqlite\")");
    }
    assert!(read(&["other", "--listen", "127.0.0.1:1"], &[], Path::new("/nowhere")).is_err());
}

#[test]
fn a_named_file_is_read_and_a_missing_one_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.toml");
    let missing = read(&["other", "--config", file.to_str().unwrap()], &[], folder.path()).unwrap_err();
    assert!(missing.contains("other.toml"), "{missing}");
    fs::write(&file, "totp_window = 0\ntrusted_proxies = ['10.0.0.0/8', '::1']").unwrap();
    let config = read(&["other"], &[("POSTERN_CONFIG", file.to_str().unwrap())], folder.path()).unwrap();
    assert_eq!((config.totp.window, config.server.trusted_proxies.len()), (0, 2));
}

#[test]
fn an_unknown_name_stops_the_start_with_its_source_and_the_names_that_exist() {
    let error = error_of_file("listn = '127.0.0.1:1'");
    assert!(error.contains("postern.toml: listn") && error.contains("listen, public_url"), "{error}");
    assert!(error_of_file("[servr]\nlisten = '127.0.0.1:1'").contains("servr"));
    assert!(error_of_variable("POSTERN_LISTN", "x").starts_with("environment variable POSTERN_LISTN: "));
    assert!(error_of_variable("POSTERN_CONFIG_FILE", "x").contains("there is no such setting"));
    for flags in [["serve", "--listn=x"], ["serve", "--set=listn=x"], ["serve", "--set=listen"]] {
        assert!(read(&flags, &[], Path::new("/nowhere")).is_err(), "{flags:?}");
    }
    for name in ["POSTERN_TEST_POSTGRES_URL", "POSTERN_CHROMIUM", "PATH"] {
        assert!(read(&["other"], &[(name, "x")], Path::new("/nowhere")).is_ok(), "{name}");
    }
}

#[test]
fn an_impossible_value_stops_the_start_with_its_source_and_what_is_allowed() {
    assert_eq!(
        error_of_variable("POSTERN_TOTP_WINDOW", "2"),
        "totp_window (environment variable POSTERN_TOTP_WINDOW): must be a whole number from 0 to 1"
    );
    let error = read(&["serve", "--set=log_format=xml"], &[], Path::new("/nowhere")).unwrap_err();
    assert_eq!(error, "log_format (flag --set): must be human or json");
    assert!(error_of_file("session_idle = 1.5").contains("whole number"));
    assert!(error_of_file("listen = ['127.0.0.1:1']").starts_with("listen ("));
    assert!(error_of_file("session_absolute = 600").ends_with("must be at least session_idle, which is 3600"));
}

#[test]
fn no_error_shows_a_secret() {
    let errors = [
        error_of_variable("POSTERN_DATABASE", "postgres://ada:hunter2@host:port/db"),
        error_of_file("database = 'mysql://ada:hunter2@host'"),
        error_of_file("issuer = 'x'\ndatabase = postgres://ada:hunter2@host"),
    ];
    for error in &errors {
        assert!(!error.contains("hunter2"), "{error}");
    }
    assert!(errors[2].ends_with("postern.toml, line 2: this is not TOML"), "{}", errors[2]);
}

#[test]
fn the_example_file_shows_every_setting_and_can_be_used_as_it_is() {
    let example = include_str!("../../postern.example.toml");
    let settings = example.replace("\n#", "\n");
    let names: Vec<String> = texts(&settings.parse().unwrap()).into_keys().collect();
    let expected: Vec<String> = texts(&DEFAULTS).into_keys().collect();
    assert_eq!(names, expected);
    read_with_file(example, &["serve"], &[]).unwrap();
    read_with_file(&settings, &["serve"], &[]).unwrap();
}

/// Every setting by its earlier name, none with its default.
const EARLIER: &str = "
listen = '127.0.0.1:8081'
public_url = 'https://login.example.com'
data_dir = 'data'
database = 'postgres://postern@localhost/postern'
product_name = 'Acme'
issuer = 'Acme'
trusted_proxies = ['127.0.0.1', '::1']
smtp_url = 'smtps://ada:hunter2@mail.example.com'
mail_from = 'Acme <login@example.com>'
totp_window = 0
session_idle = 600
session_absolute = '7200'
history_days = 90
password_hash_memory_kib = 65536
password_hash_iterations = 3
hash_concurrency = 63
log_format = 'json'
log_level = 'warn'
";

/// The same in sections.
const SECTIONS: &str = "
database.url = 'postgres://postern@localhost/postern'
[server]
listen = '127.0.0.1:8081'
public_url = 'https://login.example.com'
trusted_proxies = ['127.0.0.1', '::1']
data_dir = 'data'
[brand]
product_name = 'Acme'
[mail]
url = 'smtps://ada:hunter2@mail.example.com'
from = 'Acme <login@example.com>'
[totp]
issuer = 'Acme'
window = 0
[sessions]
idle_s = 600
absolute_s = 7200
[history]
days = 90
[passwords]
hash_memory_kib = 65536
hash_iterations = 3
hash_concurrency = 63
[log]
format = 'json'
level = 'warn'
";

#[test]
fn a_file_of_sections_says_the_same_as_one_of_earlier_names() {
    assert_eq!(EARLIER.parse::<toml::Table>().unwrap().len(), EARLIER_NAMES.len());
    let config = read_with_file(SECTIONS, &["serve"], &[]).unwrap();
    assert_eq!((config.sessions.idle_s, config.server.trusted_proxies.len()), (600, 2));
    assert_eq!(format!("{:?}", read_with_file(EARLIER, &["serve"], &[]).unwrap()), format!("{config:?}"));
}

#[test]
fn a_variable_and_a_flag_take_the_path_and_the_earlier_name() {
    let read = |flags: &[&str], environment: &[(&str, &str)]| {
        format!("{:?}", read(flags, environment, Path::new("/nowhere")).unwrap())
    };
    let settings = texts(&SECTIONS.parse().unwrap());
    for (earlier, path) in EARLIER_NAMES {
        let text = settings[path].as_str();
        let by_path = read(&["serve", "--set", &format!("{path}={text}")], &[]);
        assert_ne!(by_path, read(&["serve"], &[]), "{path}");
        assert_eq!(by_path, read(&["serve", "--set", &format!("{earlier}={text}")], &[]));
        for name in [path.replace('.', "__"), earlier.to_owned()] {
            let variable = format!("POSTERN_{}", name.to_ascii_uppercase());
            assert_eq!(by_path, read(&["serve"], &[(&variable, text)]), "{variable}");
        }
    }
}

#[test]
fn a_source_that_comes_before_wins_under_either_name() {
    let file = "issuer = 'File'\n[sessions]\nidle_s = 600\n[totp]\nwindow = 0";
    let environment = [("POSTERN_TOTP__ISSUER", "Environment"), ("POSTERN_SESSION_IDLE", "700")];
    let flags = ["serve", "--set=server.listen=127.0.0.1:1", "--listen=127.0.0.1:2"];
    let config = read_with_file(file, &flags, &environment).unwrap();
    assert_eq!((config.totp.issuer.as_str(), config.totp.window), ("Environment", 0));
    assert_eq!((config.sessions.idle_s, config.server.listen.port()), (700, 2));
}

#[test]
fn both_names_of_a_setting_in_one_source_are_refused() {
    let error = error_of_file("session_idle = 600\n[sessions]\nidle_s = 600");
    assert!(error.starts_with("sessions.idle_s (") && error.contains(") and session_idle ("), "{error}");
    let environment = [("POSTERN_SMTP_URL", "smtp://localhost"), ("POSTERN_MAIL__URL", "smtp://localhost")];
    assert_eq!(
        read(&["serve"], &environment, Path::new("/nowhere")).unwrap_err(),
        "smtp_url (environment variable POSTERN_SMTP_URL) and mail.url (environment variable POSTERN_MAIL__URL) \
         are the same setting: give only one of them"
    );
    let flags = ["serve", "--set=totp_window=1", "--set=totp.window=1"];
    assert!(read(&flags, &[], Path::new("/nowhere")).unwrap_err().contains("totp.window (flag --set) and totp_window"));
    let error = error_of_file("database = 'sqlite:a'\n[database]\nurl = 'sqlite:a'");
    assert!(error.ends_with("postern.toml, line 2: this name is there already"), "{error}");
}

#[test]
fn a_wrong_type_in_a_section_is_named_by_its_path() {
    let error = error_of_file("[sessions]\nidle_s = true");
    assert!(
        error.starts_with("sessions.idle_s (") && error.contains("postern.toml): must be a text in quotes or"),
        "{error}"
    );
    assert!(error_of_file("[server]\ntrusted_proxies = [1]").contains("must be a list of texts"));
    assert!(error_of_file("[server.listen]\nport = 1").starts_with("server.listen ("));
    assert_eq!(
        error_of_variable("POSTERN_SESSIONS__IDLE_S", "soon"),
        "sessions.idle_s (environment variable POSTERN_SESSIONS__IDLE_S): must be a whole number from 60 to 86400"
    );
    let error = error_of_file("[sessions]\nabsolute_s = 600");
    assert!(error.ends_with("must be at least sessions.idle_s, which is 3600"), "{error}");
}

#[test]
fn an_unknown_key_names_those_of_its_section_and_an_unknown_section_all() {
    let error = error_of_file("[log]\nlevl = 'info'");
    assert!(error.ends_with("postern.toml: log.levl: there is no such setting; the settings are [log] format, level"));
    let error = error_of_variable("POSTERN_LOG__LEVL", "info");
    assert!(
        error.ends_with("POSTERN_LOG__LEVL: log.levl: there is no such setting; the settings are [log] format, level")
    );
    for error in [error_of_file("[logs]\nlevel = 'info'"), error_of_file("[logs]"), error_of_file("log = 'info'")] {
        assert!(error.contains("postern.toml: log") && error.contains("[log] format, level"), "{error}");
    }
    assert!(error_of_file("[logs]").contains("[history] days; [log] format, level; [mail] from, url"));
}
