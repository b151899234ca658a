//! Form-encoded parameters, of a query or a body (RFC 6749, section 3.1).

use url::form_urlencoded::{Serializer, parse};

use super::refusal::{NUL, REPEATED_PARAMETER, Refusal};

/// The parameters of a request. Those without a value count as absent.
#[derive(Clone, Default)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Parses a query or a body.
    #[must_use]
    pub fn parse(encoded: &[u8]) -> Self {
        let pairs = parse(encoded).filter(|(_, value)| !value.is_empty());
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The value of a parameter.
    ///
    /// # Errors
    /// If it was sent more than once, or has a character that no database holds.
    pub fn get(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut values = self.0.iter().filter(|(it, _)| it == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (Some(value), None) if value.contains('\0') => Err(NUL),
            (value, None) => Ok(value),
            _ => Err(REPEATED_PARAMETER),
        }
    }

    /// The same parameters with another value for one of them.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut changed = self.without(name);
        changed.0.push((name.to_owned(), value.to_owned()));
        changed
    }

    /// The same parameters without one of them.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|(it, _)| it != name).cloned().collect())
    }

    /// The parameters, form-encoded.
    #[must_use]
    pub fn encoded(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_without_a_value_counts_as_absent_and_a_repeated_one_is_refused() {
        let parameters = Parameters::parse(b"a=1&b=&c=x%20y+z&d=1&d=2");
        assert_eq!(parameters.get("a"), Ok(Some("1")));
        assert_eq!(parameters.get("b"), Ok(None));
        assert_eq!(parameters.get("c"), Ok(Some("x y z")));
        assert_eq!(parameters.get("d"), Err(REPEATED_PARAMETER));
        assert_eq!(parameters.without("d").with("a", "2").encoded(), "c=x+y+z&a=2");
    }
}
