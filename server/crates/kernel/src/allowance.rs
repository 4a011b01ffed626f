//! How often something may happen, and the one rule by which it is counted, in memory as in the database.
//!
//! The rule is GCRA (the generic cell rate algorithm of ITU-T I.371, the leaky bucket as a meter). A key needs one number
//! only: the moment at which its count will be full again. Each use moves that moment on by the time of one refill; a key
//! whose moment lies further ahead than the burst reaches is refused. An untouched key has a moment in the past, so it
//! needs no number at all.
//!
//! Moments are nanoseconds since the epoch, so that a limit of many thousands a second is exact.

use std::num::NonZeroU32;
use std::time::Duration;

/// A quota: `burst` at once, and one more after each `refill`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// At once.
    pub burst: NonZeroU32,
    /// The time after which one more is allowed; not zero.
    pub refill: Duration,
}

/// Too many; how long to wait for the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany(pub Duration);

impl Allowance {
    /// `burst` at once, and one more after each `refill`.
    pub const fn new(burst: NonZeroU32, refill: Duration) -> Self {
        Self { burst, refill }
    }

    /// What one use takes, in nanoseconds.
    pub fn step(self) -> i64 {
        i64::try_from(self.refill.as_nanos()).unwrap_or(i64::MAX).max(1)
    }

    /// How long a count that is used up takes to be full again, in nanoseconds.
    pub fn span(self) -> i64 {
        self.step().saturating_mul(i64::from(self.burst.get()))
    }

    /// The latest moment that a key may have for one more use at `now`.
    pub fn latest(self, now: i64) -> i64 {
        now.saturating_add(self.span() - self.step())
    }

    /// The latest moment that a key can have at `now` by this rule, and as much again for clocks that differ. One further
    /// ahead was written before the clock was set back, and says nothing.
    pub fn believable(self, now: i64) -> i64 {
        now.saturating_add(self.span().saturating_mul(2))
    }

    /// Counts one use at `now` of a key that is full again at `full_at`; answers when it will be full again after that.
    ///
    /// # Errors
    /// [`TooMany`] when the burst is used up; then nothing is counted.
    pub fn count(self, full_at: i64, now: i64) -> Result<i64, TooMany> {
        if full_at > self.latest(now) {
            return Err(self.refusal(full_at, now));
        }
        Ok(full_at.max(now).saturating_add(self.step()))
    }

    /// How long a key that is full again at `full_at` has to wait.
    pub fn refusal(self, full_at: i64, now: i64) -> TooMany {
        let wait = full_at.saturating_sub(self.latest(now));
        TooMany(Duration::from_nanos(u64::try_from(wait).unwrap_or(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn allowance(burst: u32, refill: Duration) -> Allowance {
        Allowance::new(NonZeroU32::new(burst).unwrap(), refill)
    }

    #[test]
    fn so_many_at_once_and_then_one_for_each_refill() {
        let three = allowance(3, Duration::from_secs(10));
        let (mut full_at, start) = (0, 1_000 * SECOND);
        for _ in 0..3 {
            full_at = three.count(full_at, start).unwrap();
        }
        assert_eq!(full_at, start + 30 * SECOND);
        assert_eq!(three.count(full_at, start), Err(TooMany(Duration::from_secs(10))));
        assert_eq!(three.count(full_at, start + 4 * SECOND), Err(TooMany(Duration::from_secs(6))));
        let after = three.count(full_at, start + 10 * SECOND).unwrap();
        assert_eq!(after, start + 40 * SECOND);
        assert!(three.count(after, start + 10 * SECOND).is_err(), "one, not two");
        assert_eq!(three.count(after, start + 99 * SECOND), Ok(start + 109 * SECOND), "full again");
    }

    #[test]
    fn many_thousands_a_second_are_exact_and_nothing_overflows() {
        let many = allowance(30_000, Duration::from_secs(1) / 30_000);
        let mut full_at = 0;
        let passed = std::iter::repeat_with(|| many.count(full_at, SECOND).map(|next| full_at = next))
            .take_while(Result::is_ok);
        assert_eq!(passed.count(), 30_000);
        let endless = Allowance::new(NonZeroU32::MAX, Duration::MAX);
        assert_eq!(endless.count(0, SECOND), Ok(i64::MAX));
        assert!(endless.count(i64::MAX, SECOND).is_err());
    }
}
