//! The settings that were given, each with the name that was used and its source.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use toml::{Table, Value};

use super::names::{DEFAULTS, EARLIER_NAMES, path_of};

/// The settings of one or several sources.
#[derive(Default)]
pub(super) struct Given {
    /// By path, such as `sessions.idle_s`.
    settings: BTreeMap<String, Setting>,
    /// `[[application]]`, which only a file can have, and the path of the file.
    applications: Option<(Value, String)>,
}

/// The name of the list of applications.
pub(super) const APPLICATIONS: &str = "application";

struct Setting {
    /// The name that was used: its path, or its earlier name.
    name: String,
    value: Value,
    /// Such as `environment variable POSTERN_LISTEN`, or the path of the file.
    origin: String,
}

impl Given {
    /// Adds a setting of one source. Of two with the same name the later one wins; both names of one setting are an error.
    pub(super) fn add(&mut self, name: &str, value: impl Into<Value>, origin: &str) -> anyhow::Result<()> {
        let path = path_of(name).with_context(|| format!("{origin}: {name}"))?;
        if let Some(other) = self.settings.get(path) {
            ensure!(
                other.name == name,
                "{name} ({origin}) and {} ({}) are the same setting: give only one of them",
                other.name,
                other.origin
            );
        }
        let setting = Setting { name: name.to_owned(), value: value.into(), origin: origin.to_owned() };
        self.settings.insert(path.to_owned(), setting);
        Ok(())
    }

    /// Adds the applications of a file.
    pub(super) fn add_applications(&mut self, value: Value, origin: &str) -> anyhow::Result<()> {
        ensure!(value.is_array(), "{APPLICATIONS} ({origin}): write [[{APPLICATIONS}]] before each application");
        self.applications = Some((value, origin.to_owned()));
        Ok(())
    }

    /// These settings, overridden by those of a stronger source.
    pub(super) fn overlaid_by(mut self, stronger: Self) -> Self {
        self.settings.extend(stronger.settings);
        self.applications = stronger.applications.or(self.applications);
        self
    }

    /// All settings: as given, or else their defaults.
    #[expect(clippy::expect_used, reason = "`path_of` gives only paths with a section")]
    pub(super) fn with_defaults(&self) -> Table {
        let mut table = self.defaults();
        for (path, setting) in &self.settings {
            let (section, key) = path.split_once('.').expect("a path has a section");
            table[section][key] = setting.value.clone();
        }
        if let Some((applications, _)) = &self.applications {
            table.insert(APPLICATIONS.to_owned(), applications.clone());
        }
        table
    }

    /// The defaults, with `{port}`, `{data_dir}` and `{cores}` filled in.
    fn defaults(&self) -> Table {
        let listen = self.text("server", "listen");
        let port = listen.rsplit(':').next().unwrap_or_default();
        let data_dir = self.text("server", "data_dir");
        let cores = std::thread::available_parallelism().map_or(1, usize::from).min(64).to_string();
        let mut table = DEFAULTS.clone();
        for (_, section) in &mut table {
            for (_, value) in section.as_table_mut().into_iter().flatten() {
                if let Value::String(text) = value {
                    *text = text.replace("{cores}", &cores).replace("{port}", port).replace("{data_dir}", &data_dir);
                }
            }
        }
        table
    }

    fn text(&self, section: &str, key: &str) -> String {
        let given = self.settings.get(&format!("{section}.{key}")).map(|setting| &setting.value);
        let value = given.unwrap_or(&DEFAULTS[section][key]);
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    }

    /// The settings that were given, by path.
    pub(super) fn settings(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.settings.iter().map(|(path, setting)| (path.as_str(), &setting.value))
    }

    /// Whether a setting was given.
    pub(super) fn has(&self, path: &str) -> bool {
        self.settings.contains_key(path)
    }

    /// The name of a setting, and its source.
    pub(super) fn origin(&self, path: &str) -> String {
        if let Some((_, origin)) = self.applications.as_ref().filter(|_| path.starts_with(APPLICATIONS)) {
            return format!("{path} ({origin})");
        }
        format!("{} ({})", self.name(path), self.settings.get(path).map_or("default", |setting| &setting.origin))
    }

    /// The name of a setting for a message. One that was not given has its earlier name where others were given by theirs.
    pub(super) fn name<'a>(&'a self, path: &'a str) -> &'a str {
        if let Some(setting) = self.settings.get(path) {
            return &setting.name;
        }
        let are_earlier = self.settings.values().any(|setting| !setting.name.contains('.'));
        let earlier = EARLIER_NAMES.iter().find(|(_, of)| are_earlier && *of == path);
        earlier.map_or(path, |(name, _)| name)
    }
}
