//! The rules of an application. They have the same form on the command line, in the settings file and in the database:
//! `NAME: ACCESS [METHOD,…] PATH`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use postern_types::{Access, RequestMethod};

use super::path::{DecodedPath, OddPath};
use crate::display_name::DisplayName;
use crate::folding::fold;

/// Who may send some requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, 1 to 100 characters.
    pub name: String,
    /// Who is allowed.
    pub access: Access,
    /// The methods that it matches; empty for all of [`RequestMethod`].
    pub methods: Vec<RequestMethod>,
    /// The paths that it matches.
    pub path: PathPattern,
}

/// The paths that a rule matches: a single path, with or without a trailing slash, and with `/*` everything below it, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    /// The decoded path, without a slash at its end; empty for the root.
    path: String,
    folded: String,
    with_everything_below: bool,
}

/// The rules of an application, in order. There is at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules(Vec<Rule>);

/// Why a rule is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRule {
    /// It does not have the form of a rule.
    #[error("a rule must have the form NAME: ACCESS [METHOD,…] PATH, such as \"health: open GET,HEAD /healthz\"")]
    Malformed,
    /// The name is empty, too long, or has invisible characters.
    #[error("the name of a rule must have 1 to 100 visible characters and no colon")]
    Name,
    /// An unknown access.
    #[error("rule {0:?}: the access must be open, members, fresh or refused")]
    Access(String),
    /// An unknown method.
    #[error("rule {0:?}: methods must be GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS, separated by commas")]
    Method(String),
    /// A path that no request can have.
    #[error("rule {0:?}: the path {1}")]
    Path(String, OddPath),
    /// A `*` that is not the last segment.
    #[error("rule {0:?}: * must be the last segment of the path, as in /admin/*")]
    Wildcard(String),
    /// Two rules have the same name.
    #[error("rule {0:?}: another rule has the same name")]
    SameName(String),
    /// Over 100 rules.
    #[error("an application must have at most {} rules", Rules::MAX)]
    TooMany,
}

/// Characters with a special meaning in the text of a rule, and how they are escaped. The percent sign must come first.
const SPECIAL: [(char, &str); 5] = [('%', "%25"), (' ', "%20"), ('*', "%2A"), ('?', "%3F"), ('#', "%23")];

/// A path as a server behind the proxy may read it.
pub(super) struct Reading<'a> {
    path: Cow<'a, str>,
    is_folded: bool,
}

impl PathPattern {
    /// Parses a path, percent-encoded or not, or a path that ends with `/*`.
    fn parse(rule: &str, text: &str) -> Result<Self, InvalidRule> {
        let (path, with_everything_below) = text.strip_suffix("/*").map_or((text, false), |path| (path, true));
        if path.contains('*') {
            return Err(InvalidRule::Wildcard(rule.to_owned()));
        }
        let path = if path.is_empty() && with_everything_below { "/" } else { path };
        let path = DecodedPath::parse(path).map_err(|odd| InvalidRule::Path(rule.to_owned(), odd))?;
        let path = path.as_str().trim_end_matches('/').to_owned();
        Ok(Self { folded: fold(&path), path, with_everything_below })
    }

    fn meets(&self, reading: &Reading<'_>) -> bool {
        let own = if reading.is_folded { &self.folded } else { &self.path };
        match reading.path.strip_prefix(own.as_str()) {
            Some("" | "/") => true,
            Some(below) => self.with_everything_below && below.starts_with('/'),
            None => false,
        }
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Unescaped, these would be parsed differently.
        let mut path = self.path.clone();
        for (special, encoded) in SPECIAL {
            path = path.replace(special, encoded);
        }
        match (path.as_str(), self.with_everything_below) {
            ("", false) => f.write_str("/"),
            (path, false) => f.write_str(path),
            (path, true) => write!(f, "{path}/*"),
        }
    }
}

impl Rule {
    /// Whether it matches a path.
    pub(super) fn meets_path(&self, reading: &Reading<'_>) -> bool {
        self.path.meets(reading)
    }

    /// Whether it matches a method.
    #[must_use]
    pub fn meets_method(&self, method: RequestMethod) -> bool {
        self.methods.is_empty() || self.methods.contains(&method)
    }
}

impl FromStr for Rule {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        let (name, rest) = text.split_once(':').ok_or(InvalidRule::Malformed)?;
        let name = DisplayName::parse(name).ok().filter(|name| !name.is_empty()).ok_or(InvalidRule::Name)?.to_string();
        let (access, rest) = rest.trim_matches(' ').split_once(' ').ok_or(InvalidRule::Malformed)?;
        let access = access.parse().map_err(|_| InvalidRule::Access(name.clone()))?;
        let rest = rest.trim_start_matches(' ');
        let (methods, path) = match rest.split_once(' ') {
            _ if rest.starts_with('/') => ("", rest),
            Some(methods_and_path) => methods_and_path,
            None => return Err(InvalidRule::Path(name, OddPath::NotAPath)),
        };
        let names = methods.split(',').filter(|_| !methods.is_empty());
        let methods = names.map(str::parse).collect::<Result<_, _>>().map_err(|_| InvalidRule::Method(name.clone()))?;
        let path = PathPattern::parse(&name, path.trim_start_matches(' '))?;
        Ok(Self { name, access, methods, path })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ", self.name, self.access.as_str())?;
        if !self.methods.is_empty() {
            let names: Vec<&str> = self.methods.iter().map(|method| method.as_str()).collect();
            write!(f, "{} ", names.join(","))?;
        }
        self.path.fmt(f)
    }
}

/// A single rule: everyone who may use the application may use all of it.
impl Default for Rules {
    fn default() -> Self {
        Self(vec![everything(Access::Members)])
    }
}

impl Rules {
    /// Maximum number of rules.
    pub const MAX: usize = 100;

    /// Parses rules. An empty list becomes the default rule.
    ///
    /// # Errors
    /// [`InvalidRule`] says what is wrong with which rule.
    pub fn parse<T: AsRef<str>>(rules: &[T]) -> Result<Self, InvalidRule> {
        if rules.len() > Self::MAX {
            return Err(InvalidRule::TooMany);
        }
        let rules = rules.iter().map(|rule| rule.as_ref().parse()).collect::<Result<Vec<Rule>, _>>()?;
        for (index, rule) in rules.iter().enumerate() {
            if rules[..index].iter().any(|earlier| earlier.name == rule.name) {
                return Err(InvalidRule::SameName(rule.name.clone()));
            }
        }
        Ok(if rules.is_empty() { Self::default() } else { Self(rules) })
    }

    /// Parses a column. If a rule is damaged, everything is refused.
    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        let rules = Self::parse(&lines).ok().filter(|_| !lines.is_empty());
        rules.unwrap_or_else(|| Self(vec![everything(Access::Refused)]))
    }

    /// The text for a column, one rule per line.
    #[must_use]
    pub fn to_stored(&self) -> String {
        self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    /// The rules, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Rule] {
        &self.0
    }

    /// The path in every way in which a server behind the proxy may read it: with and without what some servers drop (parameters
    /// after a semicolon, everything after an encoded `#` or `?`, spaces around a name, dots at its end), case-sensitive and
    /// case-insensitive.
    pub(super) fn readings<'a>(&self, path: &'a DecodedPath) -> Vec<Reading<'a>> {
        let path = path.as_str();
        let mut readings = vec![Reading { path: path.into(), is_folded: false }];
        for shortened in shortened(path) {
            readings.push(Reading { path: shortened.into(), is_folded: false });
        }
        let is_plain = path.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
        if is_plain && self.0.iter().all(|rule| rule.path.path == rule.path.folded) {
            return readings;
        }
        let folded: Vec<_> =
            readings.iter().map(|reading| Reading { path: fold(&reading.path).into(), is_folded: true }).collect();
        readings.extend(folded);
        readings
    }
}

/// The path without what some servers drop, if there is any of it: without parameters, and also without spaces around names and dots
/// at their ends.
fn shortened(path: &str) -> Vec<String> {
    if !path.contains([';', '#', '?']) && path.split('/').all(|name| trimmed(name) == name) {
        return Vec::new();
    }
    let kept = path.split(['#', '?']).next().unwrap_or_default();
    let names: Vec<&str> = kept.split('/').map(|segment| segment.split(';').next().unwrap_or_default()).collect();
    let trimmed: Vec<&str> = names.iter().copied().map(trimmed).collect();
    let mut paths = Vec::new();
    if trimmed != names {
        paths.push(trimmed.join("/"));
    }
    if kept != path || path.contains(';') {
        paths.push(names.join("/"));
    }
    paths
}

fn trimmed(name: &str) -> &str {
    name.trim_start().trim_end_matches(|c: char| c == '.' || c.is_whitespace())
}

/// The only rule of an application, for all requests.
fn everything(access: Access) -> Rule {
    let path = PathPattern { path: String::new(), folded: String::new(), with_everything_below: true };
    Rule { name: "everything".to_owned(), access, methods: Vec::new(), path }
}

#[cfg(test)]
#[path = "rule_tests.rs"]
mod tests;
