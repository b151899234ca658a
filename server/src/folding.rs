//! The one form in which texts are searched, so that both databases find the same: compatible forms and cases are alike.

use icu_casemap::CaseMapper;
use unicode_normalization::UnicodeNormalization;

/// Unicode's compatibility case folding (NFKC, then full case folding, then NFKC again, since folding can take it apart).
#[must_use]
pub fn fold(text: &str) -> String {
    let normal: String = text.nfkc().collect();
    CaseMapper::new().fold_string(&normal).nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_alike_is_alike() {
        for (one, other) in [
            ("Özlem", "o\u{308}ZLEM"),
            ("ЧЕРВ", "черв"),
            ("ÄRZTE", "ärzte"),
            ("ΣΟΦΌΣ", "σοφός"),
            ("STRASSE", "Straße"),
            ("Ａｄａ", "ada"),
        ] {
            assert_eq!(fold(one), fold(other), "{one}");
        }
        assert_ne!(fold("Ozlem"), fold("Özlem"));
    }
}
