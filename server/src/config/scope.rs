//! A list of scopes.

use ::tokens::Scope;

use super::reader::Reader;

/// Reads a list of scopes; one that is malformed is reported, and counts as empty.
pub(super) fn scope(reader: &Reader, key: &str) -> Scope {
    let words = reader.list(key);
    Scope::parse(&words.join(" ")).unwrap_or_else(|| {
        reader.wrong(key, "it is no list of scopes", "Write words without spaces and quotes, each once");
        Scope::default()
    })
}
