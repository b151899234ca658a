//! `postern app …`.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use clap::Subcommand;
use postern_types::{Email, RequestMethod};
use serde_json::{Value, json};

use super::account::Switch;
use super::app_text;
use super::text;
use super::tools::{Answer, Tools};
use crate::addresses::ClientAddress;
use crate::applications::{
    Application, ApplicationUrl, Definition, Icon, OF_PORTAL, Origin, Rules, Supposed, explain, parse_max_age,
    parse_networks,
};
use crate::display_name::DisplayName;
use crate::ids::ApplicationId;
use crate::store::events::Act;
use crate::store::{applications, grants, transactions, user_names};

/// The value that removes an optional part of an application.
const NONE: &str = "none";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add an application behind the portal
    #[command(after_help = app_text::RULES)]
    Add(Add),
    /// Change an application; each option replaces the previous value
    #[command(after_help = app_text::RULES)]
    Change(Change),
    /// List all applications
    List,
    /// Remove an application
    Remove {
        /// Name of the application
        name: String,
    },
    /// Explain, rule by rule, whether a request is allowed for a user who has just logged in
    Check(Check),
}

#[derive(Debug, clap::Args)]
pub(super) struct Add {
    /// Name of the application, 1 to 100 characters
    name: String,
    /// Address that users open; no other application can have the same host name
    #[arg(long)]
    url: String,
    /// Account whose users may use it; can be repeated
    #[arg(long = "account", value_name = "NAME", required = true)]
    accounts: Vec<String>,
    /// Rule for some requests; can be repeated, and the order counts
    #[arg(long = "rule", value_name = "RULE")]
    rules: Vec<String>,
    /// Require a second factor, even if the account does not
    #[arg(long)]
    two_factor: bool,
    /// Maximum age of a log-in, such as 12h
    #[arg(long, value_name = "TIME")]
    max_age: Option<String>,
    /// Network or address to block; can be repeated
    #[arg(long = "exclude-network", value_name = "NETWORK")]
    excluded_networks: Vec<String>,
    /// SVG or PNG file of at most 64 KiB
    #[arg(long, value_name = "FILE")]
    icon: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Change {
    /// Name of the application
    name: String,
    #[command(flatten)]
    values: NewValues,
}

/// At least one of them.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(super) struct NewValues {
    /// New name
    #[arg(long = "name", value_name = "NAME")]
    new_name: Option<String>,
    /// New address
    #[arg(long)]
    url: Option<String>,
    /// Account whose users may use it; can be repeated
    #[arg(long = "account", value_name = "NAME")]
    accounts: Vec<String>,
    /// Rule for some requests; can be repeated, and the order counts
    #[arg(long = "rule", value_name = "RULE")]
    rules: Vec<String>,
    /// Whether to require a second factor even if the account does not
    #[arg(long)]
    two_factor: Option<Switch>,
    /// Maximum age of a log-in, such as 12h, or `none` for no limit beyond that of the session
    #[arg(long, value_name = "TIME")]
    max_age: Option<String>,
    /// Network or address to block, or `none`; can be repeated
    #[arg(long = "exclude-network", value_name = "NETWORK")]
    excluded_networks: Vec<String>,
    /// SVG or PNG file of at most 64 KiB, or `none`
    #[arg(long, value_name = "FILE")]
    icon: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// Address that the user opens
    url: String,
    /// User name of the user
    #[arg(long, value_name = "EMAIL")]
    user: String,
    /// Method of the request
    #[arg(long, default_value = "GET")]
    method: String,
    /// Network address of the client [default: unknown]
    #[arg(long)]
    address: Option<String>,
}

pub(super) async fn run(command: Command, tools: &Tools) -> anyhow::Result<Answer> {
    match command {
        Command::Add(args) => add(args, tools).await,
        Command::Change(args) => change(args, tools).await,
        Command::List => list(tools).await,
        Command::Remove { name } => remove(&name, tools).await,
        Command::Check(args) => check(args, tools).await,
    }
}

async fn add(args: Add, tools: &Tools) -> anyhow::Result<Answer> {
    let url = application_url(&args.url, tools).await?;
    let application = Application {
        id: ApplicationId::random(),
        name: name_of("an application", &args.name)?,
        origin: url.origin().clone(),
        url: url.as_str().to_owned(),
        rules: Rules::parse(&args.rules)?,
        two_factor: args.two_factor,
        max_age_s: args.max_age.as_deref().map(parse_max_age).transpose().context("--max-age")?,
        excluded_networks: parse_networks(&args.excluded_networks).context("--exclude-network")?,
    };
    let icon = args.icon.as_deref().map(|file| read_icon(file.as_ref())).transpose()?;
    let definition = Definition { application, icon, accounts: trimmed(&args.accounts) };
    transactions::add_application(&tools.db, &Act::of_operator(tools.clock.now()), &definition).await?;
    Ok(Answer::new(app_text::added(&definition), as_json(&definition, false)))
}

async fn change(args: Change, tools: &Tools) -> anyhow::Result<Answer> {
    let Change { name: current, values: args } = args;
    let name = args.new_name.as_deref().map(|name| name_of("an application", name)).transpose()?;
    let url = match &args.url {
        Some(url) => Some(application_url(url, tools).await?),
        None => None,
    };
    let rules = match args.rules.as_slice() {
        [] => None,
        [none] if none == NONE => Some(Rules::default()),
        rules => Some(Rules::parse(rules)?),
    };
    let unless_none = |text: &str| if text == NONE { Ok(None) } else { parse_max_age(text).map(Some) };
    let max_age_s = args.max_age.as_deref().map(unless_none).transpose().context("--max-age")?;
    let excluded_networks = match args.excluded_networks.as_slice() {
        [] => None,
        [none] if none == NONE => Some(Vec::new()),
        networks => Some(parse_networks(networks).context("--exclude-network")?),
    };
    let unless_none = |file: &str| if file == NONE { Ok(None) } else { read_icon(file.as_ref()).map(Some) };
    let icon = args.icon.as_deref().map(unless_none).transpose()?;
    let act = Act::of_operator(tools.clock.now());
    let changed = transactions::change_application(&tools.db, &act, current.trim(), |definition| {
        let application = &mut definition.application;
        application.name = name.unwrap_or_else(|| application.name.clone());
        if let Some(url) = url {
            application.origin = url.origin().clone();
            url.as_str().clone_into(&mut application.url);
        }
        application.rules = rules.unwrap_or_else(|| application.rules.clone());
        application.two_factor = args.two_factor.map_or(application.two_factor, |switch| matches!(switch, Switch::On));
        application.max_age_s = max_age_s.unwrap_or(application.max_age_s);
        if let Some(networks) = excluded_networks {
            application.excluded_networks = networks;
        }
        if let Some(icon) = icon {
            definition.icon = icon;
        }
        if !args.accounts.is_empty() {
            definition.accounts = trimmed(&args.accounts);
        }
    });
    let changed = changed.await?;
    Ok(Answer::new(app_text::changed(&changed), as_json(&changed, false)))
}

async fn list(tools: &Tools) -> anyhow::Result<Answer> {
    let mut lines = Vec::new();
    let mut answers = Vec::new();
    for listed in applications::list(&tools.db).await? {
        let (is_from_file, has_icon) = (listed.from_file_since.is_some(), listed.has_icon());
        let application = listed.into_application();
        let accounts = applications::accounts(&tools.db, &application.id).await?;
        let definition = Definition { application, icon: None, accounts };
        lines.push(app_text::listed(&definition, is_from_file));
        let mut answer = as_json(&definition, is_from_file);
        answer["icon"] = has_icon.into();
        answers.push(answer);
    }
    Ok(Answer::new(lines.join("\n"), answers.into()))
}

async fn remove(name: &str, tools: &Tools) -> anyhow::Result<Answer> {
    let name = name.trim();
    transactions::remove_application(&tools.db, &Act::of_operator(tools.clock.now()), name).await?;
    Ok(Answer::new(app_text::removed(name), json!({"name": name})))
}

async fn check(args: Check, tools: &Tools) -> anyhow::Result<Answer> {
    let origin = Origin::parse(&args.url).context("URL")?;
    let email = Email::parse(&args.user).with_context(|| text::no_user_name(&args.user))?;
    let method: RequestMethod = args.method.parse().ok().with_context(|| app_text::unknown_method(&args.method))?;
    let address = match &args.address {
        Some(text) => ClientAddress::Known(text.parse().ok().context("--address: must be an IP address")?),
        None => ClientAddress::Unknown,
    };
    let application = applications::by_origin(&tools.db, origin.as_str()).await?;
    let application = application.with_context(|| app_text::no_application_at(&origin))?;
    let user_id = user_names::find(&tools.db, &email).await?.with_context(|| text::no_user(&email))?;
    let now = tools.clock.now();
    let visitor = grants::visitor_after_log_in(&tools.db, &user_id, &application.id, now).await?;
    let check = explain(&application, &Supposed { url: &args.url, method, address, at: now }, &visitor);
    let answer = serde_json::to_value(&check)?;
    Ok(Answer::new(app_text::check(&check, address), answer))
}

/// The name of an application or a client.
pub(super) fn name_of(what: &str, text: &str) -> anyhow::Result<DisplayName> {
    let name = DisplayName::parse(text)?;
    ensure!(!name.is_empty(), "the name of {what} cannot be empty");
    Ok(name)
}

/// The address of an application, which must not have the portal's host.
async fn application_url(text: &str, tools: &Tools) -> anyhow::Result<ApplicationUrl> {
    let url = ApplicationUrl::parse(text).context("--url")?;
    let is_portal = tools.public_url().await.is_ok_and(|portal| portal.host().to_string() == url.origin().host());
    ensure!(!is_portal, "--url: {OF_PORTAL}");
    Ok(url)
}

/// The icon in a file.
pub(super) fn read_icon(file: &Path) -> anyhow::Result<Icon> {
    let place = || format!("the icon {}", file.display());
    Icon::parse(fs::read(file).with_context(place)?).with_context(place)
}

fn trimmed(names: &[String]) -> Vec<String> {
    names.iter().map(|name| name.trim().to_owned()).collect()
}

fn as_json(definition: &Definition, is_from_file: bool) -> Value {
    let Definition { application, icon, accounts } = definition;
    json!({
        "id": application.id,
        "name": application.name,
        "url": application.url,
        "accounts": accounts,
        "rules": application.rules.as_slice().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "two_factor": application.two_factor,
        "max_age_s": application.max_age_s,
        "excluded_networks": application.excluded_networks.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "icon": icon.is_some(),
        "from_file": is_from_file,
    })
}
