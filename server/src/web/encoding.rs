//! Content codings that a browser accepts (RFC 9110, 12.5.3).

use std::io::Write;

use axum::http::{HeaderMap, header};

use crate::http::header_list::elements;

/// A content coding, the better one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    pub(super) const COMPRESSED: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// Suffix of the compressed copy that the build puts beside a file.
    pub(super) const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }

    /// The name in `Accept-Encoding` and `Content-Encoding`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// Compresses a small text at the best level.
    pub(super) fn compress(self, text: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Brotli => {
                let mut out = Vec::new();
                // A whole page fits into this window; a larger one would cost megabytes of tables.
                let params = brotli::enc::BrotliEncoderParams {
                    quality: 11,
                    lgwin: 16,
                    size_hint: text.len(),
                    ..Default::default()
                };
                brotli::BrotliCompress(&mut &text[..], &mut out, &params)?;
                Ok(out)
            }
            Self::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
                encoder.write_all(text)?;
                encoder.finish()
            }
        }
    }
}

/// The content codings that the request accepts, by descending weight; of equal ones the better first.
pub(super) fn preferred(headers: &HeaderMap) -> Vec<Encoding> {
    let weighed = Encoding::COMPRESSED.map(|encoding| (weight(headers, encoding), encoding));
    let mut accepted: Vec<(f32, Encoding)> = weighed.into_iter().filter(|(weight, _)| *weight > 0.0).collect();
    accepted.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    accepted.into_iter().map(|(_, encoding)| encoding).collect()
}

/// The weight of a content coding, from 0 (not accepted) to 1. `*` stands for those that are not named.
fn weight(headers: &HeaderMap, encoding: Encoding) -> f32 {
    let accepted = elements(headers, &header::ACCEPT_ENCODING).flatten();
    let weighed: Vec<(&str, f32)> = accepted.filter_map(element).collect();
    let of =
        |wanted: &str| weighed.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, weight)| *weight);
    of(encoding.name()).or_else(|| of("*")).unwrap_or(0.0)
}

/// `gzip` or `gzip;q=0.5`.
fn element(text: &str) -> Option<(&str, f32)> {
    let (name, parameter) = text.split_once(';').unwrap_or((text, "q=1"));
    let (q, weight) = parameter.split_once('=')?;
    let weight = weight.trim().parse().ok().filter(|weight| (0.0..=1.0).contains(weight))?;
    q.trim().eq_ignore_ascii_case("q").then_some((name.trim(), weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Vec<Encoding> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, value.parse().unwrap());
        preferred(&headers)
    }

    #[test]
    fn brotli_comes_before_gzip() {
        assert_eq!(of("gzip, deflate, br, zstd"), [Encoding::Brotli, Encoding::Gzip]);
        assert_eq!(of("GZIP"), [Encoding::Gzip]);
        assert_eq!(of("*"), [Encoding::Brotli, Encoding::Gzip]);
    }

    #[test]
    fn the_browsers_weights_come_before_our_order() {
        assert_eq!(of("br;q=0.5, gzip ; Q=0.8"), [Encoding::Gzip, Encoding::Brotli]);
        assert_eq!(of("gzip;q=0.5, *;q=0.1"), [Encoding::Gzip, Encoding::Brotli]);
    }

    #[test]
    fn what_is_refused_or_unknown_is_not_used() {
        assert_eq!(of("br;q=0, gzip;q=0.5"), [Encoding::Gzip]);
        assert_eq!(of("identity, br;q=x, gzip;q=nan, *;q=0"), []);
        assert_eq!(of("br;q=0, *"), [Encoding::Gzip]);
        assert_eq!(preferred(&HeaderMap::new()), []);
    }
}
