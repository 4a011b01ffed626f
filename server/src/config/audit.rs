//! `[audit]`.

use audit::Retention;

use super::reader::Reader;
use super::units::Span;

/// The section `[audit]`, checked.
#[derive(Clone, Copy, Debug)]
pub struct Audit {
    retention: Span,
    anonymous_retention: Span,
}

impl Audit {
    pub(super) fn read(reader: &Reader) -> Self {
        Self {
            retention: reader.span_of_a_day("audit.retention"),
            anonymous_retention: reader.span_of_a_day("audit.anonymous_retention"),
        }
    }

    /// How long its rows are kept.
    pub const fn retention(self) -> Retention {
        Retention { accounts: self.retention.get(), anonymous: self.anonymous_retention.get() }
    }
}
