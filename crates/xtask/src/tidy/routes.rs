//! Every path of the API is served, and used by the browser app.

use super::Finding;
use super::source::{Source, has_word};

const PATHS: &str = "crates/postern-types/src/route.rs";
const CLIENT: &str = "frontend/src/api";

/// Checks the path constants against the router and the client.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let Some(paths) = sources.iter().find(|source| source.path == PATHS) else { return Vec::new() };
    let served = uses(sources, |path| path == "server/src/routes.rs" || path.starts_with("server/src/routes/"));
    let called = uses(sources, |path| path.starts_with(CLIENT));
    let mut findings = Vec::new();
    for (line, name) in constants(paths) {
        for (uses, what) in [(&served, "served"), (&called, "called from the browser app")] {
            if !uses.iter().any(|line| has_word(line, &format!("route::{name}"))) {
                let message = format!("`{name}` is not {what}: a path is a promise to both sides");
                findings.push(Finding { path: PATHS.into(), line: Some(line), message });
            }
        }
    }
    findings
}

/// The names of the path constants, each with its line.
fn constants(source: &Source) -> Vec<(usize, &str)> {
    let name = |line| -> Option<&str> { Some(str::strip_prefix(line, "pub const ")?.split_once(": &str")?.0) };
    source.code().filter_map(|(number, line)| Some((number, name(line)?))).collect()
}

/// Lines of code that name any path.
fn uses(sources: &[Source], side: fn(&str) -> bool) -> Vec<&str> {
    let files = sources.iter().filter(|source| side(&source.path));
    files.flat_map(Source::code_without_tests).map(|(_, line)| line).filter(|line| line.contains("route::")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(server: &str, client: &str) -> Vec<String> {
        let source = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
        let paths =
            source(PATHS, "pub const FLOW: &str = \"/api/flow\";\npub const SIGN_IN: &str = \"/api/sign-in\";\n");
        let sources = [paths, source("server/src/routes.rs", server), source(CLIENT, client)];
        check(&sources).iter().map(|finding| finding.message.split(':').next().unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn a_path_is_served_and_called() {
        let both = "get(route::FLOW)\npost(route::SIGN_IN)";
        assert!(messages(both, both).is_empty());
        assert_eq!(messages(both, "get(route::FLOW)"), ["`SIGN_IN` is not called from the browser app"]);
        assert_eq!(messages("get(route::FLOW)", both), ["`SIGN_IN` is not served"]);
    }
}
