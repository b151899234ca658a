//! The addresses of the pages, and where a log-in returns to: `/#return=/console/…`, `/#return=/open?…` or
//! `/#return=/oidc/authorize?…`. Only paths of the console and those that lead to an application are accepted.

/// The log-in.
pub(crate) const LOG_IN: &str = "/";
/// The set-up of a second factor during a log-in.
pub(crate) const SET_UP: &str = "/set-up";
/// A log-in with a recovery code.
pub(crate) const RECOVERY: &str = "/recovery";
/// The second factor of a later log-in, of users who have a passkey.
pub(crate) const PASSKEY: &str = "/passkey";
/// The user's applications: the page after a log-in.
pub(crate) const APPLICATIONS: &str = "/applications";
/// The console. The addresses of all its places begin with this.
pub(crate) const CONSOLE: &str = "/console";
/// The console's screen *My security*.
pub(crate) const MY_SECURITY: &str = "/console/security";
/// The console's screen *Change password*.
pub(crate) const PASSWORD: &str = "/console/password";

/// The beginning of the address that leads to an application. The server builds it, and encodes the requested page.
const OPEN: &str = "/open?";
/// The beginning of the address that leads to an application by OpenID Connect.
const AUTHORIZE: &str = "/oidc/authorize?";

/// The prefix of the place in the fragment.
const MARK: &str = "#return=";

/// The fragment for returning to a place.
pub(crate) fn return_to(place: &str) -> String {
    format!("{MARK}{place}")
}

/// The place in a fragment; `None` for anything but a path of the console, or one that leads to an application.
pub(crate) fn return_place(fragment: &str) -> Option<&str> {
    let place = fragment.strip_prefix(MARK)?;
    let path = place.split('?').next().unwrap_or_default();
    let is_console = path.strip_prefix(CONSOLE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/?&=%+*-_.".contains(c);
    let leads_out = path.contains("..") || place.contains("//");
    let leads_to_application = place.starts_with(OPEN) || place.starts_with(AUTHORIZE);
    ((is_console || leads_to_application) && place.chars().all(is_plain) && !leads_out).then_some(place)
}

/// The id of the application to which a place leads.
pub(crate) fn application_of(place: &str) -> Option<&str> {
    place
        .strip_prefix(OPEN)
        .or_else(|| place.strip_prefix(AUTHORIZE))?
        .split('&')
        .find_map(|parameter| parameter.strip_prefix("application="))
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
    fn the_way_to_an_application_comes_back_as_it_was() {
        for there in [
            "/open?application=a1&begin=Zm9v-_&to=%2Fwiki%2FHome%3Fx%3D1%26y%3D%25",
            "/open?to=%2Fcompare%2Fv1...v2",
            "/oidc/authorize?client_id=a1&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&scope=openid+email&state=*x",
        ] {
            assert_eq!(return_place(&return_to(there)), Some(there));
        }
    }

    #[test]
    fn the_way_to_an_application_names_it() {
        assert_eq!(application_of("/open?begin=x&application=a1&to=y"), Some("a1"));
        assert_eq!(application_of("/oidc/authorize?client_id=c1&application=a1"), Some("a1"));
        assert_eq!(application_of("/open?begin=x"), None);
        assert_eq!(application_of("/console?application=a1"), None);
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
            "/open",
            "/open/",
            "/opened?application=a1",
            "/open/../console",
            "/open/?application=a1",
            "/open?to=//evil.example",
            "/open?to=https://evil.example",
            "/open?to=\\evil.example",
            "//open?application=a1",
            "/open?to=%2F#return=/console",
            "/open?to=@evil.example",
            "/oidc/authorize",
            "/oidc/authorize/?client_id=a1",
            "/oidc/token?client_id=a1",
            "/oidc/../oidc/authorize?client_id=a1",
            "/oidc/authorize?redirect_uri=https://evil.example",
            "/",
            "",
        ] {
            assert_eq!(return_place(&return_to(there)), None, "{there}");
        }
        assert_eq!(return_place("return=/console"), None);
    }
}
