//! What the mails about passkeys say.

use super::Mail;
use crate::clock::in_words as time;

pub(super) fn about_passkey(mail: &Mail, product: &str) -> Vec<String> {
    match mail {
        Mail::PasskeyChanged { added: true, kind, at } => {
            vec![format!("A passkey ({kind}) was added to your user account for {product} on {}.", time(*at))]
        }
        Mail::PasskeyChanged { added: false, kind, at } => vec![format!(
            "A passkey ({kind}) was removed from your user account for {product} on {}. All your other sessions were ended.",
            time(*at)
        )],
        Mail::PasskeyCounterStalled { kind, at, from } => vec![
            format!(
                "On {}, one of your passkeys for {product} ({kind}) was used {}. It was refused, because its counter had not increased \
                 since it was last used.",
                time(*at),
                from.in_words()
            ),
            "There may be a copy of it. Two log-ins in two tabs at the same moment look the same, however.".to_owned(),
        ],
        _ => Vec::new(),
    }
}
