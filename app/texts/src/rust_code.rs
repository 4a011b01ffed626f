//! Generates the Rust code.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::catalogue::{Catalogue, values};
use crate::error::Error;
use crate::languages::LANGUAGES;
use crate::text::{Key, Piece};

/// A module for each area that `wanted` selects, with a function for each text, or one function for all texts of the areas
/// `by_key`.
pub(crate) fn of(
    catalogue: &Catalogue,
    wanted: impl Fn(&str) -> bool,
    by_key: &[&str],
) -> Result<String, Vec<Error>> {
    let mut areas: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for (key, texts) in catalogue.texts.iter().filter(|(key, _)| wanted(&key.area)) {
        areas.entry(&key.area).or_default().push((key, texts.as_slice()));
    }
    let mut code = String::new();
    for (area, texts) in areas {
        let functions = if by_key.contains(&area) { look_up(&texts)? } else { functions(&texts) };
        let _ = write!(code, "pub(crate) mod {area} {{\nuse super::Language;\n{functions}}}\n");
    }
    Ok(code)
}

fn functions(texts: &[(&Key, &[Vec<Piece>])]) -> String {
    texts.iter().map(|(key, texts)| function(&key.name, texts)).collect()
}

/// A function that returns a text by its key, and the list of keys for tests. These texts have no values.
fn look_up(texts: &[(&Key, &[Vec<Piece>])]) -> Result<String, Vec<Error>> {
    let (mut arms, mut keys) = (String::new(), String::new());
    for (key, texts) in texts {
        if texts.iter().any(|text| !values(text).is_empty()) {
            return Err(vec![Error::new(key, "takes a value, and is looked up by its key")]);
        }
        for (language, text) in LANGUAGES.iter().zip(*texts) {
            let _ = writeln!(arms, "({:?}, Language::{}) => {},", key.name, language.variant, literal(text));
        }
        let _ = write!(keys, "{:?}, ", key.name);
    }
    Ok(format!(
        "#[cfg(test)]\n#[allow(dead_code)]\npub(crate) const KEYS: &[&str] = &[{}];\n\
         #[allow(clippy::too_many_lines)]\n\
         pub(crate) fn text(key: &str, language: Language) -> Option<&'static str> {{\n\
         Some(match (key, language) {{\n{arms}_ => return None,\n}})\n}}\n",
        keys.trim_end_matches(", ")
    ))
}

fn function(name: &str, texts: &[Vec<Piece>]) -> String {
    let values = texts.first().map(|text| values(text)).unwrap_or_default();
    let mut arms = String::new();
    for (language, text) in LANGUAGES.iter().zip(texts) {
        let text =
            if values.is_empty() { literal(text) } else { format!("format!({})", format_literal(text)) };
        let _ = writeln!(arms, "Language::{} => {text},", language.variant);
    }
    let head = match &*values {
        [] => format!("pub(crate) const fn {name}(language: Language) -> &'static str {{\n"),
        [value] => {
            format!(
                "pub(crate) fn {name}(language: Language, {value}: impl std::fmt::Display) -> String {{\n"
            )
        }
        _ => head_with_names(name, &values),
    };
    format!("{head}match language {{\n{arms}}}\n}}\n")
}

/// Several values are passed by name: by position, two that were swapped would compile.
fn head_with_names(name: &str, values: &[&str]) -> String {
    let of_words = |name: &str| {
        name.split('_')
            .flat_map(|word| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)))
            .collect::<String>()
    };
    let kind = of_words(name);
    let types: Vec<_> = values.iter().map(|value| of_words(value)).collect();
    let fields: Vec<_> =
        values.iter().zip(&types).map(|(value, of)| format!("pub(crate) {value}: {of}")).collect();
    let displayed = vec!["impl std::fmt::Display"; values.len()].join(", ");
    format!(
        "pub(crate) struct {kind}<{}> {{ {} }}\n\
         pub(crate) fn {name}(language: Language, values: {kind}<{displayed}>) -> String {{\n\
         let {kind} {{ {} }} = values;\n",
        types.join(", "),
        fields.join(", "),
        values.join(", ")
    )
}

/// The string literal of a text without values.
fn literal(text: &[Piece]) -> String {
    let words = text.iter().map(|piece| match piece {
        Piece::Words(words) => words.as_str(),
        Piece::Value(_) | Piece::Reference(_) => "",
    });
    format!("{:?}", words.collect::<String>())
}

/// The literal for `format!` of a text with values.
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
        let code = of(&catalogue, |_| true, &[]).unwrap();
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
        assert_eq!(of(&catalogue, |area| area != "home", &[]).unwrap(), "");
    }

    #[test]
    fn several_values_are_given_by_their_names() {
        let korean = [("codes", r#"{"in_use": "{{ time }}부터, {{ left_over }}개"}"#)];
        let english = [("codes", r#"{"in_use": "{{ left_over }} since {{ time }}"}"#)];
        let code = of(&catalogue(&korean, &english).unwrap(), |_| true, &[]).unwrap();
        assert_eq!(
            code,
            r#"pub(crate) mod codes {
use super::Language;
pub(crate) struct InUse<Time, LeftOver> { pub(crate) time: Time, pub(crate) left_over: LeftOver }
pub(crate) fn in_use(language: Language, values: InUse<impl std::fmt::Display, impl std::fmt::Display>) -> String {
let InUse { time, left_over } = values;
match language {
Language::Korean => format!("{time}부터, {left_over}개"),
Language::English => format!("{left_over} since {time}"),
}
}
}
"#
        );
    }

    #[test]
    fn an_area_can_be_looked_up_by_key() {
        let korean = [("errors", r#"{"busy": "바빠요"}"#)];
        let english = [("errors", r#"{"busy": "Busy"}"#)];
        let code = of(&catalogue(&korean, &english).unwrap(), |_| true, &["errors"]).unwrap();
        assert_eq!(
            code,
            r#"pub(crate) mod errors {
use super::Language;
#[cfg(test)]
#[allow(dead_code)]
pub(crate) const KEYS: &[&str] = &["busy"];
#[allow(clippy::too_many_lines)]
pub(crate) fn text(key: &str, language: Language) -> Option<&'static str> {
Some(match (key, language) {
("busy", Language::Korean) => "바빠요",
("busy", Language::English) => "Busy",
_ => return None,
})
}
}
"#
        );
        let waits = [("errors", r#"{"busy": "{{ wait }}"}"#)];
        let errors = of(&catalogue(&waits, &waits).unwrap(), |_| true, &["errors"]).unwrap_err();
        assert_eq!(errors[0].to_string(), "errors.busy: takes a value, and is looked up by its key");
    }
}
