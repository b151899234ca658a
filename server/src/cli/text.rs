//! What the commands say. Plain, short: what happened and what to do.

use postern_types::{Email, PasskeyPolicy, Reason, TwoFactorState, Weakness};

use crate::clock::rfc3339;
use crate::display_name::DisplayName;
use crate::store::accounts;
use crate::store::users::Listed;

/// Who did it, in e-mails.
pub(super) const OPERATOR: &str = "The operator of the server";

/// About a connection to PostgreSQL that need not be encrypted.
pub(super) const OVERHEARD: &str = "its connection may be unencrypted: add sslmode=verify-full to database.url, or at least \
                                    sslmode=require";

/// The cure for such a connection.
pub(super) const ENCRYPT: &str = "Add sslmode=verify-full to database.url, or at least sslmode=require";

/// About a portal without a mail server.
pub(super) const NO_MAIL_SERVER: &str =
    "no mail server is configured (mail.url): e-mails are only written to files, and nobody receives them";

pub(super) const NO_ACCOUNTS: &str = "There are no accounts. Add one with: postern account add NAME";

pub(super) const NO_USERS: &str = "There are no users. Add one with: postern user add EMAIL --account NAME";

/// About a clock that was set back.
pub(super) fn clock_set_back(now: &str, latest: &str) -> String {
    format!("it shows {now}, but the database has entries from {latest}: the clock was set back. Check it")
}

/// The same, where correct codes are refused.
pub(super) fn codes_refused(now: &str, users: i64, until: &str) -> String {
    format!(
        "it shows {now}, but codes of a later time have been accepted: the clock was set back. So that no code works twice, codes are \
         refused for some time (users: {users}, the last until {until}). Check the clock. To let a user in before then, run: \
         postern user reset-2fa"
    )
}

/// About a clock that differs from those of several phones, which are ahead of it by so many seconds.
pub(super) fn clock_wrong(now: &str, ahead_s: i64, phones: usize) -> String {
    let minutes = (ahead_s.abs() + 30) / 60;
    let (unit, wrong) = (if minutes == 1 { "minute" } else { "minutes" }, if ahead_s > 0 { "slow" } else { "fast" });
    format!(
        "it shows {now}, but it seems to be about {minutes} {unit} {wrong}: the codes of {phones} users, which were refused in set-ups \
         within the last 7 days, agree on another time. Check the clock of this server, and of every other node"
    )
}

pub(super) fn account(account: &accounts::Listed) -> String {
    let accounts::Listed { name, two_factor_required_at, passkeys, users, .. } = account;
    let factor = if two_factor_required_at.is_some() { "2FA required" } else { "2FA not required" };
    let passkeys = match PasskeyPolicy::ALL.into_iter().find(|policy| policy.as_str() == passkeys) {
        Some(PasskeyPolicy::WithoutPassword) => "passkeys also without a password",
        Some(PasskeyPolicy::SecondFactor) => "passkeys as a second factor",
        Some(PasskeyPolicy::NotAllowed) | None => "no passkeys",
    };
    format!("{name}\t{factor}\t{passkeys}\t{users} {}", if *users == 1 { "user" } else { "users" })
}

pub(super) fn account_added(name: &DisplayName) -> String {
    format!("Account {:?} added.", name.as_str())
}

pub(super) fn account_exists(name: &DisplayName) -> String {
    format!("there is already an account {:?}", name.as_str())
}

pub(super) fn no_account(name: &str) -> String {
    format!("there is no account {name:?}: see postern account list, or add it with: postern account add NAME")
}

pub(super) fn two_factor_required(account: &str, required: bool) -> String {
    if required {
        format!("Every user of {account:?} needs a second factor from the next log-in on.")
    } else {
        format!("{account:?} no longer requires a second factor. Users who have one are still asked for it.")
    }
}

pub(super) fn passkeys_allowed(account: &str, allowed: PasskeyPolicy) -> String {
    match allowed {
        PasskeyPolicy::NotAllowed => format!(
            "Users of {account:?} cannot use passkeys. Those who have no other second factor need a recovery code or a reset."
        ),
        PasskeyPolicy::SecondFactor => {
            format!("Users of {account:?} can use passkeys as a second factor, after their password.")
        }
        PasskeyPolicy::WithoutPassword => {
            format!("Users of {account:?} can use passkeys as a second factor, or without their password.")
        }
    }
}

/// About an address at which browsers allow no passkeys.
pub(super) const NO_PASSKEYS: &str = "browsers allow no passkeys there, because its host is an IP address: passwords and one-time codes \
                                      work. For passkeys, use a host name";

/// About an address without a dot.
pub(super) const SINGLE_LABEL: &str = "its host has no dot: passkeys work in Chromium, but perhaps not in other browsers. Passkeys belong \
                                       to the host, so choose its final name first";

/// About the host of an address at which passkeys work.
pub(super) fn passkeys_belong_to(host: &str, passkeys: i64) -> String {
    format!(
        "they belong to the host {host} (passkeys: {passkeys}). If the host in server.public_url changes, none of them will work, and \
         users who have no other second factor need a recovery code or a reset"
    )
}

pub(super) fn no_user_name(text: &str) -> String {
    format!("{text:?} is not a user name")
}

pub(super) fn no_user(email: &Email) -> String {
    format!("there is no user {email}")
}

pub(super) fn user_exists(email: &Email) -> String {
    format!("there is already a user {email}; for another account, run: postern user add-to {email} --account NAME")
}

pub(super) fn user_added(email: &Email, account: &str, state: &str, password: Option<&str>) -> String {
    let added = format!("User {email} added to {account:?}, {state}.");
    match password {
        Some(password) => format!("{added}\nPassword: {password}\nIt must be replaced at the first log-in."),
        None => added,
    }
}

pub(super) fn password_refused(reason: &Reason) -> String {
    match reason {
        Reason::TooShort { min } => format!("a password must have at least {min} characters"),
        Reason::TooLong { max } => format!("a password must have at most {max} bytes"),
        Reason::Guessable { weakness: Weakness::AboutUser } => {
            "the password is made of names of the user, the account or the product; add other words".to_owned()
        }
        _ => "the password is easy to guess; add another word or two".to_owned(),
    }
}

pub(super) fn user_added_to(email: &Email, account: &str, admin: bool) -> String {
    format!("{email} now also belongs to {account:?}{}.", if admin { ", as administrator" } else { "" })
}

pub(super) fn is_member(email: &Email, account: &str) -> String {
    format!("{email} already belongs to {account:?}")
}

pub(super) fn email_unconfirmed(email: &Email) -> String {
    format!(
        "an administrator has changed this user's e-mail address to {email}, so the user may be somebody else. Whoever reads e-mails \
         there can confirm it with \"Forgotten password?\""
    )
}

pub(super) fn two_factor_reset(email: &Email) -> String {
    format!(
        "{email} no longer has a second factor, neither an authenticator app nor a passkey, and is logged out everywhere."
    )
}

pub(super) fn set_up_code(code: &str) -> String {
    format!(
        "Set-up code: {code}\nThe next set-up asks for it. It works once, within 24 hours. First make sure that it is really the user. \
         Then give them the code, but not in the same way as the password."
    )
}

pub(super) fn no_set_up_code(email: &Email) -> String {
    format!("{email} needs no set-up code: this user has a second factor, or no account of theirs requires a code")
}

pub(super) fn no_two_factor(email: &Email) -> String {
    format!("{email} has no second factor, so there is nothing to reset.")
}

pub(super) fn user_locked(email: &Email) -> String {
    format!("{email} is locked and logged out everywhere.")
}

pub(super) fn user_unlocked(email: &Email) -> String {
    format!("{email} is active, except in accounts whose administrators have locked them.")
}

pub(super) fn user(user: &Listed) -> String {
    let Listed { email, name, locked_at, last_sign_in_at, .. } = user;
    let state = state(locked_at.is_some());
    let factor = match two_factor(user) {
        TwoFactorState::None => "no 2FA",
        TwoFactorState::SetUp => "2FA set up",
        TwoFactorState::Disabled => "2FA disabled after too many wrong codes",
    };
    let last = last_sign_in_at.map_or_else(|| "never".to_owned(), |at| rfc3339(at).to_string());
    let passkeys = match user.passkeys {
        0 => String::new(),
        1 => ", 1 passkey".to_owned(),
        more => format!(", {more} passkeys"),
    };
    format!("{email}\t{name}\t{state}\t{factor}{passkeys}\tlast log-in {last}")
}

/// Whether a user has a second factor.
pub(super) const fn two_factor(user: &Listed) -> TwoFactorState {
    TwoFactorState::of(
        user.two_factor_since.is_some(),
        user.two_factor_disabled_at.is_some() && user.usable_passkeys == 0,
    )
}

/// The state of a user, for a person and for a program alike.
pub(super) const fn state(locked: bool) -> &'static str {
    if locked { "locked" } else { "active" }
}

pub(super) fn not_an_administrator(email: &Email) -> String {
    format!("{email} is not an administrator of any account; for other users, run: postern user reset-2fa")
}

pub(super) fn admin_link(email: &Email, until: &str, link: &str) -> String {
    format!("This link lets {email} back in. It works once, until {until}:\n\n  {link}")
}

pub(super) fn first_run(link: &str) -> String {
    format!(
        "\nCreate the first account and its administrator with this link. It works once, within one hour:\n\n  {link}\n"
    )
}
