//! `postern init`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use postern_testkit::program::{command, output_text, with_input};
use postern_testkit::{Installation, program};
use serde_json::{Value, json};
use tempfile::TempDir;

/// `postern init` in a directory, with the answers as its standard input.
fn init(folder: &Path, flags: &[&str], answers: &str) -> Output {
    let mut command = command(&[&["init"], flags].concat());
    with_input(command.current_dir(folder), answers)
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

/// The lines of a settings file that set something.
fn set(file: &str) -> Vec<&str> {
    file.lines().filter(|line| line.contains(" = ") && !line.starts_with('#')).collect()
}

#[test]
fn three_answers_make_a_commented_settings_file_and_an_example_for_exactly_this_address() {
    let folder = folder();
    let output = init(folder.path(), &[], "https://login.acme.org\nnginx\npostgres://ada:hunter2@db.acme.org/portal\n");
    let printed = output_text(&output);
    assert!(output.status.success(), "{printed}");
    assert_eq!(printed.matches('?').count(), 3, "three questions: {printed}");
    assert!(printed.contains("postern serve") && printed.contains("postern doctor") && !printed.contains("hunter2"));
    let file = read(folder.path(), "postern.toml");
    let expected = [
        r#"public_url = "https://login.acme.org""#,
        r#"trusted_proxies = ["127.0.0.1"]"#,
        r#"url = "postgres://ada:hunter2@db.acme.org/portal""#,
    ];
    assert_eq!(set(&file), expected);
    assert!(file.contains("## Address at which browsers reach the portal") && file.contains("\n#idle_s = 3600\n"));
    let example = read(folder.path(), "nginx.conf");
    assert!(example.contains("server_name login.acme.org;") && !example.contains("login.example.com"), "{example}");
}

#[tokio::test(flavor = "multi_thread")]
async fn enter_takes_the_defaults_and_the_portal_starts_with_them() {
    let folder = folder();
    let output = init(folder.path(), &[], "\n\n\n");
    assert!(output.status.success(), "{}", output_text(&output));
    let file = folder.path().join("postern.toml");
    assert_eq!(set(&read(folder.path(), "postern.toml")), [""; 0]);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "a password may be in it");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no proxy on localhost");
    let portal = Installation::on_sqlite();
    let mut serve = command(&["serve"]);
    serve.current_dir(folder.path());
    portal.launch(serve, &[]).wait_until_ready().await;
    assert!(folder.path().join("postern-data/postern.key").is_file());
}

#[test]
fn every_proxy_has_an_example_with_the_portals_host_and_port() {
    for (proxy, names) in [
        ("caddy", &["Caddyfile"][..]),
        ("nginx", &["nginx.conf"]),
        ("traefik", &["traefik.yml", "traefik-hosts.yml"]),
        ("envoy", &["envoy.yaml"]),
    ] {
        let folder = folder();
        let flags =
            ["--proxy", proxy, "--public-url", "https://login.acme.org", "--set", "server.listen=127.0.0.1:9000"];
        let output = init(folder.path(), &flags, "");
        assert!(output.status.success(), "{}", output_text(&output));
        let examples: String = names.iter().map(|name| read(folder.path(), name)).collect();
        assert!(examples.contains("login.acme.org") && examples.contains("9000"), "{proxy}: {examples}");
        assert!(!examples.contains("login.example.com") && !examples.contains("8080"), "{proxy}: {examples}");
    }
}

#[test]
fn a_refused_answer_is_asked_again_with_what_is_allowed() {
    let folder = folder();
    let answers = "http://login.acme.org\nhttps://login.acme.org\napache\ncaddy\nmysql://db\nsqlite\n";
    let output = init(folder.path(), &[], answers);
    let printed = output_text(&output);
    assert!(output.status.success(), "{printed}");
    for allowed in ["Put a TLS proxy", "must be one of caddy, nginx", "must begin with sqlite: or postgres://"] {
        assert!(printed.contains(allowed), "{allowed}: {printed}");
    }
    assert!(read(folder.path(), "postern.toml").contains(r#"public_url = "https://login.acme.org""#));
}

#[test]
fn flags_answer_without_a_terminal_and_the_result_is_json() {
    let folder = folder();
    let flags = ["--config=login.toml", "--public-url=http://localhost:9000", "--proxy=none", "--json"];
    let database = ["--database=postgres://ada:hunter2@db.acme.org/portal", "--set=brand.product_name=Acme \"1\""];
    let output = init(folder.path(), &[&flags[..], &database].concat(), "");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", output_text(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = json!({
        "files": ["login.toml"],
        "public_url": "http://localhost:9000",
        "proxy": "none",
        "database": "postgres://db.acme.org:5432/portal",
    });
    assert_eq!(answer, expected);
    let file = read(folder.path(), "login.toml");
    assert!(file.contains("hunter2") && file.contains("\nproduct_name = ") && file.contains("Acme"), "{file}");
}

#[test]
fn nothing_is_written_over_a_file_that_is_there_or_after_a_refusal() {
    let refused = |folder: &Path, flags: &[&str]| {
        let mut init: Command = command(&[&["init"], flags].concat());
        program::refusal(init.current_dir(folder))
    };
    let https = ["--public-url", "https://login.acme.org"];
    for name in ["postern.toml", "Caddyfile"] {
        let folder = folder();
        fs::write(folder.path().join(name), "mine").unwrap();
        assert!(refused(folder.path(), &https).contains(&format!("{name} exists already")));
        assert_eq!(read(folder.path(), name), "mine");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing beside {name}");
    }
    for (flags, allowed) in [
        (&["--public-url", "http://acme.org"][..], "Put a TLS proxy"),
        (&["--public-url", "https://login.acme.org:8443", "--proxy", "caddy"], "https on port 443"),
        (&["--public-url", "https://192.0.2.7", "--proxy", "caddy"], "a host name"),
        (&["--set", "sessions.idle_s=1"], "must be a whole number from 60"),
        (&["--set", "sessions.idle=600"], "there is no such setting"),
    ] {
        let folder = folder();
        assert!(refused(folder.path(), flags).contains(allowed), "{flags:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{flags:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_says_whether_the_server_can_serve_and_does_so_by_its_exit_code() {
    let portal = Installation::on_sqlite();
    let server = portal.start().await;
    for host in ["127.0.0.1", "0.0.0.0"] {
        let listen = format!("server.listen={host}:{}", server.port);
        assert!(portal.run(&["health", "--set", &listen]).contains("is ready"));
    }
    let listen = format!("server.listen=127.0.0.1:{}", server.port);
    drop(server);
    assert!(portal.refused(&["health", "--set", &listen]).contains("no server answers at 127.0.0.1"));
}
