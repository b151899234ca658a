//! The size of what a browser loads before a person can log in, and its budget.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::{paths, web};

/// Bytes after brotli that the log-in page may cost.
const BUDGET: usize = 81_200;

/// The beginning of the name of the script that the page loads only once a person can log in.
const LATER: &str = "passkey-";

/// Text files, which may name further files.
const TEXT: [&str; 3] = [".html", ".css", ".js"];

/// One file of the first load, in bytes.
pub(crate) struct File {
    name: String,
    raw: usize,
    gzip: usize,
    brotli: usize,
}

/// The page and every file that it refers to, except what it loads later.
pub(crate) fn files(dist: &Path) -> Result<Vec<File>> {
    let all = names(dist)?;
    let mut needed = BTreeSet::from([web::INDEX.to_owned()]);
    let mut unread = vec![web::INDEX.to_owned()];
    while let Some(name) = unread.pop() {
        if !TEXT.iter().any(|kind| name.ends_with(kind)) {
            continue;
        }
        let text = fs::read_to_string(dist.join(&name)).with_context(|| format!("reading {name}"))?;
        for other in &all {
            if !other.starts_with(LATER) && text.contains(other.as_str()) && needed.insert(other.clone()) {
                unread.push(other.clone());
            }
        }
    }
    needed.into_iter().map(|name| measure(dist, name)).collect()
}

/// What the page loads once a person can log in.
fn later(dist: &Path) -> Result<Vec<File>> {
    names(dist)?.into_iter().filter(|name| name.starts_with(LATER)).map(|name| measure(dist, name)).collect()
}

fn names(dist: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(dist).context("the web app is not built: run `cargo xtask build`")?;
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".br") && !name.ends_with(".gz") {
            names.push(name);
        }
    }
    Ok(names)
}

/// The sizes on the wire: those of the compressed copies, if there are any.
fn measure(dist: &Path, name: String) -> Result<File> {
    let path = dist.join(&name);
    let contents = fs::read(&path)?;
    let served = |kind: &str, compress: fn(&[u8]) -> Result<Vec<u8>>| -> Result<usize> {
        if name == web::INDEX {
            return Ok(compress(&contents)?.len());
        }
        Ok(fs::metadata(web::compressed_path(&path, kind)).map_or(contents.len(), |data| data.len() as usize))
    };
    Ok(File { raw: contents.len(), gzip: served("gz", web::gzip)?, brotli: served("br", web::brotli)?, name })
}

/// A table of the files and their sum.
pub(crate) fn table(files: &[File]) -> String {
    let row = |name: &str, [raw, gzip, brotli]: [usize; 3]| format!("{name:<48} {raw:>9} {gzip:>9} {brotli:>9}\n");
    let mut table = format!("{:<48} {:>9} {:>9} {:>9}\n", "first load (bytes)", "raw", "gzip", "brotli");
    for file in files {
        table += &row(&file.name, [file.raw, file.gzip, file.brotli]);
    }
    let sum = |size: fn(&File) -> usize| files.iter().map(size).sum();
    table + &row("all", [sum(|file| file.raw), sum(|file| file.gzip), sum(|file| file.brotli)])
}

/// Fails when the first load is over its budget.
pub(crate) fn check() -> Result<()> {
    let files = files(&paths::web())?;
    println!("{}", table(&files));
    println!("{}", table(&later(&paths::web())?).replace("first load", "loaded later"));
    within_budget(&files)
}

fn within_budget(files: &[File]) -> Result<()> {
    let brotli: usize = files.iter().map(|file| file.brotli).sum();
    if brotli > BUDGET {
        bail!("the log-in page costs {brotli} bytes after brotli, over the budget of {BUDGET}: make it smaller");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dist() -> tempfile::TempDir {
        let dist = tempfile::tempdir().unwrap();
        let write = |name: &str, contents: &[u8]| fs::write(dist.path().join(name), contents).unwrap();
        write(web::INDEX, b"<script src=/app.js></script><script>import('/passkey-1.js')</script>");
        write("app.js", b"fetch('app_bg.wasm')");
        write("app_bg.wasm", &[0; 500]);
        write("app_bg.wasm.br", &[0; 20]);
        write("unused.css", b"");
        write("passkey-1.js", b"");
        dist
    }

    #[test]
    fn follows_references_and_counts_what_is_served() {
        let dist = dist();
        let files = files(dist.path()).unwrap();
        assert_eq!(files.iter().map(|file| &*file.name).collect::<Vec<_>>(), ["app.js", "app_bg.wasm", web::INDEX]);
        assert_eq!((files[1].raw, files[1].gzip, files[1].brotli), (500, 500, 20));
        within_budget(&files).unwrap();
    }

    #[test]
    fn a_page_over_budget_fails() {
        let file = File { name: web::INDEX.into(), raw: 0, gzip: 0, brotli: BUDGET + 1 };
        assert!(within_budget(&[file]).unwrap_err().to_string().contains("over the budget"));
    }
}
