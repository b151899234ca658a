//! Colours are only in `style/tokens.css`, so that both colour schemes and their contrast are in one place.

use super::Finding;
use super::source::{Source, has_word};

/// The file of the colours.
const TOKENS: &str = "style/tokens.css";

/// Functions that make a colour of numbers (CSS Color 4), and the one that chooses by the colour scheme.
const FUNCTIONS: [&str; 11] =
    ["rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "lab(", "lch(", "oklab(", "oklch(", "color(", "light-dark("];

/// The names of the basic colours (CSS 2); any other colour is written in hexadecimal.
const NAMES: [&str; 18] = [
    "aqua", "black", "blue", "fuchsia", "gray", "green", "grey", "lime", "maroon", "navy", "olive", "orange", "purple",
    "red", "silver", "teal", "white", "yellow",
];

/// Checks the stylesheets, pages and drawings of the browser's side.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let bound = sources.iter().filter(|source| is_drawn(&source.path));
    bound.flat_map(|source| source.code().filter_map(|(number, line)| finding(source, number, line))).collect()
}

fn is_drawn(path: &str) -> bool {
    (path.starts_with("style/") || path.starts_with("frontend/")) && path != TOKENS && !path.ends_with(".toml")
}

fn finding(source: &Source, number: usize, line: &str) -> Option<Finding> {
    let named = if source.path.ends_with(".css") { name(line) } else { None };
    let colour = hexadecimal(line).or_else(|| FUNCTIONS.into_iter().find(|it| has_word(line, it))).or(named)?;
    let message = format!("`{colour}` is a colour: give it a name in {TOKENS}, and use that");
    Some(Finding { path: source.path.clone(), line: Some(number), message })
}

/// `#` and 3, 4, 6 or 8 digits.
fn hexadecimal(line: &str) -> Option<&str> {
    line.match_indices('#').find_map(|(start, _)| {
        let rest = &line[start + 1..];
        let length = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
        let ends = !rest[length..].starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_');
        (ends && [3, 4, 6, 8].contains(&length)).then(|| &line[start..=start + length])
    })
}

/// The name of a colour in the value of a declaration.
fn name(line: &str) -> Option<&str> {
    let value = line.trim().strip_suffix(';')?.split_once(": ")?.1;
    value.split(|c: char| !c.is_alphanumeric() && c != '-').find(|word| NAMES.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn breaks(path: &str, text: &str) {
        assert_eq!(check(&[Source { path: path.into(), text: text.into() }]).len(), 1, "{path}: {text}");
    }

    #[track_caller]
    fn keeps(path: &str, text: &str) {
        assert_eq!(check(&[Source { path: path.into(), text: text.into() }]).len(), 0, "{path}: {text}");
    }

    #[test]
    fn a_colour_has_a_name_in_one_file() {
        breaks("style/base.css", "  color: #fff;");
        breaks("style/base.css", "  background: light-dark(#fff, #0f1615);");
        breaks("style/console/dialog.css", "  background: rgb(0 0 0 / 0.45);");
        breaks("style/base.css", "  border: 1px solid silver;");
        breaks("frontend/src/components/qr.rs", "view! { <path fill=\"#000\"/> }");
        breaks("frontend/index.html", "<meta name=\"theme-color\" content=\"#0b6b57\">");
        keeps("style/tokens.css", "  --page: light-dark(#f3f5f4, #0e1413);");
    }

    #[test]
    fn what_is_no_colour_is_left_alone() {
        keeps("style/base.css", "  background: color-mix(in srgb, var(--accent), var(--ink) 12%);");
        keeps("style/base.css", "  white-space: nowrap;");
        keeps("style/base.css", "  border-color: currentcolor;");
        keeps("style/layout.css", ":root[data-session=\"none\"] :is(#checking, #failed, #app),");
        keeps("frontend/src/page.rs", "#[cfg(debug_assertions)]");
        keeps("frontend/src/console/bar.rs", "<a class=\"skip\" href=\"#main\">");
        keeps("frontend/src/console/text.rs", "const NO: &str = \"red tape\";");
    }
}
