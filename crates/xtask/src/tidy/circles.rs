//! No circular imports: each file can be understood once those that it imports have been read.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::Finding;
use super::source::Source;

/// The crates that are checked, by the directory of their root module.
const CRATES: [&str; 2] = ["frontend/src/", "server/src/"];

const REASON: &str = "a file is understood after those that it imports: move what both need into a file of its own";

/// The path of a module from the root of its crate.
type Module = Vec<String>;

/// Which file imports which, by their modules.
type Imports = BTreeMap<Module, BTreeSet<Module>>;

/// Checks each crate.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    CRATES.iter().flat_map(|folder| check_crate(folder, sources)).collect()
}

fn check_crate(folder: &str, sources: &[Source]) -> Vec<Finding> {
    let files: BTreeMap<Module, &Source> =
        sources.iter().filter_map(|source| Some((module_of(folder, &source.path)?, source))).collect();
    let imports = files.iter().map(|(module, source)| (module.clone(), imports_of(module, source, &files))).collect();
    circles(&imports)
        .into_iter()
        .map(|circle| {
            let names: Vec<_> = circle.iter().map(|module| files[module].path.trim_start_matches(folder)).collect();
            let message = format!("{} → {}: {REASON}", names.join(" → "), names[0]);
            Finding { path: files[&circle[0]].path.clone(), line: None, message }
        })
        .collect()
}

/// `None` for what is not a module of the crate: other files, programs, and test files.
fn module_of(folder: &str, path: &str) -> Option<Module> {
    let name = path.strip_prefix(folder)?.strip_suffix(".rs")?;
    match name {
        "lib" => Some(Module::new()),
        "main" => None,
        _ if name.starts_with("bin/") || name.ends_with("_tests") => None,
        _ => Some(name.split('/').map(str::to_owned).collect()),
    }
}

/// The other files that a file names in its code, its tests left out.
fn imports_of(module: &Module, source: &Source, files: &BTreeMap<Module, &Source>) -> BTreeSet<Module> {
    let code = source.text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default();
    let mut paths = Vec::new();
    let is_module = |path: &[String]| files.contains_key(path);
    collect(code.parse().unwrap_or_default(), module, &is_module, &mut paths);
    paths.iter().filter_map(|path| file_of(path, files)).filter(|imported| imported != module).collect()
}

/// The module with a file of its own that a path leads into.
fn file_of(path: &[String], files: &BTreeMap<Module, &Source>) -> Option<Module> {
    (0..=path.len()).rev().map(|length| &path[..length]).find(|module| files.contains_key(*module)).map(<[_]>::to_vec)
}

/// Finds the paths in some tokens that lead into the crate, from its root.
fn collect(tokens: TokenStream, module: &[String], is_module: &dyn Fn(&[String]) -> bool, paths: &mut Vec<Module>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut rest = tokens.as_slice();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            // `pub(in super::super)` says who may import, and imports nothing.
            (TokenTree::Ident(name), [TokenTree::Group(_), after @ ..]) if name == "pub" => rest = after,
            (TokenTree::Ident(name), [TokenTree::Ident(inner), TokenTree::Group(body), after @ ..])
                if name == "mod" =>
            {
                let module = [module, &[inner.to_string()]].concat();
                collect(body.stream(), &module, is_module, paths);
                rest = after;
            }
            (TokenTree::Ident(_), _) => {
                let mut named = Vec::new();
                rest = read_path(first, after, &mut named);
                paths.extend(named.iter().filter_map(|path| from_root(path, module, is_module)));
            }
            (TokenTree::Group(group), _) => collect(group.stream(), module, is_module, paths),
            _ => {}
        }
    }
}

/// Parses `a::b`, `a::{b, c::d}` or `a::*`, and returns what follows it. A single word is not a path.
fn read_path<'a>(first: &TokenTree, mut rest: &'a [TokenTree], paths: &mut Vec<Module>) -> &'a [TokenTree] {
    let mut path = vec![first.to_string()];
    while let [TokenTree::Punct(one), TokenTree::Punct(two), next, after @ ..] = rest {
        if one.as_char() != ':' || two.as_char() != ':' {
            break;
        }
        match next {
            TokenTree::Ident(name) => path.push(name.to_string()),
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let inner = branches(group.stream());
                paths.extend(inner.into_iter().map(|branch| [path.clone(), branch].concat()));
                return after;
            }
            TokenTree::Punct(star) if star.as_char() == '*' => {
                paths.push(path);
                return after;
            }
            _ => break,
        }
        rest = after;
    }
    if path.len() > 1 {
        paths.push(path);
    }
    rest
}

/// The paths between the braces of a `use`.
fn branches(tokens: TokenStream) -> Vec<Module> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
    let mut paths = Vec::new();
    for branch in tokens.split(is_comma) {
        if let [first, rest @ ..] = branch {
            let before = paths.len();
            read_path(first, rest, &mut paths);
            if paths.len() == before {
                paths.push(vec![first.to_string()]);
            }
        }
    }
    paths
}

/// A path from the root of the crate; `None` if it leads into another crate.
fn from_root(path: &[String], module: &[String], is_module: &dyn Fn(&[String]) -> bool) -> Option<Module> {
    let mut base = match path[0].as_str() {
        "crate" => Module::new(),
        "self" | "super" => module.to_vec(),
        name => {
            let child = [module, &[name.to_owned()]].concat();
            return is_module(&child).then(|| [module, path].concat());
        }
    };
    let mut rest = path;
    while let [first, after @ ..] = rest
        && ["crate", "self", "super"].contains(&first.as_str())
    {
        if first == "super" {
            base.pop();
        }
        rest = after;
    }
    Some([base.as_slice(), rest].concat())
}

/// Every circle that a walk along the imports runs into.
fn circles(imports: &Imports) -> Vec<Vec<Module>> {
    let mut found = Vec::new();
    let mut done = BTreeSet::new();
    for module in imports.keys() {
        walk(module, imports, &mut Vec::new(), &mut done, &mut found);
    }
    found
}

fn walk(
    module: &Module,
    imports: &Imports,
    way: &mut Vec<Module>,
    done: &mut BTreeSet<Module>,
    found: &mut Vec<Vec<Module>>,
) {
    if let Some(start) = way.iter().position(|earlier| earlier == module) {
        found.push(way[start..].to_vec());
        return;
    }
    if done.contains(module) {
        return;
    }
    way.push(module.clone());
    for imported in &imports[module] {
        walk(imported, imports, way, done, found);
    }
    way.pop();
    done.insert(module.clone());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The circles in a crate of these files, without the reason.
    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let source =
            |(path, text): &(&str, &str)| Source { path: format!("frontend/src/{path}"), text: (*text).into() };
        let sources: Vec<_> = files.iter().map(source).collect();
        check(&sources).iter().map(|it| it.message.split(':').next().unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn two_files_that_import_each_other_are_found() {
        assert_eq!(found(&[("a.rs", "use crate::b::B;"), ("b.rs", "use std::a;")]), Vec::<String>::new());
        assert_eq!(found(&[("a.rs", "use crate::b::B;"), ("b.rs", "use crate::a::A;")]), ["a.rs → b.rs → a.rs"]);
        assert_eq!(found(&[("a.rs", "use crate::b::*;"), ("b.rs", "use crate::a;")]), ["a.rs → b.rs → a.rs"]);
    }

    #[test]
    fn a_longer_way_round_is_found_too() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::{b::{B, other::C}, d};"),
            ("b.rs", "fn f() { view! { <crate::c::Part/> } }"),
            ("c.rs", "fn f() -> crate::a::A {}"),
        ];
        assert_eq!(found(&files), ["a.rs → b.rs → c.rs → a.rs"]);
    }

    #[test]
    fn a_module_and_the_modules_in_it_are_files_like_others() {
        let child = ("a/b.rs", "use super::A;");
        assert_eq!(found(&[("a.rs", "mod b; use b::B;"), child]), ["a.rs → a/b.rs → a.rs"]);
        assert_eq!(found(&[("a.rs", "mod b; fn f() { b::g() }"), child]), ["a.rs → a/b.rs → a.rs"]);
        assert_eq!(found(&[("a.rs", "mod b;"), child]), Vec::<String>::new());
        assert_eq!(found(&[("a.rs", "mod b; use b::B;"), ("a/b.rs", "use super::c::C;")]), ["a.rs → a/b.rs → a.rs"]);
        let siblings = [("a.rs", "mod b; mod c; use b::B;"), ("a/b.rs", "use super::c::C;"), ("a/c.rs", "")];
        assert_eq!(found(&siblings), Vec::<String>::new());
    }

    #[test]
    fn what_imports_nothing_is_left_alone() {
        let user = ("a.rs", "use crate::b::B;");
        for text in [
            "//! See [`crate::a::A`].",
            "pub(in crate::a) fn f() {}",
            "const TEXT: &str = \"crate::a::A\";",
            "use a::A;",
            "fn f() {}\n\n#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}\n",
            "mod inner { use super::B; }",
        ] {
            assert_eq!(found(&[user, ("b.rs", text)]), Vec::<String>::new(), "{text}");
        }
    }
}
