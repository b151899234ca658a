//! The texts of the settings: where they come from, and which of them wins.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, anyhow, bail};

use super::flags::Given;
use super::{Config, ConfigArgs, ServeSettings, Setting};

/// The file that is read without being named, where it exists.
const USUAL_FILE: &str = "postern.toml";
/// Variables that are no settings: the name of the file, and what the tests and their tools use.
const NO_SETTINGS: [&str; 3] = ["CONFIG", "BINARY", "CHROMIUM"];
/// Variables of the tests begin so, too.
const OF_TESTS: &str = "TEST_";

/// The texts that were found, each with where it came from.
#[derive(Debug, Default)]
pub(super) struct Values(BTreeMap<&'static str, Found>);

#[derive(Debug)]
struct Found {
    text: String,
    whence: String,
}

/// Reads the settings of this process.
///
/// # Errors
/// With the name of the setting, where it came from and what is allowed.
pub fn load(args: &ConfigArgs, serve: Option<&ServeSettings>) -> anyhow::Result<Config> {
    Config::read(&Values::collect(args, serve, env::vars_os(), Path::new(""))?)
}

impl Values {
    /// The later source wins: file, environment, flags. The usual file is looked for in `folder`.
    pub(super) fn collect(
        args: &ConfigArgs,
        serve: Option<&ServeSettings>,
        environment: impl Iterator<Item = (OsString, OsString)>,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let variables: BTreeMap<String, OsString> =
            environment.filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
        let named = args.config.clone().or_else(|| variables.get("POSTERN_CONFIG").map(PathBuf::from));
        let usual = Some(folder.join(USUAL_FILE)).filter(|file| file.exists());
        let mut values = Self::default();
        if let Some(file) = named.or(usual) {
            let text = fs::read_to_string(&file)
                .with_context(|| format!("the file of settings {} cannot be read", file.display()))?;
            values.add_file(&text, &file.display().to_string())?;
        }
        values.add_environment(variables)?;
        for flag in args.given().chain(serve.into_iter().flat_map(ServeSettings::given)) {
            let Given { flag, name, text } = flag?;
            let setting = Setting::named(name).with_context(|| format!("flag {flag}: {name}"))?;
            values.add(setting, text.to_owned(), format!("flag {flag}"));
        }
        Ok(values)
    }

    fn add(&mut self, setting: &'static Setting, text: String, whence: String) {
        self.0.insert(setting.name, Found { text, whence });
    }

    fn add_file(&mut self, text: &str, file: &str) -> anyhow::Result<()> {
        // The parser's own message shows the line, and with it what may be secret.
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            anyhow!("{file}, line {}: this is not TOML", before.matches('\n').count() + 1)
        })?;
        for (name, value) in table {
            let setting = Setting::named(&name).with_context(|| format!("{file}: {name}"))?;
            let text = setting.text_of(value).with_context(|| format!("{name} ({file})"))?;
            self.add(setting, text, file.to_owned());
        }
        Ok(())
    }

    fn add_environment(&mut self, variables: BTreeMap<String, OsString>) -> anyhow::Result<()> {
        for (variable, value) in variables {
            let Some(name) = variable.strip_prefix("POSTERN_") else { continue };
            if NO_SETTINGS.contains(&name) || name.starts_with(OF_TESTS) {
                continue;
            }
            let setting = Setting::named(&name.to_ascii_lowercase())
                .with_context(|| format!("environment variable {variable}"))?;
            let text = value.into_string().map_err(|_| anyhow!("environment variable {variable}: must be UTF-8"))?;
            self.add(setting, text, format!("environment variable {variable}"));
        }
        Ok(())
    }

    /// A setting from the text that was given, else from its default.
    pub(super) fn read<T>(&self, name: &str, parse: impl Fn(&str) -> anyhow::Result<T>) -> anyhow::Result<T> {
        parse(&self.text(name)?).with_context(|| self.whence(name))
    }

    pub(super) fn text(&self, name: &str) -> anyhow::Result<String> {
        if let Some(found) = self.0.get(name) {
            return Ok(found.text.clone());
        }
        let mut text = Setting::named(name)?.default.to_owned();
        if text.contains("{data_dir}") {
            text = text.replace("{data_dir}", &self.text("data_dir")?);
        }
        if text.contains("{port}") {
            let listen = self.text("listen")?;
            text = text.replace("{port}", listen.rsplit(':').next().unwrap_or_default());
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from).min(64);
        Ok(text.replace("{cores}", &cores.to_string()))
    }

    /// The name of a setting, and where its text came from.
    pub(super) fn whence(&self, name: &str) -> String {
        format!("{name} ({})", self.0.get(name).map_or("default", |found| &found.whence))
    }
}

impl Setting {
    /// The text of a value in the file.
    fn text_of(&self, value: toml::Value) -> anyhow::Result<String> {
        match value {
            toml::Value::String(text) => Ok(text),
            toml::Value::Integer(number) => Ok(number.to_string()),
            toml::Value::Array(items) if self.type_name.starts_with("Vec") => {
                let texts: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
                Ok(texts.context("must be a list of texts")?.join(","))
            }
            _ => bail!("must be a text in quotes or a whole number"),
        }
    }
}
