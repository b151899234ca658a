//! The flags. Every setting can be given with `--set`; those that are needed most have a flag of their own.

use std::path::PathBuf;

use anyhow::Context;

/// Flags that every command takes. Every setting can be given with `--set`; those that are needed most have one of their own.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ConfigArgs {
    /// TOML file of settings [default: postern.toml, where there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Folder of the key file and of the SQLite database
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<String>,
    /// sqlite:PATH or postgres://…; a password belongs in POSTERN_DATABASE, because others can see flags
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// Address at which browsers reach the portal
    #[arg(long, global = true, value_name = "URL")]
    public_url: Option<String>,
    /// Any setting of the README's table, such as --set log_format=json
    #[arg(long, global = true, value_name = "NAME=VALUE")]
    set: Vec<String>,
}

/// Flags of `serve`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ServeSettings {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
}

/// A setting from a flag.
pub(super) struct Given<'a> {
    pub(super) flag: &'static str,
    pub(super) name: &'a str,
    pub(super) text: &'a str,
}

impl ConfigArgs {
    /// What was given; a flag of its own comes last, and so before `--set`.
    pub(super) fn given(&self) -> impl Iterator<Item = anyhow::Result<Given<'_>>> {
        let set = self.set.iter().map(|pair| {
            let (name, text) = pair.split_once('=').context("flag --set: must be NAME=VALUE")?;
            Ok(Given { flag: "--set", name, text })
        });
        let data_dir = own("--data-dir", "data_dir", self.data_dir.as_deref());
        let database = own("--database", "database", self.database.as_deref());
        set.chain(data_dir).chain(database).chain(own("--public-url", "public_url", self.public_url.as_deref()))
    }
}

impl ServeSettings {
    /// What was given.
    pub(super) fn given(&self) -> impl Iterator<Item = anyhow::Result<Given<'_>>> {
        own("--listen", "listen", self.listen.as_deref())
    }
}

fn own<'a>(
    flag: &'static str,
    name: &'a str,
    text: Option<&'a str>,
) -> impl Iterator<Item = anyhow::Result<Given<'a>>> {
    text.into_iter().map(move |text| Ok(Given { flag, name, text }))
}
