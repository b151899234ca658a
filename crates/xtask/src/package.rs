//! `cargo xtask package`: what is shipped, in `target/package`.

use anyhow::Result;

use crate::build::{self, MUSL, Profile};
use crate::package_test;
use crate::packaging::debian::Compression;
use crate::packaging::{self, LATER, VERSION, container, debian, tarball};
use crate::setup::{self, Part};

/// Options of `cargo xtask package`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Install what was made in a copy of this machine's files, as `cargo xtask test` does with a debug build.
    #[arg(long)]
    test: bool,
}

/// `cargo xtask package`.
pub(crate) fn command(options: &Options) -> Result<()> {
    setup::ensure(&[Part::Package])?;
    build::ensure_musl()?;
    let binary = build::all(Profile::Release)?;
    let static_binary = build::server(Profile::Static)?;
    let into = packaging::dir();
    let package = debian::make(&binary, VERSION, &into, Compression::Small)?;
    let tarball = tarball::make(&static_binary, VERSION, MUSL, &into)?;
    let image = container::build(&tarball.dir, VERSION)?;
    if options.test {
        let later = tempfile::tempdir()?;
        package_test::debian(&package, &debian::make(&binary, LATER, later.path(), Compression::Fast)?)?;
        package_test::tarball(&tarball, &tarball::make(&static_binary, LATER, MUSL, later.path())?)?;
        if let Some(image) = &image {
            package_test::container(image)?;
        }
    }
    println!("{}\n{}", package.display(), tarball.archive.display());
    if let Some(image) = image {
        println!("image {}", image.name);
    }
    Ok(())
}
