//! The sources of the settings, and their precedence.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, anyhow};
use toml::{Table, Value};

use super::flags::{ConfigArgs, ServeSettings};
use super::given::{APPLICATIONS, Given};
use super::names::DEFAULTS;
use super::sections::Config;

/// The file that is read by default, if it exists.
pub const USUAL_FILE: &str = "postern.toml";
/// Variables that are not settings: the name of the file, and those of the tests and their tools.
const NO_SETTINGS: [&str; 3] = ["CONFIG", "BINARY", "CHROMIUM"];
/// Prefix of further variables of the tests.
const OF_TESTS: &str = "TEST_";

/// Reads the settings of this process.
///
/// # Errors
/// With the name of the setting, where it came from and what is allowed.
pub fn load(args: &ConfigArgs, serve: Option<&ServeSettings>) -> anyhow::Result<Config> {
    Config::read(&collect(args, serve, env::vars_os(), Path::new(""))?)
}

/// Later sources win: file, environment, `--set`, other flags. The default file is looked for in `folder`.
pub(super) fn collect(
    args: &ConfigArgs,
    serve: Option<&ServeSettings>,
    environment: impl Iterator<Item = (OsString, OsString)>,
    folder: &Path,
) -> anyhow::Result<Given> {
    let variables: BTreeMap<String, OsString> =
        environment.filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
    let named = args.config.clone().or_else(|| variables.get("POSTERN_CONFIG").map(PathBuf::from));
    let usual = Some(folder.join(USUAL_FILE)).filter(|file| file.exists());
    let file = named.or(usual).map_or_else(|| Ok(Given::default()), |file| from_file(&file))?;
    let environment = from_environment(variables)?;
    Ok(file.overlaid_by(environment).overlaid_by(args.set()?).overlaid_by(args.flags(serve)?))
}

fn from_file(file: &Path) -> anyhow::Result<Given> {
    let origin = file.display().to_string();
    let text = fs::read_to_string(file).with_context(|| format!("cannot read the settings file {origin}"))?;
    let table: Table = text.parse().map_err(|error| not_toml(&error, &text, &origin))?;
    let mut given = Given::default();
    for (name, value) in table {
        match value {
            Value::Table(section) if DEFAULTS.contains_key(&name) => {
                for (key, value) in section {
                    given.add(&format!("{name}.{key}"), value, &origin)?;
                }
            }
            value if name == APPLICATIONS => given.add_applications(value, &origin)?,
            value => given.add(&name, value, &origin)?,
        }
    }
    Ok(given)
}

/// The parser's own message would quote the line, which may hold a secret.
fn not_toml(error: &toml::de::Error, text: &str, origin: &str) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let fault = if error.message() == "duplicate key" { "this key occurs twice" } else { "this is not TOML" };
    anyhow!("{origin}, line {line}: {fault}")
}

/// `POSTERN_SESSIONS__IDLE_S` is `sessions.idle_s`, and `POSTERN_SESSION_IDLE` the earlier `session_idle`.
fn from_environment(variables: BTreeMap<String, OsString>) -> anyhow::Result<Given> {
    let mut given = Given::default();
    for (variable, value) in variables {
        let Some(name) = variable.strip_prefix("POSTERN_") else { continue };
        if NO_SETTINGS.contains(&name) || name.starts_with(OF_TESTS) {
            continue;
        }
        let name = name.to_ascii_lowercase().replace("__", ".");
        let origin = format!("environment variable {variable}");
        let text = value.into_string().map_err(|_| anyhow!("{origin}: must be UTF-8"))?;
        given.add(&name, text, &origin)?;
    }
    Ok(given)
}
