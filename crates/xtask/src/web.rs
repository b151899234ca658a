//! The browser app: built by trunk into `target/web`, then minified and compressed, so that the server does not have to
//! compress files.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::setup::{self, Part, tools};
use crate::wasm::{self, Way};
use crate::{paths, process, source_tree};

/// The log-in page.
pub(crate) const INDEX: &str = "index.html";
/// The pages, each with its own program. They get no compressed copies, because the server fills them in and compresses them
/// itself.
const PAGES: [&str; 4] = [INDEX, "set-up.html", "launcher.html", "console.html"];

/// Files worth compressing; pictures and fonts are compressed already.
const COMPRESSIBLE: [&str; 8] = ["css", "html", "ico", "js", "json", "svg", "txt", "wasm"];

/// Builds the app, unless it exists and its sources have not changed.
pub(crate) fn build() -> Result<()> {
    let stamp = paths::root().join("target/web.inputs");
    let inputs = inputs()?;
    if paths::web().join(INDEX).is_file() && fs::read_to_string(&stamp).is_ok_and(|last| last == inputs) {
        return Ok(());
    }
    setup::ensure(&[Part::Web])?;
    // Computed again, because set-up may have found another way to the wasm target.
    let inputs = self::inputs()?;
    let _ = fs::remove_file(&stamp);
    let _ = fs::remove_dir_all(paths::web());
    process::run(wasm::command("cargo")?.args(["fetch", "--quiet", "--target", wasm::TARGET]))?;
    let parts =
        tempfile::tempdir_in(paths::root().join("target")).context("making a place for the parts of the web app")?;
    for page in PAGES {
        let dist = parts.path().join(page);
        process::run(wasm::command("trunk")?.args(["build", page, "--offline", "--release", "--dist"]).arg(&dist))?;
        gather(&dist, page)?;
    }
    compress_all(&paths::web())?;
    fs::write(stamp, inputs).context("noting what the web app was built from")
}

/// A hash of everything that the app is built from.
fn inputs() -> Result<String> {
    let made_of = ["frontend", "style", "crates/postern-types", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml"];
    let sources = source_tree::fingerprint(&made_of.map(|path| paths::root().join(path)))?;
    let tools = tools::web()?.map(|tool| tool.to_string()).join(", ");
    Ok(format!("{sources}, {tools}, {:?}\n", Way::ready()?))
}

/// Puts the files of one page where the server reads them, minified. trunk calls every page `index.html`.
fn gather(dist: &Path, page: &str) -> Result<()> {
    fs::create_dir_all(paths::web())?;
    for file in source_tree::files(dist)? {
        let name = file.file_name().context("a file without a name")?;
        let name = if name == INDEX { page.as_ref() } else { name };
        let mut contents = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        let minified = match file.extension().and_then(OsStr::to_str) {
            Some("js") => minified(&contents),
            Some("html") => without_comments(&contents, ["<!--", "-->"]),
            Some("css") => without_comments(&contents, ["/*", "*/"]),
            _ => Ok(contents),
        };
        contents = minified.with_context(|| format!("minifying {}", file.display()))?;
        fs::write(paths::web().join(name), contents)?;
    }
    Ok(())
}

fn minified(script: &[u8]) -> Result<Vec<u8>> {
    let minified = minifier::js::minify(std::str::from_utf8(script)?).map_err(anyhow::Error::msg)?;
    Ok(minified.to_string().into_bytes())
}

/// Takes out comments, also those of scripts in pages, and indentation. The texts that the server replaces stay as they are.
fn without_comments(text: &[u8], [begin, end]: [&str; 2]) -> Result<Vec<u8>> {
    let mut rest = std::str::from_utf8(text)?;
    let mut code = String::new();
    while let Some((before, comment)) = rest.split_once(begin) {
        code += before;
        rest = comment.split_once(end).context("a comment that does not end")?.1;
    }
    code += rest;
    let lines = code.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    Ok(lines.fold(String::new(), |code, line| code + line + "\n").into_bytes())
}

fn compress_all(dist: &Path) -> Result<()> {
    for file in source_tree::files(dist)? {
        let compressible = file.extension().is_some_and(|kind| COMPRESSIBLE.iter().any(|known| kind == *known));
        if compressible && !PAGES.iter().any(|page| file.ends_with(page)) {
            let contents = fs::read(&file)?;
            write_if_smaller(&file, "br", &contents, &brotli(&contents)?)?;
            write_if_smaller(&file, "gz", &contents, &gzip(&contents)?)?;
        }
    }
    Ok(())
}

/// Writes the compressed copy beside the file: `app.js.br`.
fn write_if_smaller(file: &Path, kind: &str, original: &[u8], compressed: &[u8]) -> Result<()> {
    if compressed.len() < original.len() {
        fs::write(compressed_path(file, kind), compressed)?;
    }
    Ok(())
}

/// The path of the compressed copy of a file.
pub(crate) fn compressed_path(file: &Path, kind: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(".");
    path.push(kind);
    path.into()
}

/// Brotli at its best quality.
pub(crate) fn brotli(contents: &[u8]) -> Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &*contents, &mut compressed, &parameters)?;
    Ok(compressed)
}

/// Gzip at its best quality.
pub(crate) fn gzip(contents: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(contents)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_loses_its_comments() {
        let script = b"// why\nexport default async function init(a) {\n    return `${a}  b`;\n}\n";
        let minified = minified(script).unwrap();
        assert_eq!(str::from_utf8(&minified).unwrap(), "export default async function init(a){return`${a}  b`;}");
    }

    #[test]
    fn a_page_and_a_stylesheet_lose_their_comments() {
        let page = "<p>\n  <!-- why,\n  and how -->\n  <script>\n    // what\n    a('//b');\n  </script>\n</p>\n";
        let page = without_comments(page.as_bytes(), ["<!--", "-->"]).unwrap();
        assert_eq!(str::from_utf8(&page).unwrap(), "<p>\n<script>\na('//b');\n</script>\n</p>\n");
        let style = without_comments(b"/* a */\nb {\n  c: d;\n}\n", ["/*", "*/"]).unwrap();
        assert_eq!(str::from_utf8(&style).unwrap(), "b {\nc: d;\n}\n");
        assert!(without_comments(b"/* a", ["/*", "*/"]).is_err());
    }

    #[test]
    fn compresses_what_shrinks_and_leaves_the_page_alone() {
        let dist = tempfile::tempdir().unwrap();
        let write = |name: &str, contents: &[u8]| fs::write(dist.path().join(name), contents).unwrap();
        write("app.js", &b"function ".repeat(100));
        write("tiny.css", b"a");
        write("picture.png", &[0; 100]);
        write(INDEX, &[b'x'; 100]);
        compress_all(dist.path()).unwrap();
        let names = source_tree::files(dist.path()).unwrap();
        let names: Vec<_> = names.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["app.js", "app.js.br", "app.js.gz", INDEX, "picture.png", "tiny.css"]);
    }
}
