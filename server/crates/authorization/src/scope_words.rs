//! What people are told that a scope allows.

use std::collections::BTreeMap;

use names::Language;

/// A scope in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// In Korean.
    pub ko: Option<String>,
    /// In English.
    pub en: Option<String>,
}

/// All scopes that somebody wrote words for (`[authorization.scopes.NAME]`).
#[derive(Clone, Debug, Default)]
pub struct ScopeWords(BTreeMap<String, Words>);

impl ScopeWords {
    /// These words, by scope.
    pub fn new(words: impl IntoIterator<Item = (String, Words)>) -> Self {
        Self(words.into_iter().collect())
    }

    /// What a person is told of `scope`: in their language, or in the other one where nobody wrote it.
    pub fn of(&self, scope: &str, language: Language) -> Option<&str> {
        let Words { ko, en } = self.0.get(scope)?;
        let (first, second) = match language {
            Language::Korean => (ko, en),
            Language::English => (en, ko),
        };
        first.as_deref().or(second.as_deref())
    }

    /// Whether there are words for `scope` in every language.
    pub fn are_complete_for(&self, scope: &str) -> bool {
        self.0.get(scope).is_some_and(|words| words.ko.is_some() && words.en.is_some())
    }

    /// The scopes that have words.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
