//! Starts that must not happen: with the reason, what to do, exit code 1, and nothing changed.

use std::fs;
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use postern::config::DatabaseUrl;
use postern_testkit::{Installation, postgres_server, program};

/// The refusal says all of this.
#[track_caller]
fn expect_words(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is missing: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_is_refused_and_nothing_is_changed() {
    for portal in Installation::on_both().await {
        drop(portal.start().await);
        let newer = match &portal.database.url {
            DatabaseUrl::Sqlite(_) => {
                "insert into _sqlx_migrations values (9999, 'later', '2030-01-01', true, x'00', 1)"
            }
            DatabaseUrl::Postgres(_) => {
                "insert into _sqlx_migrations values (9999, 'later', '2030-01-01', true, '\\x00', 1)"
            }
        };
        portal.database.execute(newer).await;
        let rows = async || {
            let migrations = portal.database.count("select count(*) from _sqlx_migrations").await;
            (migrations, portal.database.texts("select value from meta").await, fs::read(portal.key_file()).unwrap())
        };
        let before = rows().await;
        for arguments in [&["serve"][..], &["user", "list"], &["account", "add", "New"]] {
            expect_words(&portal.refused(arguments), &["9999", "newer Postern", "nothing was changed"]);
        }
        assert_eq!(rows().await, before);
        assert_eq!(portal.database.count("select count(*) from accounts").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_that_others_can_read_is_refused_with_the_command_that_mends_it() {
    let portal = Installation::on_sqlite();
    drop(portal.start().await);
    let key = fs::read(portal.key_file()).unwrap();
    for mode in [0o640, 0o604, 0o660, 0o644] {
        fs::set_permissions(portal.key_file(), fs::Permissions::from_mode(mode)).unwrap();
        let command = format!("chmod 600 {}", portal.key_file().display());
        expect_words(&portal.refused(&["serve"]), &[&command]);
        assert_eq!(fs::metadata(portal.key_file()).unwrap().permissions().mode() & 0o777, mode);
    }
    assert_eq!(fs::read(portal.key_file()).unwrap(), key);
    fs::set_permissions(portal.key_file(), fs::Permissions::from_mode(0o400)).unwrap();
    drop(portal.start().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_wrong_or_damaged_key_stops_the_start() {
    for portal in Installation::on_both().await {
        drop(portal.start().await);
        let (key, other) = (fs::read(portal.key_file()).unwrap(), Installation::on_sqlite());
        drop(other.start().await);
        let file = portal.key_file().display().to_string();

        fs::remove_file(portal.key_file()).unwrap();
        expect_words(&portal.refused(&["serve"]), &["missing", &file, "Put back your copy of the key ring"]);
        assert!(!portal.key_file().exists(), "no new key is made for old secrets");

        fs::copy(other.key_file(), portal.key_file()).unwrap();
        expect_words(&portal.refused(&["serve"]), &[&file, "nothing was changed"]);
        assert_eq!(fs::read(portal.key_file()).unwrap(), fs::read(other.key_file()).unwrap());

        for damaged in
            [&b""[..], b"postern-key-1", &key[..key.len() / 2], b"\xff\xfe", &[key.as_slice(), b"x"].concat()]
        {
            fs::write(portal.key_file(), damaged).unwrap();
            let text = portal.refused(&["serve"]);
            expect_words(&text, &[&file]);
            assert_eq!(fs::read(portal.key_file()).unwrap(), damaged);
        }
        fs::write(portal.key_file(), &key).unwrap();
        drop(portal.start().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_the_same_id_but_with_other_bytes_is_refused() {
    let portal = Installation::on_sqlite();
    drop(portal.start().await);
    let text = fs::read_to_string(portal.key_file()).unwrap();
    let key = text.split_whitespace().nth(2).unwrap();
    let other = if key.starts_with('A') { key.replacen('A', "B", 1) } else { format!("A{}", &key[1..]) };
    fs::write(portal.key_file(), text.replace(key, &other)).unwrap();
    let refusal = portal.refused(&["serve"]);
    assert!(!refusal.contains(&other[1..]), "the key is in the message: {refusal}");
}

#[test]
fn what_is_no_data_directory_or_database_is_refused_by_name() {
    let portal = Installation::on_sqlite();
    fs::write(portal.data_dir(), "a file").unwrap();
    expect_words(&portal.refused(&["serve"]), &["data", portal.data_dir().to_str().unwrap()]);
    assert_eq!(fs::read(portal.data_dir()).unwrap(), b"a file");

    let portal = Installation::on_sqlite();
    fs::create_dir(portal.data_dir()).unwrap();
    let DatabaseUrl::Sqlite(file) = &portal.database.url else { unreachable!() };
    fs::write(file, "no database at all, but long enough to be read as its head".repeat(20)).unwrap();
    expect_words(&portal.refused(&["serve"]), &[file.to_str().unwrap()]);

    let portal = Installation::on_sqlite();
    fs::create_dir_all(portal.key_file()).unwrap();
    expect_words(&portal.refused(&["serve"]), &[portal.key_file().to_str().unwrap(), "is a directory"]);
}

#[test]
fn why_a_database_cannot_be_reached_is_said() {
    let portal = Installation::on_sqlite();
    let url = "postgres://ada@127.0.0.1:9/none";
    for command in [&["serve", "--database", url][..], &["user", "list", "--database", url]] {
        expect_words(&portal.refused(command), &["Connection refused"]);
    }
}

#[test]
fn a_data_directory_that_cannot_be_read_is_not_called_absent() {
    let portal = Installation::on_sqlite();
    fs::write(portal.data_dir(), "a file").unwrap();
    for command in [&["user", "list"][..], &["keys", "list"], &["backup", "x"]] {
        let text = portal.refused(command);
        expect_words(&text, &["cannot read", portal.data_dir().to_str().unwrap()]);
        assert!(!text.contains("postern serve"), "{text}");
    }
}

#[test]
fn an_address_in_use_is_refused_with_the_way_out() {
    let portal = Installation::on_sqlite();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    expect_words(&portal.refused(&["serve", "--listen", &address]), &[&address, "--listen"]);
}

#[test]
fn an_unknown_or_impossible_setting_is_named_with_its_source() {
    let portal = Installation::on_sqlite();
    let file = portal.beside("settings.toml");
    let file = file.to_str().unwrap();
    for (text, words) in [
        ("listn = '127.0.0.1:1'", ["listn", file]),
        ("listen = 'nowhere'", ["listen", file]),
        ("[listen]\nport = 1", ["listen", file]),
        ("session_idle = -5", ["session_idle", file]),
        ("totp_window = 7", ["totp_window", file]),
        ("issuer = 'a:b'", ["issuer", file]),
        ("trusted_proxies = ['10.0.0.0/99']", ["trusted_proxies", file]),
        ("this is no toml", ["TOML", file]),
    ] {
        fs::write(file, text).unwrap();
        expect_words(&portal.refused(&["serve", "--config", file]), &words);
    }
    expect_words(&portal.refused(&["serve", "--config", "missing.toml"]), &["missing.toml"]);
    for (variable, value) in [
        ("POSTERN_LISTN", "127.0.0.1:1"),
        ("POSTERN_LISTEN", "127.0.0.1"),
        ("POSTERN_PUBLIC_URL", "http://login.example"),
        ("POSTERN_LOG_FORMAT", "xml"),
        ("POSTERN_LOG_LEVEL", "=loud="),
        ("POSTERN_HASH_CONCURRENCY", "0"),
        ("POSTERN_PASSWORD_HASH_MEMORY_KIB", "1024"),
        ("POSTERN_DATABASE", "mysql://x"),
    ] {
        let text = program::refusal(portal.command(&["serve"]).env(variable, value));
        assert!(text.to_lowercase().contains(&variable.to_lowercase()[8..]), "{variable}: {text}");
    }
    for flag in ["--set=listn=1", "--set=totp_window=9", "--set=novalue", "--listen=x"] {
        portal.refused(&["serve", flag]);
    }
    assert!(!portal.data_dir().exists(), "nothing was made");
}

#[test]
fn a_setting_that_is_no_text_is_refused_and_not_passed_over() {
    let portal = Installation::on_sqlite();
    let odd = std::ffi::OsStr::from_bytes(b"sqlite:/tmp/\xff.sqlite");
    expect_words(
        &program::refusal(portal.command(&["user", "list"]).env("POSTERN_DATABASE", odd)),
        &["POSTERN_DATABASE"],
    );
}

#[test]
fn the_password_of_a_database_is_in_no_message() {
    let portal = Installation::on_sqlite();
    let server = postgres_server().split('@').nth(1).unwrap().to_owned();
    for url in [
        "postgres://ada:hunter2secret@127.0.0.1:9/none".to_owned(),
        "postgres://ada:hunter2secret@127.0.0.1:notaport/none".to_owned(),
        "postgres://ada:hunter2secret@%zz/none".to_owned(),
        "mysql://ada:hunter2secret@localhost/none".to_owned(),
        "postgres://ada@127.0.0.1:9/none?password=hunter2secret".to_owned(),
        "postgres://ada@127.0.0.1:9/none?sslpassword=hunter2secret".to_owned(),
        format!("postgres://nobody_of_this_name:hunter2secret@{server}"),
    ] {
        for level in ["info", "trace"] {
            let text = program::refusal(portal.command(&["serve", "--database", &url]).env("POSTERN_LOG_LEVEL", level));
            assert!(!text.contains("hunter2"), "{url}: {text}");
        }
        let text = portal.refused(&["user", "list", "--database", &url]);
        assert!(!text.contains("hunter2"), "{url}: {text}");
    }
}
