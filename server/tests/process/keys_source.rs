//! Where the key ring comes from.

use std::fs;
use std::time::Duration;

use postern::auth::token::random_id;
use postern_testkit::sealed::{key_ids, seal};
use postern_testkit::{ADA, Installation, program};

/// A key ring that no portal has used.
fn ring() -> (Installation, String) {
    let other = Installation::on_sqlite();
    other.create();
    let text = fs::read_to_string(other.key_file()).unwrap();
    (other, text)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_ring_can_come_from_the_environment_a_credential_or_a_command() {
    let (other, text) = ring();
    let credentials = other.beside("credentials");
    fs::create_dir(&credentials).unwrap();
    fs::write(credentials.join("postern.key"), &text).unwrap();
    // The words of a command are separated by spaces, and the path has some.
    let linked = std::env::temp_dir().join(format!("postern-key-{}", random_id()));
    fs::write(&linked, &text).unwrap();
    let command = format!("command:cat {}", linked.display());
    for (source, variables) in [
        ("environment:KEY_RING", vec![("KEY_RING", text.as_str())]),
        ("credential:postern.key", vec![("CREDENTIALS_DIRECTORY", credentials.to_str().unwrap())]),
        (command.as_str(), vec![]),
    ] {
        let portal = Installation::on_sqlite();
        let variables = [vec![("POSTERN_KEYS__SOURCE", source)], variables].concat();
        drop(portal.start_with(&variables).await);
        assert!(!portal.key_file().exists(), "{source}");
        let check = portal.database.texts("select value from meta where name = 'key_check'").await.remove(0);
        assert!(check.starts_with(&format!("v1.{}.", key_ids(&other.key_file())[0])), "{source}");
        let refused = program::refusal(portal.command(&["keys", "rotate"]).envs(variables.iter().copied()));
        assert!(refused.contains("Postern cannot change") && refused.contains("docs/operation.md"), "{refused}");
        assert!(!refused.contains(text.split_whitespace().nth(2).unwrap()), "{refused}");
    }
    fs::remove_file(linked).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_ring_from_elsewhere_is_rotated_by_adding_a_line_to_it() {
    let (first, old_line) = ring();
    let (second, new_line) = ring();
    let both = format!("{old_line}{new_line}");
    let portal = Installation::on_sqlite();
    let with =
        |text: &str| [("POSTERN_KEYS__SOURCE", "environment:KEY_RING".to_owned()), ("KEY_RING", text.to_owned())];
    let mut server =
        portal.start_with(&[("POSTERN_KEYS__SOURCE", "environment:KEY_RING"), ("KEY_RING", &old_line)]).await;
    server.signal("TERM");
    assert!(server.wait(Duration::from_secs(15)).success());
    let id = "x";
    let insert = "insert into users (id, email, name, password_hash, created_at) values ($1, $2, '', '', 1)";
    portal.database.execute_with(insert, &[id, ADA]).await;
    let sealed = seal(&first.key_file(), b"12345678901234567890", "totp:x");
    let insert = "insert into previous_totp_factors (user_id, secret_sealed, removed_at) values ($1, $2, 1)";
    portal.database.execute_with(insert, &[id, &sealed]).await;
    let output = portal.command(&["keys", "rotate"]).envs(with(&both)).output().unwrap();
    assert!(output.status.success(), "{}", program::output_text(&output));
    let found = portal.database.sealed_values(&second.key_file()).await;
    assert_eq!(found.len(), 3, "the secret, the key check and the state of the audit log: {found:?}");
    let refused = program::refusal(portal.command(&["keys", "list"]).envs(with(&old_line)));
    assert!(refused.contains("the database is used with key"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_key_ring_is_refused_and_none_is_made() {
    for source in ["environment:KEY_RING", "command:false", "command:no-such-program"] {
        let portal = Installation::on_sqlite();
        let refused = program::refusal(portal.command(&["serve"]).env("POSTERN_KEYS__SOURCE", source));
        assert!(
            refused.contains("KEY_RING") || refused.contains("false") || refused.contains("no-such-program"),
            "{refused}"
        );
        assert!(!portal.key_file().exists());
    }
}
