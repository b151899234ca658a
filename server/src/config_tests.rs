//! Which source wins, and what prevents the start.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use clap::Parser;

use super::names::DEFAULTS;
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
pub(super) fn read(flags: &[&str], environment: &[(&str, &str)], folder: &Path) -> Result<Config, String> {
    let cli = Cli::try_parse_from([&["postern"], flags].concat()).map_err(|error| error.to_string())?;
    let serve = if let Command::Serve(settings) = &cli.command { Some(settings) } else { None };
    let environment = environment.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let given = sources::collect(&cli.args, serve, environment, folder);
    given.and_then(|given| Config::read(&given)).map_err(|error| format!("{error:#}"))
}

/// The same, with a file of this content.
pub(super) fn read_with_file(text: &str, flags: &[&str], environment: &[(&str, &str)]) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("postern.toml"), text).unwrap();
    read(flags, environment, folder.path())
}

pub(super) fn error_of_file(text: &str) -> String {
    read_with_file(text, &["other"], &[]).unwrap_err()
}

/// The settings of a table by their paths, as texts.
pub(super) fn texts(table: &toml::Table) -> BTreeMap<String, String> {
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

pub(super) fn error_of_variable(name: &str, value: &str) -> String {
    read(&["other"], &[(name, value)], Path::new("/nowhere")).unwrap_err()
}

#[test]
fn without_anything_the_defaults_hold() {
    let config = read(&["serve"], &[], Path::new("/nowhere")).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.public_url.origin(), "http://localhost:8080");
    assert_eq!(format!("{:?}", config.database.url), "postern-data/postern.sqlite");
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
        assert_eq!(format!("{:?}", config.database.url), "d/postern.sqlite");
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
    let mut table: toml::Table = settings.parse().unwrap();
    assert!(table.remove("application").is_some(), "the list of applications has no defaults");
    let names: Vec<String> = texts(&table).into_keys().collect();
    let expected: Vec<String> = texts(&DEFAULTS).into_keys().collect();
    assert_eq!(names, expected);
    read_with_file(example, &["serve"], &[]).unwrap();
    assert_eq!(read_with_file(&settings, &["serve"], &[]).unwrap().applications.len(), 1);
}

#[test]
fn an_application_of_the_file_is_read_whole() {
    let text = "[[application]]\nname = \"Wiki\"\nurl = \"https://Wiki.example.com\"\naccounts = [\"Acme\"]\n\
        rules = [\"admin: fresh /admin/*\"]\ntwo_factor = true\nmax_age = \"12h\"\nexclude_networks = [\"192.0.2.9/24\"]\n\
        icon = \"wiki.svg\"\n\n[log]\nlevel = \"warn\"\n";
    let config = read_with_file(text, &["other"], &[]).unwrap();
    let application = &config.applications[0];
    assert_eq!((application.name.as_str(), application.url.as_str()), ("Wiki", "https://wiki.example.com/"));
    assert_eq!((&application.accounts, application.two_factor), (&vec!["Acme".to_owned()], true));
    assert_eq!(
        (application.max_age_s, application.rules.to_stored().as_str()),
        (Some(43_200), "admin: fresh /admin/*")
    );
    assert_eq!(application.exclude_networks[0].to_string(), "192.0.2.0/24");
    assert_eq!(config.log.level, "warn");
}

#[test]
fn the_figures_cannot_have_the_address_of_the_portal() {
    let with = |listen: &str| read_with_file(&format!("[metrics]\nlisten = \"{listen}\""), &["serve"], &[]);
    let error = with("127.0.0.1:8080").unwrap_err();
    assert!(error.contains("metrics.listen") && error.contains("server.listen"), "{error}");
    with("127.0.0.1:9464").unwrap();
}

#[test]
fn a_fault_in_an_application_is_named_by_its_key() {
    let of = |more: &str| {
        let url = if more.contains("url =") { "" } else { "url = \"https://wiki.example.com\"\n" };
        let accounts = if more.contains("accounts =") { "" } else { "accounts = [\"Acme\"]\n" };
        error_of_file(&format!("[[application]]\nname = \"Wiki\"\n{url}{accounts}{more}\n"))
    };
    let two = |name: &str, url: &str| {
        let first = "[[application]]\nname = \"Wiki\"\nurl = \"https://wiki.example.com\"\naccounts = [\"Acme\"]\n";
        error_of_file(&format!("{first}[[application]]\nname = {name:?}\nurl = {url:?}\naccounts = [\"Acme\"]\n"))
    };
    for (error, key, reason) in [
        (of("url = \"http://wiki.example.com\""), "application[0].url", "https://"),
        (of("url = \"http://localhost:8080/x\""), "application[0].url", "the portal has this host name"),
        (of("accounts = []"), "application[0].accounts", "at least one"),
        (of("accounts = \"Acme\""), "application[0].accounts", "list of strings"),
        (of("rules = [\"a: public /\"]"), "application[0].rules", "members"),
        (of("two_factor = \"on\""), "application[0].two_factor", "true or false"),
        (of("max_age = \"1y\""), "application[0].max_age", "12h"),
        (of("exclude_networks = [\"office\"]"), "application[0].exclude_networks", "network"),
        (of("colour = 1"), "application[0]", "colour"),
        (two("Wiki", "https://board.example.com"), "application[1].name", "this name"),
        (two("Board", "https://WIKI.example.com:8443/x"), "application[1].url", "this host"),
        (error_of_file("[application]\nname = \"Wiki\""), "application", "[[application]]"),
        (error_of_file("[[application]]\nname = \"Wiki\""), "application[0]", "url"),
    ] {
        assert!(error.contains(key) && error.contains(reason) && error.contains("postern.toml"), "{key}: {error}");
    }
}

proptest::proptest! {
    #[test]
    fn any_file_is_read_or_refused(text in "(\\[[a-z]{1,9}\\]\n|[a-z_.]{1,20} = \\PC{0,30}\n){0,8}|\\PC{0,200}") {
        drop(read_with_file(&text, &["serve"], &[]));
    }

    #[test]
    fn no_refusal_repeats_a_value(at in proptest::prelude::any::<proptest::sample::Index>(), value in "hunter2\\PC{0,20}") {
        let keys = |(section, settings): (&String, &toml::Value)| {
            let section = section.clone();
            settings.as_table().unwrap().keys().map(move |key| format!("{section}.{key}")).collect::<Vec<_>>()
        };
        let names: Vec<String> = DEFAULTS.iter().flat_map(keys).collect();
        let pair = format!("{}={value}", at.get(&names));
        if let Err(error) = read(&["other", "--set", &pair], &[], Path::new("/nonexistent")) {
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
