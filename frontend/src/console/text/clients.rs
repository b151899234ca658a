//! The texts about the clients of OpenID Connect that an application has.

pub(in crate::console) const TITLE: &str = "OpenID Connect";
pub(in crate::console) const INTRO: &str = "Enter these values in the application.";
pub(in crate::console) const ISSUER: &str = "Issuer";
pub(in crate::console) const CLIENT_ID: &str = "Client ID";
pub(in crate::console) const SECRET: &str = "Client secret";
pub(in crate::console) const NO_SECRET: &str = "None: the client is public, and uses PKCE (S256).";
pub(in crate::console) const SECRET_ADVICE: &str = "Shown only once, on the command line. With this command, the operator of the server makes another one; the one before it keeps working:";
pub(in crate::console) const COMMAND: &str = "Command";
pub(in crate::console) const REDIRECT_URI: &str = "Redirect URI";
pub(in crate::console) const ADDRESSES: &str = "Addresses";
pub(in crate::console) const ADDRESSES_ADVICE: &str = "Most applications find these by themselves.";
pub(in crate::console) const DISCOVERY: &str = "Discovery";
pub(in crate::console) const AUTHORIZATION: &str = "Authorization";
pub(in crate::console) const TOKEN: &str = "Token";
pub(in crate::console) const USERINFO: &str = "User info";
pub(in crate::console) const KEYS: &str = "Keys (JWKS)";
pub(in crate::console) const LOG_OUT: &str = "Log-out (end session)";

/// The command by which the operator makes a secret. The name is quoted for a POSIX shell.
pub(in crate::console) fn secret_command(client: &str) -> String {
    format!("postern client secret '{}'", client.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_the_name_of_the_client_as_it_is() {
        assert_eq!(secret_command("Grafana"), "postern client secret 'Grafana'");
        assert_eq!(secret_command("Bo's $(id)"), r"postern client secret 'Bo'\''s $(id)'");
    }
}
