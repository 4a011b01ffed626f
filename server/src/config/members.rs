//! `[members]`.

use super::reader::Reader;

/// Accounts by e-mail and password.
#[derive(Clone, Copy, Debug)]
pub struct Members {
    /// `members.reveal_existing`.
    pub reveal_existing: bool,
}

impl Members {
    pub(super) fn read(reader: &Reader) -> Self {
        Self { reveal_existing: reader.flag("members.reveal_existing") }
    }
}
