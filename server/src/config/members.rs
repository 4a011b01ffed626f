//! `[members]`.

use std::ops::RangeInclusive;

use super::reader::Reader;
use super::units::Span;

/// Shorter passwords can be guessed in an afternoon; no site may demand more than people can type.
const PASSWORD_MIN_LENGTH: RangeInclusive<u32> = 8..=64;

/// Accounts by e-mail and password.
#[derive(Clone, Copy, Debug)]
pub struct Members {
    /// `members.reveal_existing`.
    pub reveal_existing: bool,
    /// `members.deletion_grace`.
    pub deletion_grace: Span,
    /// `members.password_min_length`.
    pub password_min_length: usize,
}

impl Members {
    pub(super) fn read(reader: &Reader) -> Self {
        Self {
            reveal_existing: reader.flag("members.reveal_existing"),
            deletion_grace: reader.span("members.deletion_grace"),
            password_min_length: reader.number_of("members.password_min_length", PASSWORD_MIN_LENGTH)
                as usize,
        }
    }
}
