//! `postern init`: asks three questions, then writes a commented settings file and an example for the reverse proxy.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde_json::json;
use toml::Value;

use super::init_proxy::{Example, Proxy};
use super::tools::Answer;
use crate::config::{Chosen, Config, ConfigArgs, DatabaseUrl, USUAL_FILE};
use crate::private_file;

const PUBLIC_URL: &str = "server.public_url";
const TRUSTED_PROXIES: &str = "server.trusted_proxies";
const DATABASE: &str = "database.url";
/// The answer that leaves the database as it is by default.
const SQLITE: &str = "sqlite";
/// Where a reverse proxy on the same machine comes from.
const SAME_MACHINE: &str = "127.0.0.1";

/// What is not given as a flag is asked. Settings of other flags are written too.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The reverse proxy between browsers and the portal, on the same machine
    #[arg(long)]
    proxy: Option<Proxy>,
}

/// Asks and writes. A file that is there is never overwritten.
pub(super) fn run(args: &Args, settings: &ConfigArgs) -> anyhow::Result<Answer> {
    let file = settings.file().map_or_else(|| PathBuf::from(USUAL_FILE), Path::to_owned);
    refuse_existing(&file)?;
    let mut chosen = Chosen::by_flags(settings)?;
    choose_public_url(&mut chosen)?;
    let proxy = choose_proxy(&mut chosen, args.proxy)?;
    choose_database(&mut chosen)?;
    let config = chosen.config()?;
    let examples = proxy.examples(&config.server.public_url, config.server.listen.port());
    let written = write(&file, &chosen.file()?, &examples)?;
    Ok(Answer::new(
        next_steps(&file, &written, proxy, &config),
        json!({
            "files": written,
            "public_url": config.server.public_url.origin(),
            "proxy": proxy.name(),
            "database": config.database.url.to_string(),
        }),
    ))
}

/// Writes the settings file, which may hold a password, and the examples beside it, which proxies must be able to read.
fn write(settings: &Path, text: &str, examples: &[Example]) -> anyhow::Result<Vec<PathBuf>> {
    let mut written = vec![settings.to_owned()];
    for example in examples {
        let path = settings.with_file_name(example.name);
        refuse_existing(&path)?;
        written.push(path);
    }
    private_file::create(settings)?.write_all(text.as_bytes()).with_context(|| cannot_write(settings))?;
    for (path, example) in written.iter().skip(1).zip(examples) {
        let file = File::create_new(path);
        file.and_then(|mut file| file.write_all(example.text.as_bytes())).with_context(|| cannot_write(path))?;
    }
    Ok(written)
}

fn choose_public_url(chosen: &mut Chosen) -> anyhow::Result<()> {
    let usual = chosen.config()?.server.public_url.origin().to_owned();
    if chosen.has(PUBLIC_URL) {
        return Ok(());
    }
    ask("At which address do browsers reach the portal?", &usual, |answer| {
        if answer == usual { Ok(()) } else { chosen.choose(PUBLIC_URL, answer) }
    })
}

fn choose_proxy(chosen: &mut Chosen, given: Option<Proxy>) -> anyhow::Result<Proxy> {
    let public_url = chosen.config()?.server.public_url;
    let checked = |proxy: Proxy| proxy.check(&public_url).map(|()| proxy);
    let proxy = match given {
        Some(proxy) => checked(proxy)?,
        None => ask(
            "Which reverse proxy on this machine is in front of it: caddy, nginx, traefik, envoy or none?",
            &Proxy::usual(&public_url).name(),
            |answer| Proxy::read(answer).and_then(checked),
        )?,
    };
    if proxy != Proxy::None && !chosen.has(TRUSTED_PROXIES) {
        chosen.choose(TRUSTED_PROXIES, Value::Array(vec![SAME_MACHINE.into()]))?;
    }
    Ok(proxy)
}

fn choose_database(chosen: &mut Chosen) -> anyhow::Result<()> {
    if chosen.has(DATABASE) {
        return Ok(());
    }
    ask("Which database: sqlite, or a URL such as postgres://postern:PASSWORD@localhost/postern?", SQLITE, |answer| {
        if answer == SQLITE { Ok(()) } else { chosen.choose(DATABASE, answer) }
    })
}

/// Asks until an answer is accepted. An empty line, or the end of the input, takes the usual answer.
fn ask<T>(question: &str, usual: &str, mut accept: impl FnMut(&str) -> anyhow::Result<T>) -> anyhow::Result<T> {
    loop {
        write!(io::stderr(), "{question} [{usual}] ")?;
        let mut line = String::new();
        let has_ended = io::stdin().read_line(&mut line)? == 0;
        let answer = line.trim();
        match accept(if answer.is_empty() { usual } else { answer }) {
            Ok(accepted) => return Ok(accepted),
            Err(refused) if has_ended => return Err(refused),
            Err(refused) => writeln!(io::stderr(), "{refused:#}")?,
        }
    }
}

fn refuse_existing(path: &Path) -> anyhow::Result<()> {
    ensure!(!path.exists(), "{} exists already, and is not overwritten: edit it, or move it away", path.display());
    Ok(())
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

fn next_steps(file: &Path, written: &[PathBuf], proxy: Proxy, config: &Config) -> String {
    let mut lines: Vec<String> = written.iter().map(|path| format!("Written: {}", path.display())).collect();
    lines.push("Next:".to_owned());
    let public_url = &config.server.public_url;
    if let DatabaseUrl::Postgres(_) = config.database.url {
        lines.push(format!("- Create the database {}, if it does not exist.", config.database.url));
    }
    if proxy != Proxy::None {
        lines.push(format!(
            "- Configure {} with its example. The second host in it, app.example.com, is an application: replace it with one of yours, \
             or remove it (docs/proxies).",
            proxy.name()
        ));
    } else if public_url.is_https() {
        lines.push(format!("- Put a reverse proxy with TLS in front of {} (docs/proxies).", config.server.listen));
    }
    let flag = if file == Path::new(USUAL_FILE) { String::new() } else { format!(" --config '{}'", file.display()) };
    lines.push(format!("- Start the portal: postern serve{flag}"));
    lines.push(format!("- Open the one-time link that it prints, at {}.", public_url.origin()));
    lines.push(format!("- Check the installation: postern doctor{flag}"));
    lines.join("\n")
}
