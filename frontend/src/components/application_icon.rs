//! The icon of an application, or its initials.

use leptos::prelude::*;

/// How many colours the initials may have: the stylesheet has a class for each.
const HUES: u32 = 6;

/// The icon. Without one, or if it does not load, the initials of the name.
#[component]
pub(crate) fn ApplicationIcon(name: String, icon: Option<String>) -> impl IntoView {
    let initials = initials(&name);
    let class = format!("initials hue-{}", hue(&name));
    let icon = RwSignal::new(icon);
    move || match icon.get() {
        Some(url) => view! {
            <img class="app-icon" src=url alt="" width="44" height="44" on:error=move |_| icon.set(None)/>
        }
        .into_any(),
        None => view! { <span class=class.clone() aria-hidden="true">{initials.clone()}</span> }.into_any(),
    }
}

/// The first letters of the first two words. The stylesheet makes them capitals.
fn initials(name: &str) -> String {
    let words = name.split(|c: char| c.is_whitespace() || c.is_ascii_punctuation());
    words.filter_map(|word| word.chars().next()).take(2).collect()
}

/// The colour of the initials. A name always has the same one.
fn hue(name: &str) -> u32 {
    name.chars().fold(0, |sum, c| (sum * 31 + u32::from(c)) % 8_191) % HUES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_has_the_initials_of_two_words() {
        let cases =
            [("Wiki", "W"), ("home assistant core", "ha"), ("git.example", "ge"), ("9 to 5", "9t"), ("...", "")];
        for (name, expected) in cases {
            assert_eq!(initials(name), expected, "{name}");
        }
    }

    #[test]
    fn a_name_keeps_one_of_the_colours() {
        for name in ["Wiki", "Grafana", "", "\u{10ffff}\u{10ffff}"] {
            assert!(hue(name) < HUES && hue(name) == hue(name), "{name}");
        }
    }
}
