//! The functions, written.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::catalogue::{Catalogue, values};
use crate::languages::LANGUAGES;
use crate::text::Piece;

/// A module for each area that `wanted` picks, in it a function for each text.
pub(crate) fn of(catalogue: &Catalogue, wanted: impl Fn(&str) -> bool) -> String {
    let mut areas: BTreeMap<&str, String> = BTreeMap::new();
    for (key, texts) in catalogue.texts.iter().filter(|(key, _)| wanted(&key.area)) {
        areas.entry(&key.area).or_default().push_str(&function(&key.name, texts));
    }
    areas.iter().fold(String::new(), |mut code, (area, functions)| {
        let _ = write!(code, "pub(crate) mod {area} {{\nuse super::Language;\n{functions}}}\n");
        code
    })
}

fn function(name: &str, texts: &[Vec<Piece>]) -> String {
    let values = texts.first().map(|text| values(text)).unwrap_or_default();
    let mut arms = String::new();
    for (language, text) in LANGUAGES.iter().zip(texts) {
        let text =
            if values.is_empty() { literal(text) } else { format!("format!({})", format_literal(text)) };
        let _ = writeln!(arms, "Language::{} => {text},", language.variant);
    }
    let arguments: Vec<_> = values.iter().map(|value| format!(", {value}: impl std::fmt::Display")).collect();
    let arguments = arguments.concat();
    let (keyword, result) = if values.is_empty() { ("const fn", "&'static str") } else { ("fn", "String") };
    format!(
        "pub(crate) {keyword} {name}(language: Language{arguments}) -> {result} {{\nmatch language {{\n{arms}}}\n}}\n"
    )
}

/// A string literal of a text that takes no value.
fn literal(text: &[Piece]) -> String {
    let words = text.iter().map(|piece| match piece {
        Piece::Words(words) => words.as_str(),
        Piece::Value(_) | Piece::Reference(_) => "",
    });
    format!("{:?}", words.collect::<String>())
}

/// The literal for `format!` of a text that takes values.
fn format_literal(text: &[Piece]) -> String {
    let words = text.iter().map(|piece| match piece {
        Piece::Words(words) => words.replace('{', "{{").replace('}', "}}"),
        Piece::Value(name) => format!("{{{name}}}"),
        Piece::Reference(_) => String::new(),
    });
    format!("{:?}", words.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::of;
    use crate::catalogue::tests::catalogue;

    #[test]
    fn each_key_becomes_a_function_in_the_module_of_its_area() {
        let korean = [("home", r#"{"heading": "대문", "welcome": "{{ name }} 님, {어서} 오세요\n\\"}"#)];
        let english = [("home", r#"{"heading": "Daemun", "welcome": "Welcome, {{ name }}: {{ name }}"}"#)];
        let catalogue = catalogue(&korean, &english).unwrap();
        let code = of(&catalogue, |_| true);
        assert_eq!(
            code,
            r#"pub(crate) mod home {
use super::Language;
pub(crate) const fn heading(language: Language) -> &'static str {
match language {
Language::Korean => "대문",
Language::English => "Daemun",
}
}
pub(crate) fn welcome(language: Language, name: impl std::fmt::Display) -> String {
match language {
Language::Korean => format!("{name} 님, {{어서}} 오세요\n\\"),
Language::English => format!("Welcome, {name}: {name}"),
}
}
}
"#
        );
        assert_eq!(of(&catalogue, |area| area != "home"), "");
    }
}
