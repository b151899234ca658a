//! `postern user …`.

use anyhow::{Context, anyhow, bail, ensure};
use clap::{Args, Subcommand};
use postern_types::{Email, Password};
use serde_json::json;

use super::asked;
use super::text;
use super::tools::{Answer, Tools};
use crate::auth::password::{ChosenPassword, PasswordHash};
use crate::auth::token::random_password;
use crate::clock::rfc3339;
use crate::display_name::DisplayName;
use crate::ids::UserId;
use crate::keys::values::remove_damaged_copies;
use crate::mail::{Mail, Queued};
use crate::store::events::Act;
use crate::store::transactions::{self, Added, CodeMade, Joined, Reset};
use crate::store::users::{self, NewUser};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a user to an account
    Add(Add),
    /// Add an existing user to another account, and notify the user by e-mail
    AddTo(AddTo),
    /// List all users
    List,
    /// Remove a user's second factor and end all their sessions; the next log-in asks for set-up again. If an account requires a set-up
    /// code, print one
    #[command(name = "reset-2fa")]
    ResetTwoFactor {
        /// The user name
        email: String,
    },
    /// Create and print a set-up code for a user without a second factor, if an account requires one; it works once, within 24 hours
    SetUpCode {
        /// The user name
        email: String,
    },
    /// Lock a user in every account, and end all their sessions; only `unlock` undoes this
    Lock {
        /// The user name
        email: String,
    },
    /// Undo `lock`, and let in a user who was added without --active; locks by administrators of an account stay in force
    Unlock {
        /// The user name
        email: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// The user name
    email: String,
    /// Name of the account
    #[arg(long)]
    account: String,
    /// The display name
    #[arg(long, default_value = "")]
    name: String,
    /// Give the administrator role in the account
    #[arg(long)]
    admin: bool,
    /// Let the user log in at once; otherwise a new user starts locked
    #[arg(long)]
    active: bool,
    /// Read the user's own password from standard input, or ask for it on a terminal, instead of printing a temporary one
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Args)]
pub(super) struct AddTo {
    /// The user name
    email: String,
    /// Name of the account
    #[arg(long)]
    account: String,
    /// Give the administrator role in the account
    #[arg(long)]
    admin: bool,
}

pub(super) async fn run(command: Command, tools: &Tools) -> anyhow::Result<Answer> {
    match command {
        Command::Add(args) => add(args, tools).await,
        Command::AddTo(args) => add_to(&args, tools).await,
        Command::List => list(tools).await,
        Command::ResetTwoFactor { email } => reset_two_factor(&parse(&email)?, tools).await,
        Command::SetUpCode { email } => set_up_code(&parse(&email)?, tools).await,
        Command::Lock { email } => lock(&parse(&email)?, tools).await,
        Command::Unlock { email } => unlock(&parse(&email)?, tools).await,
    }
}

async fn reset_two_factor(email: &Email, tools: &Tools) -> anyhow::Result<Answer> {
    let act = Act::of_operator(tools.clock.now());
    let cipher = tools.cipher().await?;
    let seal = |to: &Email, mail: &Mail| Queued::new(&cipher, to, mail, act.now);
    let (code, hash) = tools.set_up_code()?;
    let reset = transactions::reset_user_two_factor(&tools.db, &act, email, &hash, (text::OPERATOR, &seal)).await?;
    remove_damaged_copies(&tools.db, &cipher).await?;
    match reset {
        Reset::Done { needs_code: false } => done(true, email, text::two_factor_reset),
        Reset::Done { needs_code: true } => {
            let text = format!("{}\n{}", text::two_factor_reset(email), text::set_up_code(&code));
            Ok(Answer::new(text, json!({"email": email, "set_up_code": code})))
        }
        Reset::NoSecondFactor => done(true, email, text::no_two_factor),
        Reset::NoSuchUser => done(false, email, text::two_factor_reset),
    }
}

async fn set_up_code(email: &Email, tools: &Tools) -> anyhow::Result<Answer> {
    let act = Act::of_operator(tools.clock.now());
    let (code, hash) = tools.set_up_code()?;
    match transactions::make_set_up_code_by_operator(&tools.db, &act, email, &hash).await? {
        CodeMade::Yes => Ok(Answer::new(text::set_up_code(&code), json!({"email": email, "set_up_code": code}))),
        CodeMade::NotNeeded => bail!(text::no_set_up_code(email)),
        CodeMade::NoSuchUser => bail!(text::no_user(email)),
    }
}

async fn lock(email: &Email, tools: &Tools) -> anyhow::Result<Answer> {
    let act = Act::of_operator(tools.clock.now());
    let found = transactions::lock_user(&tools.db, &act, email).await?;
    done(found, email, text::user_locked)
}

async fn unlock(email: &Email, tools: &Tools) -> anyhow::Result<Answer> {
    let act = Act::of_operator(tools.clock.now());
    let found = transactions::unlock_user(&tools.db, &act, email).await?;
    done(found, email, text::user_unlocked)
}

async fn add_to(args: &AddTo, tools: &Tools) -> anyhow::Result<Answer> {
    let email = parse(&args.email)?;
    let account = args.account.trim();
    let act = Act::of_operator(tools.clock.now());
    let notice = notice(tools, &email, &Mail::AddedToAccount { account: account.to_owned(), at: act.now }).await?;
    match transactions::add_to_account(&tools.db, &act, &email, account, args.admin, &notice).await? {
        Joined::Yes => {}
        Joined::IsMember => bail!(text::is_member(&email, account)),
        Joined::NoSuchUser => bail!(text::no_user(&email)),
        Joined::NoSuchAccount => bail!(text::no_account(account)),
        Joined::EmailUnconfirmed => bail!(text::email_unconfirmed(&email)),
    }
    let text = text::user_added_to(&email, account, args.admin);
    Ok(Answer::new(text, json!({"email": email, "account": account, "admin": args.admin})))
}

/// An e-mail to a user. A running server sends it.
async fn notice(tools: &Tools, email: &Email, mail: &Mail) -> anyhow::Result<Queued> {
    let cipher = tools.cipher().await?;
    Ok(Queued::new(&cipher, email, mail, tools.clock.now()))
}

fn parse(email: &str) -> anyhow::Result<Email> {
    Email::parse(email).with_context(|| text::no_user_name(email))
}

fn done(found: bool, email: &Email, text: fn(&Email) -> String) -> anyhow::Result<Answer> {
    ensure!(found, text::no_user(email));
    Ok(Answer::new(text(email), json!({"email": email})))
}

async fn add(args: Add, tools: &Tools) -> anyhow::Result<Answer> {
    let email = parse(&args.email)?;
    let name = DisplayName::parse(&args.name)?;
    let account = args.account.trim();
    let generated = (!args.password_stdin).then(random_password);
    let password_hash = &match &generated {
        Some(password) => tools.hasher()?.hash(&Password::new(password.clone()))?,
        None => hash_own_password(tools, [email.as_str(), name.as_str(), account])?,
    };
    let id = UserId::random();
    let user = NewUser {
        id: &id,
        email: &email,
        name: &name,
        active: args.active,
        password_hash,
        temporary: generated.is_some(),
    };
    let act = Act::of_operator(tools.clock.now());
    match transactions::add_user(&tools.db, &act, account, args.admin, &user).await? {
        Added::Yes => {}
        Added::EmailTaken => bail!(text::user_exists(&email)),
        Added::NoSuchAccount => bail!(text::no_account(account)),
    }
    let state = text::state(!args.active);
    let text = text::user_added(&email, account, state, generated.as_deref());
    let mut answer =
        json!({"id": id, "email": email, "name": name, "account": account, "admin": args.admin, "state": state});
    if let Some(password) = generated {
        answer["password"] = password.into();
    }
    Ok(Answer::new(text, answer))
}

/// Checks the password on standard input against the rules (R15), and hashes it.
fn hash_own_password(tools: &Tools, names: [&str; 3]) -> anyhow::Result<PasswordHash> {
    let mut known_words = names.map(str::to_owned).to_vec();
    known_words.push(tools.config.brand.product_name.clone());
    let chosen = ChosenPassword { password: read_password()?, known_words, replaces: None };
    tools.hasher()?.hash_chosen(&chosen)?.map_err(|reason| anyhow!(text::password_refused(&reason)))
}

/// One line, without its line break.
fn read_password() -> anyhow::Result<Password> {
    let text = asked::secret("password", true)?;
    Ok(Password::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

async fn list(tools: &Tools) -> anyhow::Result<Answer> {
    let users = users::list(&tools.db).await?;
    let lines = users.iter().map(text::user).collect::<Vec<_>>();
    let text = if lines.is_empty() { text::NO_USERS.to_owned() } else { lines.join("\n") };
    let answer = users.iter().map(|user| {
        json!({
            "id": user.id,
            "email": user.email,
            "name": user.name,
            "state": text::state(user.locked_at.is_some()),
            "two_factor": text::two_factor(user),
            "authenticator_app": user.apps > 0,
            "passkeys": user.passkeys,
            "recovery_codes": user.recovery_codes,
            "last_sign_in": user.last_sign_in_at.map(rfc3339),
        })
    });
    Ok(Answer::new(text, answer.collect()))
}
