//! What the program says about itself.

use postern_testkit::{Installation, program};

/// Every command, and what its help must name.
const COMMANDS: [(&[&str], &[&str]); 50] = [
    (
        &[],
        &[
            "serve",
            "account",
            "user",
            "--config",
            "--data-dir",
            "--database",
            "--json",
            "--version",
            "admin-link",
            "app",
            "client",
            "oidc",
            "backup",
            "restore",
            "keys",
            "audit",
            "import",
            "export",
            "doctor",
            "health",
            "init",
            "completions",
            "man",
        ],
    ),
    (&["backup"], &["<FILE>", "--with-key", "--data-dir", "--database", "--json"]),
    (&["restore"], &["<FILE>", "--with-key", "--keep-sessions", "--data-dir", "--database", "--json"]),
    (&["serve"], &["--config", "--listen", "--public-url", "--data-dir", "--database", "--set"]),
    (&["account"], &["add", "list", "passkeys", "require-2fa"]),
    (&["account", "list"], &["--data-dir", "--database", "--json"]),
    (&["user", "add-to"], &["<EMAIL>", "--account", "--admin", "--json"]),
    (&["account", "add"], &["<NAME>", "--config", "--data-dir", "--database", "--json"]),
    (&["account", "require-2fa"], &["<NAME>", "on", "off", "--data-dir", "--database", "--json"]),
    (
        &["account", "passkeys"],
        &["<NAME>", "not-allowed", "second-factor", "without-password", "--data-dir", "--database", "--json"],
    ),
    (&["user"], &["add", "list", "lock", "unlock", "reset-2fa", "set-up-code"]),
    (
        &["user", "add"],
        &["<EMAIL>", "--account", "--name", "--admin", "--active", "--password-stdin", "--data-dir", "--json"],
    ),
    (&["user", "list"], &["--data-dir", "--database", "--json"]),
    (&["user", "lock"], &["<EMAIL>", "--json"]),
    (&["user", "unlock"], &["<EMAIL>", "--json"]),
    (&["user", "reset-2fa"], &["<EMAIL>", "--json"]),
    (&["user", "set-up-code"], &["<EMAIL>", "--json"]),
    (&["admin-link"], &["<EMAIL>", "--public-url", "--data-dir", "--json"]),
    (&["app"], &["add", "change", "list", "remove", "check"]),
    (
        &["app", "add"],
        &[
            "<NAME>",
            "--url",
            "--account",
            "--rule",
            "--two-factor",
            "--max-age",
            "--exclude-network",
            "--icon",
            "fresh /admin/*",
            "--json",
        ],
    ),
    (
        &["app", "change"],
        &["<NAME>", "--url", "--account", "--rule", "--two-factor", "none", "--icon", "fresh /admin/*", "--json"],
    ),
    (&["app", "list"], &["--data-dir", "--database", "--json"]),
    (&["app", "remove"], &["<NAME>", "--data-dir", "--json"]),
    (&["app", "check"], &["<URL>", "--user", "--method", "--address", "--json"]),
    (&["client"], &["add", "change", "check", "list", "remove", "secret"]),
    (
        &["client", "add"],
        &[
            "<NAME>",
            "--app",
            "--redirect-uri",
            "--sign-out-uri",
            "--back-channel-uri",
            "--back-channel-http",
            "--public",
            "--pkce",
            "--consent",
            "--id-token-claims",
            "--es256",
            "--jwt",
            "--json",
        ],
    ),
    (&["client", "change"], &["<NAME>", "--name", "--app", "--redirect-uri", "--consent", "none", "--json"]),
    (&["client", "check"], &["<NAME>", "--url", "--data-dir", "--json"]),
    (&["client", "list"], &["--data-dir", "--database", "--json"]),
    (&["client", "remove"], &["<NAME>", "--data-dir", "--json"]),
    (&["client", "secret"], &["<NAME>", "--data-dir", "--json"]),
    (&["oidc", "keys"], &["list", "rotate"]),
    (&["oidc", "keys", "list"], &["--data-dir", "--database", "--json"]),
    (&["oidc", "keys", "rotate"], &["--data-dir", "--database", "--json"]),
    (&["keys"], &["list", "check", "rotate", "remove"]),
    (&["keys", "list"], &["--data-dir", "--database", "--json"]),
    (&["keys", "check"], &["--data-dir", "--database", "--json"]),
    (&["keys", "rotate"], &["--data-dir", "--database", "--json"]),
    (&["keys", "remove"], &["<ID>", "--data-dir", "--json"]),
    (&["audit"], &["verify", "anchor", "export"]),
    (&["audit", "verify"], &["--account", "--anchors", "--data-dir", "--database", "--json"]),
    (&["audit", "anchor"], &["--data-dir", "--database", "--json"]),
    (&["audit", "export"], &["--account", "--format", "jsonl", "csv", "--output", "--data-dir", "--json"]),
    (
        &["import"],
        &[
            "<FILE>",
            "--format",
            "--account",
            "--totp",
            "--domain",
            "--dry-run",
            "keycloak",
            "privacyidea",
            "password_hash",
            "--json",
        ],
    ),
    (&["export"], &["<FILE>", "--account", "--data-dir", "--database", "--json"]),
    (&["doctor"], &["--mail-to", "--data-dir", "--database", "--json"]),
    (&["health"], &["--config", "--set", "--json"]),
    (&["init"], &["--proxy", "caddy", "nginx", "traefik", "envoy", "none", "--config", "--public-url", "--database"]),
    (&["completions"], &["<SHELL>", "bash", "zsh", "fish"]),
    (&["man"], &["[COMMAND]...", "user add"]),
];

#[test]
fn every_command_explains_itself() {
    for (command, words) in COMMANDS {
        let output = program::command(&[command, &["--help"]].concat()).output().unwrap();
        assert!(output.status.success(), "{command:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        for word in words {
            assert!(text.contains(word), "{command:?} does not name {word}:\n{text}");
        }
        let (own, general) = text.split_once("General options:").unwrap();
        assert!(!own.contains("--config") && general.contains("--json"), "{command:?}:\n{text}");
    }
}

#[test]
fn a_wrong_use_is_told_with_exit_code_2() {
    for arguments in [
        &[][..],
        &["sevre"],
        &["serve", "--nope"],
        &["app", "change", "Wiki"],
        &["user", "add"],
        &["user", "add", "a@b"],
        &["account"],
    ] {
        let output = program::command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(program::output_text(&output).contains("Usage"), "{}", program::output_text(&output));
    }
}

#[test]
fn a_closed_standard_output_is_no_panic() {
    let portal = Installation::on_sqlite().with_ada();
    for arguments in [&["--help"][..], &["user", "list"], &["user", "list", "--json"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = portal.command(arguments).stdout(writer).output().unwrap();
        assert!(
            !program::output_text(&output).contains("panicked"),
            "{arguments:?}: {}",
            program::output_text(&output)
        );
    }
}
