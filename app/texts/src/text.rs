//! Parses a text.

use std::fmt;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Literal text.
    Words(String),
    /// `{{ name }}`: a value that the caller passes.
    Value(String),
    /// `$t(area.key)`: another text.
    Reference(Key),
}

/// The area and the key of a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) area: String,
    pub(crate) name: String,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.area, self.name)
    }
}

/// Splits `text` into its parts.
pub(crate) fn parse(text: &str) -> Result<Vec<Piece>, String> {
    if text.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{").into_iter().chain(rest.find("$t(")).min() {
        let (words, marked) = rest.split_at(start);
        if !words.is_empty() {
            pieces.push(Piece::Words(words.to_owned()));
        }
        let (piece, after) = if marked.starts_with("{{") { value(marked)? } else { reference(marked)? };
        pieces.push(piece);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest.to_owned()));
    }
    check_quotes(&pieces)?;
    Ok(pieces)
}

fn value(marked: &str) -> Result<(Piece, &str), String> {
    let (inner, after) =
        marked[2..].split_once("}}").ok_or_else(|| format!("`{marked}` has no closing `}}}}`"))?;
    let name = inner.trim();
    if is_name(name) {
        Ok((Piece::Value(name.to_owned()), after))
    } else {
        Err(format!("`{name}` is no name for a value: lower-case letters, digits and _ only"))
    }
}

fn reference(marked: &str) -> Result<(Piece, &str), String> {
    let (inner, after) =
        marked[3..].split_once(')').ok_or_else(|| format!("`{marked}` has no closing `)`"))?;
    match inner.split_once('.') {
        Some((area, name)) if is_name(area) && is_name(name) => {
            Ok((Piece::Reference(Key { area: area.to_owned(), name: name.to_owned() }), after))
        }
        _ => Err(format!("`$t({inner})` must name a text as `$t(area.key)`")),
    }
}

/// Whether `name` can be the name of an area, a key or a value, which become Rust identifiers.
pub(crate) fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '_')
}

/// Checks that text in quotation marks is a reference, and not a copy of another text.
fn check_quotes(pieces: &[Piece]) -> Result<(), String> {
    for (at, piece) in pieces.iter().enumerate() {
        let Piece::Words(words) = piece else { continue };
        if words.contains('"') {
            return Err("uses a straight quotation mark: write “…” or ‘…’".to_owned());
        }
        for (start, mark) in words.match_indices(['“', '‘']) {
            let closing = if mark == "“" { '”' } else { '’' };
            let ends_here = start + mark.len() == words.len();
            let closes = matches!(pieces.get(at + 2), Some(Piece::Words(next)) if next.starts_with(closing));
            if !(ends_here && closes) {
                let quoted: String = words[start..].chars().take(30).collect();
                return Err(format!(
                    "{quoted}… is quoted by hand: refer to the text that is meant, as {mark}$t(area.key){closing}"
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &str) -> Piece {
        Piece::Words(words.to_owned())
    }

    #[test]
    fn a_text_is_words_values_and_references() {
        let key = Key { area: "login".to_owned(), name: "submit".to_owned() };
        assert_eq!(parse("Sign in {now}"), Ok(vec![words("Sign in {now}")]));
        assert_eq!(
            parse("{{name}}, press “$t(login.submit)” within {{ count }} s"),
            Ok(vec![
                Piece::Value("name".to_owned()),
                words(", press “"),
                Piece::Reference(key),
                words("” within "),
                Piece::Value("count".to_owned()),
                words(" s"),
            ])
        );
    }

    #[test]
    fn what_is_malformed_is_refused_with_a_cure() {
        for (text, problem) in [
            ("  ", "empty"),
            ("Welcome, {{ name", "no closing"),
            ("Welcome, {{ Name }}", "no name for a value"),
            ("Welcome, {{}}", "no name for a value"),
            ("See $t(login.submit", "no closing"),
            ("See $t(submit)", "as `$t(area.key)`"),
            ("See $t(login.sub.mit)", "as `$t(area.key)`"),
            ("Press \"Sign in\"", "straight quotation mark"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }

    #[test]
    fn a_button_cannot_be_quoted_by_words_of_its_own() {
        for text in
            ["Press “Sign in”.", "‘로그인’을 누르세요", "“$t(login.submit) now”", "“ $t(login.submit)”", "“"]
        {
            assert!(parse(text).unwrap_err().contains("quoted by hand"), "{text}");
        }
        for text in ["Press “$t(login.submit)”.", "‘$t(login.submit)’을 누르세요", "“{{ name }}”", "It isn’t"]
        {
            assert!(parse(text).is_ok(), "{text}");
        }
    }
}
