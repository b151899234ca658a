//! Passwords and passphrases that a command needs: on a terminal it asks for them without showing them, otherwise it reads standard input.

use std::io::{IsTerminal, Read, stdin};

use anyhow::{Context, ensure};
use zeroize::Zeroizing;

/// The longest text that is read, in bytes. Whoever reads it has a limit of their own.
const LONGEST: u64 = 64 * 1024;

/// A secret text, called `what`. On a terminal, a new one is asked for twice.
///
/// # Errors
/// If it cannot be read, or the two are different.
pub(super) fn secret(what: &str, is_new: bool) -> anyhow::Result<Zeroizing<String>> {
    if !stdin().is_terminal() {
        let mut text = Zeroizing::new(String::new());
        let read = stdin().take(LONGEST).read_to_string(&mut text);
        read.with_context(|| format!("cannot read the {what} from standard input"))?;
        return Ok(text);
    }
    let ask = |prompt: String| {
        let answer = rpassword::prompt_password(prompt).map(Zeroizing::new);
        answer.with_context(|| format!("cannot read the {what} from the terminal"))
    };
    let given = ask(format!("The {what}: "))?;
    if is_new {
        let again = ask(format!("The {what} again: "))?;
        ensure!(*again == *given, "the two are different; nothing was changed");
    }
    Ok(given)
}
