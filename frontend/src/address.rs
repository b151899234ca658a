//! The addresses of the pages, and where a log-in returns to: `/#return=/console/…`. Only places of the console are accepted.

/// The log-in.
pub(crate) const LOG_IN: &str = "/";
/// The set-up of a second factor during a log-in.
pub(crate) const SET_UP: &str = "/set-up";
/// The console. The addresses of all its places begin with this.
pub(crate) const CONSOLE: &str = "/console";
/// The console's screen *My security*.
pub(crate) const MY_SECURITY: &str = "/console/security";

/// The prefix of the place in the fragment.
const MARK: &str = "#return=";

/// The fragment for returning to a place of the console.
pub(crate) fn return_to(place: &str) -> String {
    format!("{MARK}{place}")
}

/// The place in a fragment; `None` for anything but a place of the console.
pub(crate) fn return_place(fragment: &str) -> Option<&str> {
    let place = fragment.strip_prefix(MARK)?;
    let rest = place.strip_prefix(CONSOLE)?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/?&=%+*-_.".contains(c);
    let begins_well = rest.is_empty() || rest.starts_with(['/', '?']);
    let leads_out = rest.as_bytes().windows(2).any(|pair| pair == b"//" || pair == b"..");
    (begins_well && rest.chars().all(is_plain) && !leads_out).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_of_the_console_comes_back_as_it_was() {
        for there in
            ["/console", "/console/a1/users?search=x%20y&page=2", "/console/a1/users?search=x+*y", "/console/security"]
        {
            assert_eq!(return_place(&return_to(there)), Some(there));
        }
    }

    #[test]
    fn nothing_leads_anywhere_else() {
        for there in [
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "/%09/evil.example",
            "/.//evil.example",
            "/a/..//evil.example",
            "%00//evil.example",
            "https:evil.example",
            "https://ok.example@evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "/console.evil.example",
            "/console@evil.example",
            "/console/../api/flow",
            "/console//evil.example",
            "/console\\evil",
            "/console/\u{202e}",
            "/console/<script>",
            "/",
            "",
        ] {
            assert_eq!(return_place(&return_to(there)), None, "{there}");
        }
        assert_eq!(return_place("return=/console"), None);
    }
}
