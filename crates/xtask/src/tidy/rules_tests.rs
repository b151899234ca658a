//! Each rule is broken once, and kept once.

use super::*;

/// The messages for a file of this text, without their reasons.
fn messages(path: &str, text: &str) -> Vec<String> {
    let source = Source { path: path.into(), text: text.into() };
    check(&source).iter().map(|finding| finding.message.split(':').next().unwrap_or_default().to_owned()).collect()
}

#[track_caller]
fn breaks(path: &str, text: &str) {
    assert_eq!(messages(path, text).len(), 1, "{path} should break one rule with {text:?}");
}

#[track_caller]
fn keeps(path: &str, text: &str) {
    assert_eq!(messages(path, text), Vec::<String>::new(), "{path} with {text:?}");
}

#[test]
fn types_have_no_clock() {
    breaks("crates/postern-types/src/step.rs", "use tokio::time;");
    breaks("crates/postern-types/src/step.rs", "let now = SystemTime::UNIX_EPOCH;");
    keeps("crates/postern-types/src/step.rs", "//! No tokio here.");
}

#[test]
fn sql_lives_in_the_store() {
    breaks("server/src/flow.rs", "use sqlx::query;");
    breaks("server/src/flow.rs", "let row = sqlx::query_as(sql);");
    keeps("server/src/ids.rs", "#[derive(sqlx::Type)]");
    breaks("server/src/store/users.rs", "async fn find(db: &Db, user_id: &str) {}");
    breaks("server/src/flow.rs", "macro_rules! on {}");
    keeps("server/src/store/users.rs", "use sqlx::query;");
    keeps("server/src/store.rs", "use sqlx::query;");
    keeps("server/tests/api/main.rs", "use sqlx::query;");
}

#[test]
fn one_client() {
    breaks("frontend/src/app.rs", "use gloo_net::http::Request;");
    keeps("frontend/src/api.rs", "use gloo_net::http::Request;");
}

#[test]
fn one_clock() {
    breaks("server/src/flow.rs", "let now = Instant::now();");
    keeps("server/src/clock.rs", "let now = SystemTime::now();");
    keeps("server/src/flow.rs", "#[cfg(test)]\nmod tests { let now = Instant::now(); }");
}

#[test]
fn few_places_draw_randomness() {
    breaks("server/src/flow.rs", "getrandom::fill(&mut bytes);");
    keeps("server/src/auth/token.rs", "getrandom::fill(&mut bytes);");
}

#[test]
fn http_ends_at_the_routes() {
    breaks("server/src/store/users.rs", "use axum::Json;");
    breaks("server/src/flow.rs", "use axum::Json;");
    keeps("server/src/routes/sign_in.rs", "use axum::Json;");
}

#[test]
fn the_browser_app_keeps_nothing() {
    breaks("frontend/src/app.rs", "window().local_storage()");
    breaks("frontend/index.html", "<script>sessionStorage.x = 1</script>");
}

#[test]
fn nothing_is_left_unfinished() {
    breaks("README.md", "TODO");
    breaks("server/src/flow.rs", "todo!()");
    keeps("README.md", "a todo list");
}

#[test]
fn every_test_runs() {
    breaks("server/tests/api/main.rs", "#[ignore = \"slow\"]");
    breaks("e2e/log-in.spec.ts", "test.skip('later', () => {})");
    breaks("e2e/log-in.spec.ts", "test.only('now', () => {})");
    keeps("server/src/flow.rs", "items.into_iter().skip(2)");
}

#[test]
fn no_paths_of_one_machine() {
    breaks("README.md", "see /home/ada/postern");
    keeps("README.md", "see /var/lib/postern");
}

#[test]
fn the_lock_file_has_no_addresses() {
    breaks("e2e/package-lock.json", "\"resolved\": \"https://mirror.example/a.tgz\"");
}

#[test]
fn files_are_short() {
    breaks("server/src/flow.rs", &"\n".repeat(301));
    keeps("server/src/flow.rs", &"\n".repeat(300));
    keeps("server/tests/api/main.rs", &"\n".repeat(400));
    breaks("server/tests/api/main.rs", &"\n".repeat(401));
    keeps("README.md", &"\n".repeat(1000));
}

#[test]
fn secrets_do_not_print() {
    breaks("a.rs", "#[derive(Debug, Zeroize, ZeroizeOnDrop)]\n#[serde(transparent)]\npub struct Password(String);");
    breaks("a.rs", "#[derive(\n    Debug,\n    ZeroizeOnDrop,\n)]\nstruct Password(String);");
    breaks("a.rs", "#[derive(ZeroizeOnDrop)]\nstruct Key(u8);\nimpl fmt::Display for Key {");
    breaks("a.rs", "#[derive(ZeroizeOnDrop)]\nstruct Key(u8);\nimpl sqlx::Type<Sqlite> for Key {");
    keeps("a.rs", "#[derive(Clone, ZeroizeOnDrop)]\nstruct Key(u8);\nimpl fmt::Debug for Key {");
    keeps("a.rs", "#[derive(ZeroizeOnDrop)]\nstruct Key(u8);\n#[derive(Debug)]\nstruct Open(u8);");
}
