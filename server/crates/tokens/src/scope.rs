//! What a token allows.

use std::fmt;

/// The longest scope, as the table holds it.
const MAX_BYTES: usize = 1000;

/// A scope (RFC 6749 section 3.3): a set of words, in the order in which they were first named. May be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope(Box<str>);

impl Scope {
    /// Reads a scope: words of visible ASCII without `"` and `\`, separated by single spaces, at most 1000 characters.
    /// A word that comes twice counts once, in that length too.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::default());
        }
        let allowed = |c: u8| matches!(c, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        let mut set = Set::default();
        for word in text.split(' ') {
            if word.is_empty() || !word.bytes().all(allowed) {
                return None;
            }
            set.add(word);
            // Not at the end alone: looking for each word among all others would take long for a long text.
            if set.length > MAX_BYTES {
                return None;
            }
        }
        Some(set.scope())
    }

    /// The words, separated by spaces.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The single values, in the order in which they are written.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|word| !word.is_empty())
    }

    /// Both together, this one's words first. It may be longer than a scope that [`Self::parse`] takes: to be shown, and
    /// not to be stored or granted.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        let mut set = Set::default();
        self.words().chain(other.words()).for_each(|word| set.add(word));
        set.scope()
    }

    /// All of it, and the words of `other` for which there is room in a scope that can be stored.
    #[must_use]
    pub fn filled_up_with(&self, other: &Self) -> Self {
        let mut set = Set::default();
        self.words().for_each(|word| set.add(word));
        for word in other.words() {
            if set.length + 1 + word.len() <= MAX_BYTES {
                set.add(word);
            }
        }
        set.scope()
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

/// Different words, and how long they are with a space between each two.
#[derive(Default)]
struct Set<'a> {
    words: Vec<&'a str>,
    length: usize,
}

impl<'a> Set<'a> {
    fn add(&mut self, word: &'a str) {
        if !self.words.contains(&word) {
            self.length += word.len() + usize::from(!self.words.is_empty());
            self.words.push(word);
        }
    }

    fn scope(&self) -> Scope {
        Scope(self.words.join(" ").into())
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
    fn the_length_of_a_scope_is_that_of_the_set() {
        let words = |count: usize| (0..count).map(|n| format!("word:{n:04}")).collect::<Vec<_>>().join(" ");
        let (most, more) = (words(100), words(101));
        assert_eq!(most.len(), 999);
        assert_eq!(Scope::parse(&most).unwrap().as_str(), most);
        assert_eq!(Scope::parse(&[&*most; 30].join(" ")).unwrap().as_str(), most, "however often they come");
        assert!(Scope::parse(&more).is_none());
        assert!(Scope::parse(&"a".repeat(1000)).is_some());
    }

    #[test]
    fn two_scopes_together_have_all_words_once() {
        let scope = |text: &str| Scope::parse(text).unwrap();
        assert_eq!(scope("openid read").joined(&scope("read write")).as_str(), "openid read write");
        assert_eq!(scope("").joined(&scope("read")).as_str(), "read");
        assert_eq!(scope("read").joined(&scope("")).as_str(), "read");
        let long = |sign: &str| scope(&format!("{} {sign}", sign.repeat(600)));
        let (a, b) = (long("a"), long("b"));
        assert_eq!(a.joined(&b).as_str(), format!("{a} {b}"));
        assert_eq!(a.filled_up_with(&b).as_str(), format!("{a} b"), "what there is room for");
        assert_eq!(a.filled_up_with(&a), a);
    }

    #[test]
    fn s_tok_14_less_is_within_and_more_is_not() {
        let granted = Scope::parse("openid orders:read").unwrap();
        let within = |text| Scope::parse(text).unwrap().is_within(&granted);
        assert!(within("orders:read") && within("orders:read openid") && within(""));
        assert!(!within("orders:write") && !within("openid orders") && !within("OPENID"));
    }
}
