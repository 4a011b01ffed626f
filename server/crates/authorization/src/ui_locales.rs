//! `ui_locales`: the languages in which an app's person reads, the best first (OpenID Connect Core section 3.1.2.1).

use names::Language;

/// The first of them in which there are pages, whatever region it names.
pub(crate) fn language(ui_locales: &str) -> Option<Language> {
    let tags = ui_locales.split(' ').filter_map(|tag| tag.split('-').next());
    tags.map(str::to_ascii_lowercase).find_map(|language| Language::parse(&language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_that_there_is_counts() {
        for (asked, language) in [
            ("en", Some(Language::English)),
            ("fr-CA ko-KR en", Some(Language::Korean)),
            ("EN-gb", Some(Language::English)),
            ("fr", None),
            ("", None),
            ("english", None),
        ] {
            assert_eq!(super::language(asked), language, "{asked}");
        }
    }
}
