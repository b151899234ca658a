//! What the mail about a used recovery code says.

use super::{CodePurpose, Origin};
use crate::clock::{UnixTime, in_words as time};

pub(super) fn recovery_code_used(
    product: &str,
    at: UnixTime,
    left: u32,
    from: Option<&Origin>,
    purpose: CodePurpose,
) -> String {
    let at = time(at);
    let from = from.map(|from| format!(" {}", from.in_words())).unwrap_or_default();
    match purpose {
        CodePurpose::SignIn => format!(
            "Somebody logged in to {product} as you on {at}{from}. They entered your password and one of your recovery codes. {}",
            codes_left(left)
        ),
        CodePurpose::Lockdown => {
            format!("One of your recovery codes was used on {at}{from}, to lock down your user account for {product}.")
        }
    }
}

fn codes_left(left: u32) -> String {
    match left {
        0 => "It was the last one: create new ones under My security.".to_owned(),
        1 => "1 recovery code is left: create new ones under My security.".to_owned(),
        _ => format!("{left} recovery codes are left."),
    }
}
