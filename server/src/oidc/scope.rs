//! Scopes (OpenID Connect Core 1.0, sections 5.4 and 11).

use std::fmt;

use strum::IntoEnumIterator;

/// A scope. Others are ignored.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::EnumIter, strum::EnumString, strum::IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum Scope {
    /// An id token, and the user's `sub`.
    Openid,
    /// `name` and `preferred_username`.
    Profile,
    /// `email` and `email_verified`.
    Email,
    /// `groups`: the user's accounts, and the role in each.
    Groups,
    /// A refresh token. Every client gets one.
    OfflineAccess,
}

/// Some scopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// Parses the parameter or the column: names separated by spaces. Unknown ones are ignored.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let names: Vec<&str> = text.split(' ').collect();
        Self(Scope::iter().filter(|scope| names.contains(&scope.as_str())).collect())
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn contain(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// These, and others.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        Self(Scope::iter().filter(|scope| self.contain(*scope) || others.contain(*scope)).collect())
    }

    /// Whether all of these are among them.
    #[must_use]
    pub fn cover(&self, others: &Self) -> bool {
        others.0.iter().all(|scope| self.contain(*scope))
    }

    /// The scopes, in their order.
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }
}

impl Scope {
    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The names of all scopes.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        Self::iter().map(Self::as_str).collect()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|scope| scope.as_str()).collect();
        f.write_str(&names.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_scopes_are_ignored_and_the_order_does_not_matter() {
        let scopes = Scopes::parse("email tea openid  email offline_access");
        assert_eq!(scopes.to_string(), "openid email offline_access");
        assert!(scopes.cover(&Scopes::parse("openid")) && !scopes.cover(&Scopes::parse("openid groups")));
        assert_eq!(Scopes::parse("").to_string(), "");
    }
}
