//! A list of scopes.

use ::tokens::Scope;

use super::reader::Reader;

/// Reads one.
pub(super) fn scope(reader: &Reader, key: &str) -> Scope {
    let words = reader.list(key);
    Scope::parse(&words.join(" ")).unwrap_or_else(|| {
        reader.wrong(key, "it is no list of scopes", "Write words without spaces and quotes, each once");
        Scope::default()
    })
}
