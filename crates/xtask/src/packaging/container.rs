//! The container image, built from the directory of the tarball.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::{paths, process};

/// An image in the store of an engine.
pub(crate) struct Image {
    /// `docker` or `podman`.
    pub(crate) engine: &'static str,
    /// Its name, with the version.
    pub(crate) name: String,
}

/// Builds the image, if there is an engine.
pub(crate) fn build(tarball: &Path, version: &str) -> Result<Option<Image>> {
    let Some(engine) = engine() else {
        eprintln!("  no container engine runs here, so no image is built");
        return Ok(None);
    };
    let name = format!("postern:{version}");
    let mut build = Command::new(engine);
    build.args(["build", "--tag", &name, "--file"]).arg(tarball.join("Containerfile")).arg(tarball);
    process::run(&mut build)?;
    Ok(Some(Image { engine, name }))
}

/// An engine that runs. Its client alone may be installed.
fn engine() -> Option<&'static str> {
    ["docker", "podman"].into_iter().find(|engine| {
        let info = || Command::new(engine).arg("info").stdout(Stdio::null()).stderr(Stdio::null()).status();
        paths::which(engine).is_some() && info().is_ok_and(|status| status.success())
    })
}
