//! The code of a mail.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Six digits, for people who read the mail on another device. Never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(String);

/// The text is not a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a code has six digits")]
pub struct CodeError;

impl Code {
    /// Parses a code.
    ///
    /// # Errors
    /// When `text` is not exactly six digits.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let six_digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        six_digits.then(|| Self(text.to_owned())).ok_or(CodeError)
    }

    /// The digits. A secret until they are used.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}
