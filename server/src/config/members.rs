//! `[members]`.

use super::reader::Reader;
use super::units::Span;

/// Accounts by e-mail and password.
#[derive(Clone, Copy, Debug)]
pub struct Members {
    /// `members.reveal_existing`.
    pub reveal_existing: bool,
    /// `members.deletion_grace`.
    pub deletion_grace: Span,
}

impl Members {
    pub(super) fn read(reader: &Reader) -> Self {
        Self {
            reveal_existing: reader.flag("members.reveal_existing"),
            deletion_grace: reader.span("members.deletion_grace"),
        }
    }
}
