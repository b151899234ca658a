//! Compression of responses. The length of a compressed response reveals something about its content (BREACH), so nothing is
//! compressed unless its handler says that it may be: lists of what an account's administrators may see, and what is public. Never
//! a response with a secret or token.

use axum::http::{Extensions, HeaderMap, StatusCode, Version};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

/// Size in bytes from which compression is worthwhile.
const MIN_SIZE: u64 = 1024;

/// Marks a response without secrets, as an extension.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compressible;

/// Compresses what is marked with [`Compressible`] by gzip, if the client accepts it.
pub(crate) fn layer() -> CompressionLayer<impl Predicate> {
    let is_marked =
        |_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions| extensions.get::<Compressible>().is_some();
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(SizeAbove::new(MIN_SIZE).and(is_marked))
}
