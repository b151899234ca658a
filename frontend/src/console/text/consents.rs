//! The texts about applications that a user has allowed to learn who they are.

pub(in crate::console) const TITLE: &str = "Applications with your permission";
pub(in crate::console) const INTRO: &str =
    "You have allowed these applications to learn who you are when you log in to them.";
pub(in crate::console) const NONE: &str = "No application has your permission now.";
pub(in crate::console) const SINCE: &str = "Since ";
pub(in crate::console) const TAKE_BACK: &str = "Take back";
pub(in crate::console) const CONSEQUENCE: &str = "It can no longer ask who you are, and you are asked again before you next log in to it. It may keep what it has learned. If you are logged in to it now, log out there, too.";

pub(in crate::console) fn question(name: &str) -> String {
    format!("Take back your permission for {name}?")
}

pub(in crate::console) fn taken_back(name: &str) -> String {
    format!("{name} no longer has your permission.")
}

/// What an application learns, by the scopes of OpenID Connect.
pub(in crate::console) fn learns(scopes: &[String]) -> String {
    let facts: Vec<&str> = scopes.iter().filter_map(|scope| fact(scope)).collect();
    let learns = match facts.as_slice() {
        [] => "Recognises you, and learns when and how you log in.".to_owned(),
        facts => format!("Learns: {}.", facts.join(", ")),
    };
    let stays = scopes.iter().any(|scope| scope == "offline_access");
    learns + if stays { " Stays logged in while you are logged in here." } else { "" }
}

/// What one scope tells; `None` if it tells nothing.
fn fact(scope: &str) -> Option<&str> {
    match scope {
        "openid" | "offline_access" => None,
        "profile" => Some("name"),
        "email" => Some("e-mail address"),
        "groups" => Some("accounts and roles"),
        newer => Some(newer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learns_by(scopes: &str) -> String {
        learns(&scopes.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn it_is_said_in_words_what_an_application_learns() {
        assert_eq!(learns_by("openid"), "Recognises you, and learns when and how you log in.");
        assert_eq!(learns_by("openid email"), "Learns: e-mail address.");
        assert_eq!(
            learns_by("openid profile email groups offline_access"),
            "Learns: name, e-mail address, accounts and roles. Stays logged in while you are logged in here."
        );
    }
}
