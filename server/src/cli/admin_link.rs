//! `postern admin-link`: the break-glass link.

use anyhow::Context;
use postern_types::Email;
use serde_json::json;

use super::text;
use super::tools::{Answer, Tools};
use crate::auth::token::Token;
use crate::clock::rfc3339;
use crate::store::events::Act;
use crate::store::links::Kind;
use crate::store::transactions;

/// The link works once, within one hour. It leads to a new password and the set-up of a new second factor, and unlocks the
/// administrator.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The administrator's user name
    email: String,
}

pub(super) async fn run(args: Args, tools: &Tools) -> anyhow::Result<Answer> {
    let email = Email::parse(&args.email).with_context(|| text::no_user_name(&args.email))?;
    let public_url = tools.public_url().await?;
    let now = tools.clock.now();
    let token = Token::random();
    let act = Act::of_operator(now);
    let (code, hash) = tools.set_up_code()?;
    let issued = transactions::issue_break_glass_link(&tools.db, &act, &email, &token.hash(), &hash).await?;
    let issued = issued.with_context(|| text::not_an_administrator(&email))?;
    let link = public_url.one_time_link(&token);
    let until = rfc3339(now + Kind::BreakGlass.lifetime_s());
    let mut text = text::admin_link(&email, &until.0, &link);
    let mut answer = json!({"email": email, "link": link, "until": until});
    if issued.needs_code {
        text = format!("{text}\n\n{}", text::set_up_code(&code));
        answer["set_up_code"] = code.into();
    }
    Ok(Answer::new(text, answer))
}
