//! Starts that work: the first one, two at once, one that finds everything there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use postern::config::DatabaseUrl;
use postern_testkit::{ADA, Installation, program};

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_start_at_once_on_an_empty_database_both_come_up() {
    for portal in Installation::on_both().await {
        let mut servers: Vec<_> = (0..3).map(|_| portal.launch(portal.command(&["serve"]), &[])).collect();
        for server in &mut servers {
            server.wait_until_ready().await;
        }
        portal.add_account();
        portal.add_user(ADA);
        let (browser, _) = servers[0].set_up(ADA).await;
        for server in &servers {
            assert_eq!(browser.moved_to(server).flow().await.step(), "signed_in", "one key, one schema");
        }
        assert_eq!(portal.database.count("select count(*) from meta where name = 'key_check'").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_start_makes_a_private_key_file_and_later_ones_leave_it_alone() {
    let portal = Installation::on_sqlite();
    drop(portal.start().await);
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(portal.key_file()), 0o600);
    assert_eq!(mode(portal.data_dir()), 0o700);
    for file in fs::read_dir(portal.data_dir()).unwrap().map(|entry| entry.unwrap().path()) {
        assert_eq!(mode(file.clone()), 0o600, "{}", file.display());
    }
    let (key, made) = (fs::read(portal.key_file()).unwrap(), fs::metadata(portal.key_file()).unwrap().modified());
    drop(portal.start().await);
    assert_eq!(fs::read(portal.key_file()).unwrap(), key);
    assert_eq!(fs::metadata(portal.key_file()).unwrap().modified().unwrap(), made.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_that_was_put_there_before_the_first_start_is_used() {
    let (first, second) = (Installation::on_sqlite(), Installation::on_sqlite());
    drop(first.start().await);
    fs::create_dir(second.data_dir()).unwrap();
    fs::copy(first.key_file(), second.key_file()).unwrap();
    drop(second.start().await);
    assert_eq!(fs::read(first.key_file()).unwrap(), fs::read(second.key_file()).unwrap());
}

/// The variable with which another command finds a PostgreSQL database.
fn database_variable(url: &DatabaseUrl) -> Option<(&'static str, &str)> {
    match url {
        DatabaseUrl::Postgres(url) => Some(("POSTERN_DATABASE__URL", url)),
        DatabaseUrl::Sqlite(_) => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r34_the_start_on_an_empty_database_names_commands_that_work() {
    for portal in Installation::on_both().await {
        let server = portal.start().await;
        let log = server.log();
        let commands: Vec<&str> = log.lines().map(str::trim).filter_map(|line| line.strip_prefix("postern ")).collect();
        assert!(commands.len() >= 2, "the first account and its user:\n{log}");
        for command in &commands {
            let mut arguments =
                vec!["-c".to_owned(), format!("postern() {{ \"$PROGRAM\" \"$@\"; }}; postern {command}")];
            let output = std::process::Command::new("sh")
                .args(arguments.drain(..))
                .env_clear()
                .env("PROGRAM", program::path())
                .envs(database_variable(&portal.database.url))
                .current_dir(portal.beside(""))
                .output()
                .unwrap();
            assert!(output.status.success(), "postern {command}: {}", program::output_text(&output));
        }
        let user = portal.database.texts("select u.email from users u join memberships m on m.user_id = u.id").await;
        assert_eq!(user.len(), 1, "in the database that the server uses");
        drop(server);
        assert!(!portal.start().await.log().contains("postern account add"), "no longer empty");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_come_from_flag_then_environment_then_file_then_default() {
    let portal = Installation::on_sqlite();
    let file = portal.beside("postern.toml");
    fs::write(&file, "product_name = 'From the file'\nissuer = 'File'\nsession_idle = 600\n").unwrap();
    let arguments = ["serve", "--config", file.to_str().unwrap(), "--set", "issuer=Flag"];
    let variables = [("POSTERN_ISSUER", "Environment"), ("POSTERN_PRODUCT_NAME", "From the environment")];
    let mut server = portal.launch(portal.command(&arguments), &variables);
    server.wait_until_ready().await;
    portal.add_account();
    portal.add_user(ADA);
    let answer = server.browser().sign_in(ADA).await.expect(200).json();
    assert_eq!(answer["issuer"], "Flag");
    let page = server.browser().page("/").await.text();
    assert!(!page.contains("From the file"), "{page}");
    server.signal("TERM");
    assert!(server.wait(Duration::from_secs(15)).success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_and_the_doctor_say_where_passkeys_do_not_work_and_what_they_depend_on() {
    for (url, said, warned) in [
        ("https://192.0.2.7", "its host is an IP address: passwords and one-time codes work", true),
        ("https://portal", "its host has no dot", true),
        ("https://login.example.com", "they belong to the host login.example.com (passkeys: 0)", false),
    ] {
        let portal = Installation::on_sqlite();
        let mut server = portal.launch(portal.command(&["serve", "--public-url", url]), &[]);
        server.wait_until_ready().await;
        assert_eq!(server.log().contains("passkeys"), warned, "{}", server.log());
        assert!(!warned || server.log().contains(said), "{}", server.log());
        let found = portal.run(&["doctor", "--public-url", url]);
        assert!(found.contains("ok      passkeys") && found.contains(said), "{found}");
    }
}
