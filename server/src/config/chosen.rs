//! Settings that are chosen one by one and written to a file: `postern init`.

use anyhow::Context;
use toml::Value;

use super::flags::ConfigArgs;
use super::given::Given;
use super::sections::Config;

/// Every setting with its default, as a comment. It is generated from the sections (`cargo xtask tidy --bless`).
const EXAMPLE: &str = include_str!("../../../postern.example.toml");
/// The source of a chosen setting, in messages.
const ORIGIN: &str = "your answer";

/// The settings that were chosen so far. All others keep their defaults.
pub struct Chosen(Given);

impl Chosen {
    /// Begins with the settings that were given as flags.
    ///
    /// # Errors
    /// If a flag names no setting.
    pub fn by_flags(args: &ConfigArgs) -> anyhow::Result<Self> {
        Ok(Self(args.set()?.overlaid_by(args.flags(None)?)))
    }

    /// Whether a setting was chosen.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.0.has(path)
    }

    /// Chooses a setting, if its value is allowed. The other settings do not matter.
    ///
    /// # Errors
    /// If it is not; the message says what is allowed.
    pub fn choose(&mut self, path: &str, value: impl Into<Value>) -> anyhow::Result<()> {
        let mut alone = Given::default();
        alone.add(path, value, ORIGIN)?;
        Config::read(&alone)?;
        self.0 = std::mem::take(&mut self.0).overlaid_by(alone);
        Ok(())
    }

    /// All settings, with their defaults.
    ///
    /// # Errors
    /// If a value is not allowed; the message has the name of the setting, its source and what is allowed.
    pub fn config(&self) -> anyhow::Result<Config> {
        Config::read(&self.0)
    }

    /// The settings file: the example with the chosen settings filled in.
    ///
    /// # Errors
    /// If the settings are not valid together.
    pub fn file(&self) -> anyhow::Result<String> {
        self.config()?;
        let mut text = EXAMPLE.to_owned();
        for (path, value) in self.0.settings() {
            text = filled_in(&text, path, value).with_context(|| format!("the example has no {path}"))?;
        }
        Ok(text)
    }
}

/// The example with the comment of this setting replaced by its value.
fn filled_in(example: &str, path: &str, value: &Value) -> Option<String> {
    let (section, key) = path.split_once('.')?;
    let of_section = example.find(&format!("\n[{section}]\n"))?;
    let start = of_section + example[of_section..].find(&format!("\n#{key} = "))? + 1;
    let end = start + example[start..].find('\n')?;
    Some(format!("{}{key} = {value}{}", &example[..start], &example[end..]))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{read_with_file, texts};
    use super::*;

    #[test]
    fn every_setting_can_be_filled_in_and_is_read_again() {
        let mut chosen = Chosen(Given::default());
        let defaults = texts(&Given::default().with_defaults());
        for (path, text) in &defaults {
            chosen.choose(path, text.as_str()).unwrap();
        }
        let file = chosen.file().unwrap();
        assert!(read_with_file(&file, &["other"], &[]).is_ok(), "{file}");
        let (settings, _) = file.split_once("#[[application]]").unwrap();
        assert_eq!(
            settings.lines().filter(|line| line.contains(" = ") && !line.starts_with('#')).count(),
            defaults.len()
        );
    }

    #[test]
    fn a_value_that_would_be_refused_at_the_start_is_refused_at_once_and_not_repeated() {
        let mut chosen = Chosen(Given::default());
        let refused = chosen.choose("database.url", "mysql://ada:hunter2@host/db").unwrap_err().to_string();
        assert!(refused.starts_with("database.url (your answer): must begin with") && !refused.contains("hunter2"));
        assert!(!chosen.has("database.url") && chosen.file().unwrap() == EXAMPLE);
    }
}
