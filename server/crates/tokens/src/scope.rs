//! What a token allows.

use std::fmt;

/// The longest scope, as the table holds it.
const LONGEST: usize = 1000;

/// A scope (RFC 6749 section 3.3): a set of words, in the order in which they were first named. May be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope(Box<str>);

impl Scope {
    /// Reads a scope: words of visible ASCII without `"` and `\`, separated by single spaces, at most 1000 characters.
    /// A word that comes twice counts once.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::default());
        }
        let allowed = |c: u8| matches!(c, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        let mut words = Vec::new();
        for word in text.split(' ') {
            if word.is_empty() || !word.bytes().all(allowed) {
                return None;
            }
            if !words.contains(&word) {
                words.push(word);
            }
        }
        (text.len() <= LONGEST).then(|| Self(words.join(" ").into()))
    }

    /// The words, separated by spaces.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The words one by one.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|word| !word.is_empty())
    }

    /// What of it `other` has as well, in its own order.
    #[must_use]
    pub fn within(&self, other: &Self) -> Self {
        let words: Vec<_> = self.words().filter(|word| other.has(word)).collect();
        Self::parse(&words.join(" ")).unwrap_or_default()
    }

    /// Whether `word` is in it. Case counts.
    pub fn has(&self, word: &str) -> bool {
        self.words().any(|own| own == word)
    }

    /// Whether it asks for nothing that `granted` lacks (S-TOK-14).
    pub fn is_within(&self, granted: &Self) -> bool {
        self.words().all(|word| granted.has(word))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_a_set_of_words() {
        assert_eq!(Scope::parse("openid read openid").unwrap().as_str(), "openid read");
        assert_eq!(Scope::parse("").unwrap(), Scope::default());
        for text in [" ", "a  b", " a", "a ", "a\tb", "a\"b", "a\\b", "가", &"a".repeat(1001)] {
            assert!(Scope::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn s_tok_14_less_is_within_and_more_is_not() {
        let granted = Scope::parse("openid orders:read").unwrap();
        let within = |text| Scope::parse(text).unwrap().is_within(&granted);
        assert!(within("orders:read") && within("orders:read openid") && within(""));
        assert!(!within("orders:write") && !within("openid orders") && !within("OPENID"));
    }
}
