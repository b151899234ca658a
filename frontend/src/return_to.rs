//! Where a log-in goes back to: `/#return=/console/…`. Only places of the console are taken.

/// What stands before the place in the fragment of the log-in page.
const MARK: &str = "#return=";
/// Where every place of the console begins.
pub(crate) const CONSOLE: &str = "/console";

/// The fragment that leads back to a place of the console.
pub(crate) fn fragment(place: &str) -> String {
    format!("{MARK}{place}")
}

/// The place that a fragment names; `None` for anything but a place of the console.
pub(crate) fn place(fragment: &str) -> Option<&str> {
    let place = fragment.strip_prefix(MARK)?;
    let rest = place.strip_prefix(CONSOLE)?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/?&=%-_.".contains(c);
    let begins_well = rest.is_empty() || rest.starts_with(['/', '?']);
    (begins_well && rest.chars().all(is_plain) && !rest.contains("//") && !rest.contains("..")).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_of_the_console_comes_back_as_it_was() {
        for there in ["/console", "/console/a1/users?search=x%20y&page=2", "/console/security"] {
            assert_eq!(place(&fragment(there)), Some(there));
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
            assert_eq!(place(&fragment(there)), None, "{there}");
        }
        assert_eq!(place("return=/console"), None);
    }
}
