//! A list of scopes.

use std::collections::BTreeSet;

use ::tokens::Scope;

use super::reader::Reader;

/// Reads a list of scopes; one that is malformed is reported, and counts as empty.
pub(super) fn scope(reader: &Reader, key: &str) -> Scope {
    let words = reader.list(key);
    // Joined, two words in one text would be two scopes, and an empty text none.
    let is_word = |word: &String| Scope::parse(word).is_some_and(|scope| scope.words().eq([word.as_str()]));
    let problem = match words.iter().find(|word| !is_word(word)) {
        Some(other) => format!("`{other}` is no scope"),
        None if words.iter().collect::<BTreeSet<_>>().len() < words.len() => {
            "a scope is there twice".to_owned()
        }
        None => match Scope::parse(&words.join(" ")) {
            Some(scope) => return scope,
            None => "these are too many scopes".to_owned(),
        },
    };
    reader.wrong(
        key,
        problem,
        "Write words without spaces and quotes, each once, at most 1000 characters in all",
    );
    Scope::default()
}
