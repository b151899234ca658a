//! What the README and the example file show of a setting.

use super::*;
use crate::paths;

const SECTIONS: &str = "\
/// The settings.
pub struct Config {
    /// A section.
    pub sessions: Sessions,
}

/// How long.
#[derive(Clone)]
pub struct Sessions {
    /// Seconds, 60 to
    /// 86400.
    ///
    /// For example 600.
    #[serde(deserialize_with = \"number\")]
    pub idle_s: i64,
    /// Address.
    pub url: Url,
}
";

fn read() -> Vec<Setting> {
    let defaults = defaults("# A comment.\n[sessions]\nidle_s = 3600\nurl = \"http://localhost:{port}\"\n");
    settings(
        SECTIONS,
        &defaults,
        &earlier_names("const EARLIER: X = [\n    (\"session_idle\", \"sessions.idle_s\"),\n];"),
    )
}

#[test]
fn the_table_has_the_first_paragraph_and_every_name() {
    let rows = "| `sessions.idle_s` | `POSTERN_SESSIONS__IDLE_S` | `session_idle` | `3600` | Seconds, 60 to 86400. |\n\
                | `sessions.url` | `POSTERN_SESSIONS__URL` |  | `http://localhost:{port}` | Address. |";
    assert!(table(&read()).ends_with(rows), "{}", table(&read()));
}

#[test]
fn the_example_has_the_whole_comment() {
    let text = "\n[sessions]\n## Seconds, 60 to\n## 86400.\n## For example 600.\n#idle_s = 3600\n\
                \n## Address.\n#url = \"http://localhost:8080\"\n";
    assert_eq!(example(&read()), format!("{HEAD}{text}{TAIL}"));
}

#[test]
fn the_readmes_table_has_a_row_for_every_setting() {
    let file = |name: &str| fs::read_to_string(paths::root().join(CONFIG).join(name)).unwrap();
    let defaults = defaults(&file("defaults.toml"));
    let table = table(&settings(&file("sections.rs"), &defaults, &earlier_names(&file("names.rs"))));
    assert_eq!(table.lines().count(), defaults.len() + 2);
    let row = "| `totp.window` | `POSTERN_TOTP__WINDOW` | `totp_window` | `1` | One-time codes accepted";
    assert!(table.contains(row), "{table}");
}

#[test]
fn the_table_between_the_markers_is_replaced() {
    let text = format!("a\n{BEGIN}\nold\n{END}\nb\n");
    let new = format!("a\n{BEGIN}\n| new |\n{END}\nb\n");
    assert_eq!(with_table(&text, "| new |\n"), Some(new.clone()));
    assert_eq!(with_table(&new, "| new |\n"), Some(new));
}

#[test]
fn a_marker_without_its_end_is_an_error() {
    assert_eq!(with_table(BEGIN, "| new |"), None);
}
