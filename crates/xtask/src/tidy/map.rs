//! The map is true: every path that ARCHITECTURE.md names exists.

use std::path::Path;

use anyhow::{Context, Result};

use super::Finding;

const MAP: &str = "ARCHITECTURE.md";
/// Folders that the map may leave out before a path.
const ROOTS: [&str; 5] = ["", "server", "server/src", "frontend", "frontend/src"];

/// Looks each path up.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let text = std::fs::read_to_string(root.join(MAP)).with_context(|| format!("reading {MAP}"))?;
    let exists = |path: &str| ROOTS.iter().any(|folder| root.join(folder).join(path).exists());
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for path in paths(line).filter(|path| !exists(path)) {
            let message = format!("there is no `{path}`: the map must be true");
            findings.push(Finding { path: MAP.to_owned(), line: Some(index + 1), message });
        }
    }
    Ok(findings)
}

/// What is between backticks, has a `/` and only characters of file names; a function behind `::` is cut off.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    let spans = line.split('`').skip(1).step_by(2);
    let spans = spans.map(|span| span.split("::").next().unwrap_or(span).trim_end_matches('/'));
    spans.filter(|span| {
        span.contains('/')
            && !span.starts_with('/')
            && span.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_other_code() {
        let line = "`server/src/store/` and `routes/me/step_up.rs::step_up`, not `/api/flow`, `a::b` or `{a,b}/c`";
        assert_eq!(paths(line).collect::<Vec<_>>(), ["server/src/store", "routes/me/step_up.rs"]);
    }

    #[test]
    fn a_path_that_is_gone_is_found() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join(MAP), "| `server/src/here.rs` | `server/src/gone.rs` |").unwrap();
        std::fs::create_dir_all(root.path().join("server/src")).unwrap();
        std::fs::write(root.path().join("server/src/here.rs"), "").unwrap();
        let findings = check(root.path()).unwrap();
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.contains("server/src/gone.rs"));
    }
}
