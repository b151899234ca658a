//! `postern admin-link`: the break-glass link.

use anyhow::{Context, ensure};
use postern_types::Email;
use serde_json::json;

use super::tools::{Answer, Tools};
use crate::auth::token::Token;
use crate::clock::rfc3339;
use crate::store::events::Act;
use crate::store::links::Kind;
use crate::store::{memberships, transactions};

/// The link leads, once and within one hour, to a new password and then to the set-up of a new second factor; a lock on the
/// administrator is lifted.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The administrator's user name
    email: String,
}

pub(super) async fn run(args: Args, tools: &Tools) -> anyhow::Result<Answer> {
    let email = Email::parse(&args.email).with_context(|| format!("{:?} is no user name", args.email))?;
    ensure!(
        memberships::is_admin(&tools.db, &email).await?,
        "{email} is no administrator of any account; for other users: postern user reset-2fa"
    );
    let now = tools.clock.now();
    let token = Token::random();
    let act = Act::of_operator(now);
    let issued = transactions::issue_break_glass_link(&tools.db, &act, &email, &token.hash()).await?;
    ensure!(issued, "there is no user {email} any more");
    let link = tools.config.server.public_url.one_time_link(&token);
    let until = rfc3339(now + Kind::BreakGlass.lifetime_s());
    let text = format!("{email} gets back in here, once and until {until}:\n\n  {link}");
    Ok(Answer::new(text, json!({"email": email, "link": link, "until": until})))
}
