//! Where the key ring comes from, and what changes the key file.

use std::os::unix::fs::PermissionsExt;

use super::*;

fn in_folder() -> (tempfile::TempDir, PathBuf, KeySource) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data/postern.key");
    (dir, path.clone(), KeySource::File(path))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

fn files_beside(path: &Path) -> usize {
    fs::read_dir(path.parent().unwrap()).unwrap().count()
}

fn command(script: &str) -> KeySource {
    KeySource::Command { program: "sh".to_owned(), arguments: vec!["-c".to_owned(), script.to_owned()] }
}

#[tokio::test]
async fn the_key_file_is_private_and_never_overwritten() {
    let (_dir, path, source) = in_folder();
    assert!(read(&source).await.unwrap().is_none());
    let ids = create(&path).unwrap().ids();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(create(&path).unwrap().ids(), ids);
    assert_eq!(read(&source).await.unwrap().unwrap().ids(), ids);
    assert_eq!(files_beside(&path), 1, "nothing is left beside it");
}

#[tokio::test]
async fn a_key_is_added_at_the_end_and_removed_again() {
    let (_dir, path, source) = in_folder();
    let first = create(&path).unwrap().ids();
    let both = add_key(&source).await.unwrap().ids();
    assert_eq!((both.len(), &both[0]), (2, &first[0]));
    assert_eq!(read(&source).await.unwrap().unwrap().ids(), both);
    assert_eq!((mode(&path), files_beside(&path)), (0o600, 1));
    assert_eq!(remove_key(&source, &first[0]).await.unwrap().ids(), both[1..]);
    assert!(remove_key(&source, &both[1]).await.is_err(), "the last key stays");
    assert_eq!(read(&source).await.unwrap().unwrap().ids(), both[1..]);
}

#[tokio::test]
async fn a_key_file_that_cannot_be_replaced_stays_as_it_is_and_the_error_names_it() {
    let (dir, ..) = in_folder();
    // As on a full or read-only disk, whoever runs the test: there is no room for the longer name of the new file.
    let path = dir.path().join(format!("{}.key", "k".repeat(240)));
    write(OpenOptions::new().create_new(true), &path, key_ring::new_line().as_bytes()).unwrap();
    let source = KeySource::File(path.clone());
    let before = fs::read(&path).unwrap();
    let error = format!("{:#}", add_key(&source).await.unwrap_err());
    assert!(error.contains(path.to_str().unwrap()) && error.contains("as before"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_key_file_that_others_can_read_is_refused_with_what_to_do() {
    let (_dir, path, source) = in_folder();
    create(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(read(&source).await.unwrap_err().to_string().contains("chmod 600"));
}

#[tokio::test]
async fn a_damaged_key_file_is_refused_and_its_text_is_not_shown() {
    let (_dir, path, source) = in_folder();
    create(&path).unwrap();
    fs::write(&path, b"postern-key-1 abc SECRETSECRET").unwrap();
    let error = format!("{:#}", read(&source).await.unwrap_err());
    assert!(error.contains("damaged") && !error.contains("SECRETSECRET"), "{error}");
}

#[tokio::test]
async fn the_output_of_a_command_is_a_key_ring() {
    let line = key_ring::new_line();
    let ring = read(&command(&format!("printf %s '{}'", line.trim()))).await.unwrap().unwrap();
    assert_eq!(ring.ids(), KeyRing::parse(&line).unwrap().ids());
}

#[tokio::test]
async fn a_command_that_fails_or_prints_something_else_is_refused_without_its_output() {
    for (script, reason) in [("echo SECRET; exit 3", "exit status: 3"), ("echo SECRET", "damaged")] {
        let error = format!("{:#}", read(&command(script)).await.unwrap_err());
        assert!(error.contains(reason) && !error.contains("SECRET"), "{error}");
    }
    let missing = KeySource::Command { program: "no-such-program".to_owned(), arguments: vec!["SECRET".to_owned()] };
    let error = format!("{:#}", read(&missing).await.unwrap_err());
    assert!(error.contains("no-such-program") && !error.contains("SECRET"), "{error}");
}

#[tokio::test]
async fn postern_says_what_to_do_with_keys_that_it_cannot_change() {
    let error = add_key(&KeySource::Environment("KEY_RING".to_owned())).await.unwrap_err().to_string();
    assert!(error.contains("KEY_RING") && error.contains("docs/operation.md"), "{error}");
    assert!(read(&KeySource::Environment("NO_SUCH_VARIABLE".to_owned())).await.unwrap().is_none());
}
