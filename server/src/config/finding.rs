//! One problem: what is wrong, where, and what to do.

use std::fmt;

/// A finding about the configuration or its surroundings. Never holds a secret's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where the value is written: `daemun.toml:12`, an environment variable, or empty.
    pub place: String,
    /// The full key.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub cure: String,
}

impl Finding {
    /// A finding that has no place in a file.
    pub fn new(key: &str, problem: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { place: String::new(), key: key.to_owned(), problem: problem.into(), cure: cure.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        write!(f, "`{}`: {}. {}", self.key, self.problem, self.cure)
    }
}
