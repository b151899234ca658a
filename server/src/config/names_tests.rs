//! Settings in sections, and their earlier names.

use std::path::Path;

use super::names::EARLIER_NAMES;
use super::tests::{error_of_file, error_of_variable, read, read_with_file, texts};

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
    assert!(error.ends_with("postern.toml, line 2: this key occurs twice"), "{error}");
}

#[test]
fn a_wrong_type_in_a_section_is_named_by_its_path() {
    let error = error_of_file("[sessions]\nidle_s = true");
    assert!(
        error.starts_with("sessions.idle_s (") && error.contains("postern.toml): must be a quoted string or"),
        "{error}"
    );
    assert!(error_of_file("[server]\ntrusted_proxies = [1]").contains("must be a list of strings"));
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
    assert!(error_of_file("[logs]").contains("[history] days; [keys] source; [log] format, level; [mail] from, url"));
}
