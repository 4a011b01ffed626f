//! Errors in the texts.

use std::fmt;

/// An error in a text, and where it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Error {
    place: String,
    problem: String,
}

impl Error {
    pub(crate) fn new(place: impl fmt::Display, problem: impl fmt::Display) -> Self {
        Self { place: place.to_string(), problem: problem.to_string() }
    }
}

/// One line, as cargo expects it.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem.replace('\n', " "))
    }
}
