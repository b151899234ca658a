//! The names of the settings: a path such as `sessions.idle_s`, or the earlier name from before there were sections.

use std::sync::LazyLock;

use anyhow::bail;
use toml::{Table, Value};

/// Every setting with its default.
#[expect(clippy::expect_used, reason = "a test holds that the defaults are valid")]
pub(super) static DEFAULTS: LazyLock<Table> =
    LazyLock::new(|| include_str!("defaults.toml").parse().expect("the defaults are TOML"));

/// The names from before there were sections. They stay valid.
pub(super) const EARLIER_NAMES: [(&str, &str); 18] = [
    ("listen", "server.listen"),
    ("public_url", "server.public_url"),
    ("trusted_proxies", "server.trusted_proxies"),
    ("data_dir", "server.data_dir"),
    ("database", "database.url"),
    ("product_name", "brand.product_name"),
    ("smtp_url", "mail.url"),
    ("mail_from", "mail.from"),
    ("issuer", "totp.issuer"),
    ("totp_window", "totp.window"),
    ("session_idle", "sessions.idle_s"),
    ("session_absolute", "sessions.absolute_s"),
    ("history_days", "history.days"),
    ("password_hash_memory_kib", "passwords.hash_memory_kib"),
    ("password_hash_iterations", "passwords.hash_iterations"),
    ("hash_concurrency", "passwords.hash_concurrency"),
    ("log_format", "log.format"),
    ("log_level", "log.level"),
];

/// The path of a setting, given its path or its earlier name.
pub(super) fn path_of(name: &str) -> anyhow::Result<&str> {
    if let Some((_, path)) = EARLIER_NAMES.iter().find(|(earlier, _)| *earlier == name) {
        return Ok(path);
    }
    let (section, key) = name.split_once('.').unwrap_or((name, ""));
    let is_known = DEFAULTS.get(section).is_some_and(|settings| settings.get(key).is_some());
    if let Some(meant) = paths().find(|path| !is_known && path.replace('.', "_") == name.replace('.', "_")) {
        let variable = meant.to_ascii_uppercase().replace('.', "__");
        bail!("there is no such setting; did you mean {meant} (in the environment, POSTERN_{variable})?");
    }
    match DEFAULTS.get(section).and_then(Value::as_table) {
        Some(settings) if settings.contains_key(key) => Ok(name),
        Some(settings) => bail!("there is no such setting; the settings are {}", listed(section, settings)),
        None => {
            let sections = DEFAULTS.iter().filter_map(|(section, value)| Some(listed(section, value.as_table()?)));
            bail!("there is no such setting; the settings are {}", sections.collect::<Vec<_>>().join("; "))
        }
    }
}

/// The paths of all settings.
fn paths() -> impl Iterator<Item = String> {
    let keys = |section: &'static Value| section.as_table().into_iter().flat_map(Table::keys);
    DEFAULTS.iter().flat_map(move |(section, settings)| keys(settings).map(move |key| format!("{section}.{key}")))
}

/// The settings of a section, such as `[log] format, level`.
fn listed(section: &str, settings: &Table) -> String {
    let names: Vec<&str> = settings.keys().map(String::as_str).collect();
    format!("[{section}] {}", names.join(", "))
}
