//! `[second_factor]`.

use std::time::Duration;

use super::reader::Reader;
use super::units::Span;

/// One-time codes beside a password, or after a provider.
#[derive(Clone, Copy, Debug)]
pub struct SecondFactor {
    /// `second_factor.remember`; zero: no browser is remembered.
    pub remember: Duration,
}

impl SecondFactor {
    pub(super) fn read(reader: &Reader) -> Self {
        let cure = "Write a number with s, m, h or d, such as 30d, or 0s for never";
        Self { remember: reader.parsed("second_factor.remember", cure, Span::SECOND).get() }
    }
}
