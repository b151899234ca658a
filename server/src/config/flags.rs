//! The command line flags for settings. `--set` takes every setting; the most common ones have a flag of their own.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::given::Given;

/// The heading in the help of the flags that every command takes.
pub const GENERAL: &str = "General options";

/// Flags that every command takes.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ConfigArgs {
    /// TOML file with settings [default: postern.toml, if it exists]
    #[arg(long, global = true, help_heading = GENERAL, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Directory of the key file and of the SQLite database
    #[arg(long, global = true, help_heading = GENERAL, value_name = "DIR")]
    data_dir: Option<String>,
    /// sqlite:PATH or postgres://…; put a password in `POSTERN_DATABASE__URL`, because other users can see flags
    #[arg(long, global = true, help_heading = GENERAL, value_name = "URL")]
    database: Option<String>,
    /// Address at which browsers reach the portal
    #[arg(long, global = true, help_heading = GENERAL, value_name = "URL")]
    public_url: Option<String>,
    /// Set any setting by its name, such as --set log.format=json
    #[arg(long, global = true, help_heading = GENERAL, value_name = "NAME=VALUE")]
    set: Vec<String>,
}

/// Flags of `serve`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ServeSettings {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
}

impl ConfigArgs {
    /// The settings file, if a flag names one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// The settings of `--set`.
    pub(super) fn set(&self) -> anyhow::Result<Given> {
        let mut given = Given::default();
        for pair in &self.set {
            let (name, text) = pair.split_once('=').context("flag --set: must be NAME=VALUE")?;
            given.add(name, text, "flag --set")?;
        }
        Ok(given)
    }

    /// The settings of the other flags, with those of `serve`.
    pub(super) fn flags(&self, serve: Option<&ServeSettings>) -> anyhow::Result<Given> {
        let listen = serve.and_then(|serve| serve.listen.as_ref());
        let mut given = Given::default();
        for (flag, path, text) in [
            ("flag --listen", "server.listen", listen),
            ("flag --public-url", "server.public_url", self.public_url.as_ref()),
            ("flag --data-dir", "server.data_dir", self.data_dir.as_ref()),
            ("flag --database", "database.url", self.database.as_ref()),
        ] {
            if let Some(text) = text {
                given.add(path, text.as_str(), flag)?;
            }
        }
        Ok(given)
    }
}
