//! The files that the build has made of the browser app.

use rust_embed::Embed;

/// The files, by name.
#[derive(Embed)]
#[folder = "../target/web"]
pub(super) struct Files;
