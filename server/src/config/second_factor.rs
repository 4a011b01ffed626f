//! `[second_factor]`.

use std::time::Duration;

use super::reader::Reader;
use super::units::Span;

/// One-time codes beside a password, or after a provider.
#[derive(Clone, Copy, Debug)]
pub struct SecondFactor {
    /// `second_factor.remember`; zero: no browser is remembered.
    pub remember: Duration,
    /// `second_factor.reset_delay`.
    pub reset_delay: Duration,
}

/// An owner who sleeps or works reads no mail.
const LEAST_DELAY: Duration = Duration::from_hours(1);

impl SecondFactor {
    pub(super) fn read(reader: &Reader) -> Self {
        let cure = "Write a number with s, m, h or d, such as 30d, or 0s for never";
        let delay = "second_factor.reset_delay";
        let reset_delay = reader.span(delay).get();
        if !reset_delay.is_zero() && reset_delay < LEAST_DELAY {
            reader.wrong(delay, "the owner of the account would have no time to stop it", "Write 1h or more");
        }
        Self { remember: reader.parsed("second_factor.remember", cure, Span::SECOND).get(), reset_delay }
    }
}
