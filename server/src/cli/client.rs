//! `postern client …`.

use anyhow::{Context, ensure};
use clap::Subcommand;
use serde_json::{Value, json};

use super::account::Switch;
use super::app::name_of;
use super::tools::{Answer, Tools};
use super::{checks, client_check, client_explain, client_text};
use crate::auth::token::Token;
use crate::ids::ClientId;
use crate::oidc::client::{Client, ClientKind, Pkce, TokenForm};
use crate::oidc::key::Algorithm;
use crate::oidc::redirect_uri::RedirectUri;
use crate::store::events::Act;
use crate::store::{applications, oidc_clients, transactions};

/// The value that removes an optional part of a client.
const NONE: &str = "none";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add an OpenID Connect client to an application; prints its id and secret
    Add(Add),
    /// Change a client; each option replaces the previous value
    Change(Change),
    /// Play a client against the running portal, one line for each step; or explain what a failing client has sent
    Check {
        /// Name of the client
        name: String,
        /// Address to which the client has sent a browser, copied from there: says which parameter is wrong
        #[arg(long, value_name = "URL")]
        url: Option<String>,
    },
    /// Create another secret for a client; the one before it keeps working, older ones do not
    Secret {
        /// Name of the client
        name: String,
    },
    /// List all clients
    List,
    /// Remove a client; its tokens stop working
    Remove {
        /// Name of the client
        name: String,
    },
}

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "clap makes a flag of each")]
pub(super) struct Add {
    /// Name of the client, 1 to 100 characters; users see it
    name: String,
    /// Name of the application, whose rules say who may log in
    #[arg(long, value_name = "NAME")]
    app: String,
    /// Address to which users return after the log-in, exactly as the client sends it; can be repeated
    #[arg(long = "redirect-uri", value_name = "URI", required = true)]
    redirect_uris: Vec<String>,
    /// Address to which users return after a log-out; can be repeated
    #[arg(long = "sign-out-uri", value_name = "URI")]
    sign_out_uris: Vec<String>,
    /// Address at which the client learns that a session has ended
    #[arg(long, value_name = "URI")]
    back_channel_uri: Option<String>,
    /// Accept a back-channel address on another machine without https; only for a network where nobody else can listen
    #[arg(long, requires = "back_channel_uri")]
    back_channel_http: bool,
    /// For a client that cannot keep a secret, such as an app in the browser or on a phone
    #[arg(long)]
    public: bool,
    /// Require PKCE, which public clients always need
    #[arg(long)]
    pkce: bool,
    /// Ask each user once whether the client may learn who they are
    #[arg(long)]
    consent: bool,
    /// Put e-mail address, name and groups into the id token, too, not only into the userinfo response
    #[arg(long)]
    id_token_claims: bool,
    /// Sign with ES256 instead of RS256
    #[arg(long)]
    es256: bool,
    /// Issue access tokens that other servers can check by themselves (JWT, RFC 9068); they work for 10 minutes
    #[arg(long)]
    jwt: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Change {
    /// Name of the client
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
    /// Name of another application
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
    /// Address to which users return after the log-in; can be repeated
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Address to which users return after a log-out, or `none`; can be repeated
    #[arg(long = "sign-out-uri", value_name = "URI")]
    sign_out_uris: Vec<String>,
    /// Address at which the client is told that a session has ended, or `none`
    #[arg(long, value_name = "URI")]
    back_channel_uri: Option<String>,
    /// Accept a back-channel address on another machine without https; only for a network where nobody else can listen
    #[arg(long, requires = "back_channel_uri")]
    back_channel_http: bool,
    /// Whether to require PKCE
    #[arg(long)]
    pkce: Option<Switch>,
    /// Whether to ask each user once
    #[arg(long)]
    consent: Option<Switch>,
    /// Whether the id token has the claims of the userinfo response
    #[arg(long)]
    id_token_claims: Option<Switch>,
    /// Whether to sign with ES256 instead of RS256
    #[arg(long)]
    es256: Option<Switch>,
    /// Whether access tokens are JWTs
    #[arg(long)]
    jwt: Option<Switch>,
}

pub(super) async fn run(command: Command, tools: &Tools) -> anyhow::Result<Answer> {
    match command {
        Command::Add(args) => add(args, tools).await,
        Command::Check { name, url } => check(name.trim(), url.as_deref(), tools).await,
        Command::List => list(tools).await,
        Command::Change(args) => change(args, tools).await,
        Command::Remove { name } => remove(name.trim(), tools).await,
        Command::Secret { name } => secret(name.trim(), tools).await,
    }
}

async fn add(args: Add, tools: &Tools) -> anyhow::Result<Answer> {
    let kind = if args.public { ClientKind::Public } else { ClientKind::Confidential };
    let name = name_of("a client", &args.name)?;
    let redirect_uris = uris(&args.redirect_uris, kind).context("--redirect-uri")?;
    let sign_out_uris = uris(&args.sign_out_uris, kind).context("--sign-out-uri")?;
    let parse = |text: &str| back_channel_uri(text, args.back_channel_http);
    let back_channel_uri = args.back_channel_uri.as_deref().map(parse).transpose()?;
    let client = |application_id| Client {
        id: ClientId::random(),
        application_id,
        name,
        redirect_uris,
        sign_out_uris,
        back_channel_uri,
        kind,
        pkce: pkce(args.pkce),
        requires_consent: args.consent,
        has_id_token_claims: args.id_token_claims,
        algorithm: algorithm(args.es256),
        access_tokens: token_form(args.jwt),
    };
    let secret = Token::random();
    let act = Act::of_operator(tools.clock.now());
    let client = transactions::add_client(&tools.db, &act, args.app.trim(), client, &secret.hash()).await?;
    let issuer = tools.public_url().await.ok().map(|url| url.origin().to_owned());
    let secret = (kind == ClientKind::Confidential).then_some(secret);
    let mut answer = as_json(&client, args.app.trim());
    answer["client_secret"] = secret.as_ref().map(Token::expose).into();
    answer["issuer"] = issuer.as_deref().into();
    Ok(Answer::new(client_text::added(&client, secret.as_ref(), issuer.as_deref()), answer))
}

async fn list(tools: &Tools) -> anyhow::Result<Answer> {
    let mut lines = Vec::new();
    let mut answers = Vec::new();
    for client in oidc_clients::list(&tools.db).await? {
        let application = applications::find(&tools.db, &client.application_id).await?;
        let application = application.map(|application| application.name.to_string()).unwrap_or_default();
        lines.push(client_text::listed(&client, &application));
        answers.push(as_json(&client, &application));
    }
    let text = if lines.is_empty() { client_text::NO_CLIENTS.to_owned() } else { lines.join("\n") };
    Ok(Answer::new(text, answers.into()))
}

async fn change(args: Change, tools: &Tools) -> anyhow::Result<Answer> {
    let Change { name: current, values: args } = args;
    let current = current.trim();
    let name = args.new_name.as_deref().map(|name| name_of("a client", name)).transpose()?;
    let kind = oidc_clients::list(&tools.db).await?.into_iter().find(|client| client.name.as_str() == current);
    let kind = kind.map_or(ClientKind::Confidential, |client| client.kind);
    ensure!(
        kind == ClientKind::Confidential || !matches!(args.pkce, Some(Switch::Off)),
        "--pkce: this client is public, and a public client always needs PKCE"
    );
    let redirect_uris = uris(&args.redirect_uris, kind).context("--redirect-uri")?;
    let sign_out_uris = match args.sign_out_uris.as_slice() {
        [] => None,
        [none] if none == NONE => Some(Vec::new()),
        texts => Some(uris(texts, kind).context("--sign-out-uri")?),
    };
    let parse = |text: &str| back_channel_uri(text, args.back_channel_http);
    let unless_none = |text: &str| if text == NONE { Ok(None) } else { parse(text).map(Some) };
    let back_channel_uri = args.back_channel_uri.as_deref().map(unless_none).transpose()?;
    let is_on = |switch: Switch| matches!(switch, Switch::On);
    let act = Act::of_operator(tools.clock.now());
    let application = args.app.as_deref().map(str::trim);
    let changed = transactions::change_client(&tools.db, &act, current, application, |client| {
        client.name = name.unwrap_or_else(|| client.name.clone());
        if !redirect_uris.is_empty() {
            client.redirect_uris = redirect_uris;
        }
        client.sign_out_uris = sign_out_uris.unwrap_or_else(|| client.sign_out_uris.clone());
        client.back_channel_uri = back_channel_uri.unwrap_or_else(|| client.back_channel_uri.clone());
        client.pkce = args.pkce.map_or(client.pkce, |switch| pkce(is_on(switch)));
        client.requires_consent = args.consent.map_or(client.requires_consent, is_on);
        client.has_id_token_claims = args.id_token_claims.map_or(client.has_id_token_claims, is_on);
        client.algorithm = args.es256.map_or(client.algorithm, |switch| algorithm(is_on(switch)));
        client.access_tokens = args.jwt.map_or(client.access_tokens, |switch| token_form(is_on(switch)));
    });
    let changed = changed.await?;
    let application = applications::find(&tools.db, &changed.application_id).await?;
    let application = application.map(|application| application.name.to_string()).unwrap_or_default();
    Ok(Answer::new(client_text::changed(&changed), as_json(&changed, &application)))
}

async fn remove(name: &str, tools: &Tools) -> anyhow::Result<Answer> {
    transactions::remove_client(&tools.db, &Act::of_operator(tools.clock.now()), name).await?;
    Ok(Answer::new(client_text::removed(name), json!({"name": name})))
}

async fn secret(name: &str, tools: &Tools) -> anyhow::Result<Answer> {
    let secret = Token::random();
    let act = Act::of_operator(tools.clock.now());
    let client = transactions::make_client_secret(&tools.db, &act, name, &secret.hash()).await?;
    let answer = json!({"name": name, "client_id": client.id, "client_secret": secret.expose()});
    Ok(Answer::new(client_text::secret(&secret), answer))
}

async fn check(name: &str, url: Option<&str>, tools: &Tools) -> anyhow::Result<Answer> {
    let all = oidc_clients::list(&tools.db).await?;
    let client = all.iter().find(|client| client.name.as_str() == name);
    let client = client.with_context(|| format!("there is no client {name:?}; see: postern client list"))?;
    let public_url = tools.public_url().await?;
    let issuer = public_url.origin();
    let lines = match url {
        Some(url) => client_explain::explain(url, client, &all, issuer),
        None => client_check::play(&tools.db, client, issuer).await?,
    };
    Ok(checks::answer(&lines))
}

fn uris(texts: &[String], kind: ClientKind) -> anyhow::Result<Vec<RedirectUri>> {
    let parse = |text: &String| RedirectUri::parse(text, kind).with_context(|| format!("{text:?}"));
    texts.iter().map(parse).collect()
}

fn back_channel_uri(text: &str, allows_http: bool) -> anyhow::Result<RedirectUri> {
    RedirectUri::parse_back_channel(text, allows_http).context("--back-channel-uri")
}

const fn pkce(is_required: bool) -> Pkce {
    if is_required { Pkce::Required } else { Pkce::Optional }
}

const fn algorithm(is_es256: bool) -> Algorithm {
    if is_es256 { Algorithm::Es256 } else { Algorithm::Rs256 }
}

const fn token_form(is_jwt: bool) -> TokenForm {
    if is_jwt { TokenForm::Jwt } else { TokenForm::Opaque }
}

fn as_json(client: &Client, application: &str) -> Value {
    let texts = |uris: &[RedirectUri]| uris.iter().map(|uri| uri.as_str().to_owned()).collect::<Vec<_>>();
    json!({
        "name": client.name,
        "app": application,
        "client_id": client.id,
        "public": client.kind == ClientKind::Public,
        "redirect_uris": texts(&client.redirect_uris),
        "sign_out_uris": texts(&client.sign_out_uris),
        "back_channel_uri": client.back_channel_uri.as_ref().map(RedirectUri::as_str),
        "pkce": client.requires_challenge(),
        "consent": client.requires_consent,
        "id_token_claims": client.has_id_token_claims,
        "algorithm": client.algorithm.as_str(),
        "jwt": client.access_tokens == TokenForm::Jwt,
    })
}
