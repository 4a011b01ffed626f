//! `[admin]`.

use super::reader::Reader;
use super::units::Span;

/// The section `[admin]`, checked.
#[derive(Clone, Copy, Debug)]
pub struct Admin {
    /// For how long it is kept which operator saw what of whom.
    pub access_log: Span,
}

impl Admin {
    pub(super) fn read(reader: &Reader) -> Self {
        Self { access_log: reader.span_of_a_day("admin.access_log") }
    }
}
