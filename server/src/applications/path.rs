//! The path of a request, as the rules see it.

use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization;

use crate::display_name::is_ignorable;

/// A path, percent-decoded once, without its query. A path in which one program could see a separator where another sees a
/// letter is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedPath(String);

/// Why a path is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OddPath {
    /// It does not begin with a slash, or has a query or a fragment.
    #[error("must begin with / and have no ? and no #")]
    NotAPath,
    /// A `%` without two hexadecimal digits, or encoded bytes that are not UTF-8.
    #[error("must be percent-encoded UTF-8")]
    Encoding,
    /// An encoded slash, backslash or dot, or something that was encoded twice.
    #[error("must not contain encoded slashes, backslashes or dots, or anything that is encoded twice")]
    Hidden,
    /// A backslash or a control character.
    #[error("must not contain backslashes or control characters")]
    Character,
    /// An empty segment (`//`), or one that has only dots, spaces or invisible characters, with or without parameters.
    #[error("must not contain //, or segments that have only dots, spaces or invisible characters")]
    Segment,
}

impl DecodedPath {
    /// Decodes the path of a request.
    ///
    /// # Errors
    /// [`OddPath`] says why the path is refused.
    pub fn parse(raw: &str) -> Result<Self, OddPath> {
        if !raw.starts_with('/') || raw.contains(['?', '#']) {
            return Err(OddPath::NotAPath);
        }
        for (index, _) in raw.match_indices('%') {
            let digits = raw.as_bytes().get(index + 1..index + 3).unwrap_or_default();
            match digits {
                [high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {}
                _ => return Err(OddPath::Encoding),
            }
            if matches!(&digits.to_ascii_lowercase()[..], b"2f" | b"5c" | b"2e") {
                return Err(OddPath::Hidden);
            }
        }
        let path = percent_decode_str(raw).decode_utf8().map_err(|_| OddPath::Encoding)?;
        if path.contains(|c: char| c.is_control() || c == '\\') {
            return Err(OddPath::Character);
        }
        if is_encoded(&path) {
            return Err(OddPath::Hidden);
        }
        let last = path.matches('/').count() - 1;
        let is_odd = |(index, segment): (usize, &str)| {
            // Some servers ignore what follows a semicolon, or spaces around a name: to them, `..;x` and `.. ` are `..`. Others
            // take compatible forms of dots for dots, or leave out what cannot be seen.
            let name = segment.split([';', '#', '?']).next().unwrap_or_default();
            let is_end = segment.is_empty() && index == last;
            let is_plain = name.starts_with(|c: char| c.is_ascii_alphanumeric());
            !is_plain && name.nfkc().all(|c| c == '.' || c.is_whitespace() || is_ignorable(c)) && !is_end
        };
        if path[1..].split('/').enumerate().any(is_odd) {
            return Err(OddPath::Segment);
        }
        Ok(Self(path.into_owned()))
    }

    /// The decoded path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a decoded path still contains something that looks percent-encoded.
fn is_encoded(path: &str) -> bool {
    path.match_indices('%').any(|(index, _)| {
        matches!(path.as_bytes().get(index + 1..index + 3), Some([high, low]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_once() {
        for (raw, decoded) in [
            ("/", "/"),
            ("/wiki/Start", "/wiki/Start"),
            ("/%66orbidden", "/forbidden"),
            ("/a%20b/", "/a b/"),
            ("/100%25", "/100%"),
            ("/gr%C3%B6%C3%9Fe", "/größe"),
            ("/größe", "/größe"),
            ("/a;v=1/b", "/a;v=1/b"),
            ("/..a/b..", "/..a/b.."),
            ("/.well-known/x", "/.well-known/x"),
        ] {
            assert_eq!(DecodedPath::parse(raw).map(|path| path.0).as_deref(), Ok(decoded), "{raw}");
        }
    }

    #[test]
    fn a_path_that_programs_read_differently_is_refused() {
        use OddPath::{Character, Encoding, Hidden, NotAPath, Segment};
        for (raw, why) in [
            ("", NotAPath),
            ("*", NotAPath),
            ("wiki", NotAPath),
            ("https://wiki.example.com/", NotAPath),
            ("/a?b", NotAPath),
            ("/a#b", NotAPath),
            ("/%", Encoding),
            ("/%6", Encoding),
            ("/%zz", Encoding),
            ("/%u0066", Encoding),
            ("/%c0%af", Encoding),
            ("/%ff", Encoding),
            ("/a%2fb", Hidden),
            ("/a%2Fb", Hidden),
            ("/a%5cb", Hidden),
            ("/%2e%2e/a", Hidden),
            ("/.%2E/a", Hidden),
            ("/a%2epdf", Hidden),
            ("/%2566orbidden", Hidden),
            ("/%252fa", Hidden),
            ("/a\\b", Character),
            ("/a%00", Character),
            ("/a%0d%0aX", Character),
            ("/a\u{7f}", Character),
            ("/a%c2%85", Character),
            ("//", Segment),
            ("//a", Segment),
            ("/a//b", Segment),
            ("/a//", Segment),
            ("/./a", Segment),
            ("/a/.", Segment),
            ("/a/../b", Segment),
            ("/..", Segment),
            ("/..;/a", Segment),
            ("/a/..;x=1/b", Segment),
            ("/.;x/a", Segment),
            ("/;/a", Segment),
            ("/;x", Segment),
            ("/public/..%20/admin", Segment),
            ("/public/.%20./admin", Segment),
            ("/public/%20../admin", Segment),
            ("/public/..%C2%A0/admin", Segment),
            ("/public/..%23/admin", Segment),
            ("/public/..%3Fx/admin", Segment),
            ("/public/..;x%20/admin", Segment),
            ("/%20/admin", Segment),
            ("/.../admin", Segment),
            ("/public/%EF%BC%8E%EF%BC%8E/admin", Segment),
            ("/public/\u{2025}/admin", Segment),
            ("/public/.\u{200b}./admin", Segment),
            ("/public/.%C2%AD./admin", Segment),
        ] {
            assert_eq!(DecodedPath::parse(raw), Err(why), "{raw}");
        }
    }
}
