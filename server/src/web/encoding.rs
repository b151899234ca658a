//! Which compression a browser takes (RFC 9110, 12.5.3).

use std::io::Write;

use axum::http::{HeaderMap, HeaderValue, header};

/// A compression, the better one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    pub(super) const COMPRESSED: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// Suffix of the compressed twin that the build puts beside a file.
    pub(super) const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }

    /// The name in `Content-Encoding`.
    pub(super) const fn name(self) -> HeaderValue {
        match self {
            Self::Brotli => HeaderValue::from_static("br"),
            Self::Gzip => HeaderValue::from_static("gzip"),
        }
    }

    /// Compresses a small text as well as can be.
    pub(super) fn compress(self, text: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Brotli => {
                let mut out = Vec::new();
                let params = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
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

/// The compressions that the request accepts, best first. One with `q=0` is refused.
pub(super) fn preferred(headers: &HeaderMap) -> Vec<Encoding> {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    let mut accepted: Vec<Encoding> = lines.flat_map(|line| line.split(',')).filter_map(accepted).collect();
    accepted.sort_unstable();
    accepted.dedup();
    accepted
}

fn accepted(element: &str) -> Option<Encoding> {
    let (name, parameters) = element.split_once(';').unwrap_or((element, ""));
    let weight = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.trim().parse::<f32>().ok())?;
    let encoding = match name.trim().to_ascii_lowercase().as_str() {
        "br" => Encoding::Brotli,
        "gzip" | "x-gzip" => Encoding::Gzip,
        _ => return None,
    };
    (weight > 0.0).then_some(encoding)
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
        assert_eq!(of("gzip"), [Encoding::Gzip]);
    }

    #[test]
    fn what_is_refused_or_unknown_is_not_used() {
        assert_eq!(of("br;q=0, gzip;q=0.5"), [Encoding::Gzip]);
        assert_eq!(of("identity, br;q=x"), []);
        assert_eq!(preferred(&HeaderMap::new()), []);
    }
}
