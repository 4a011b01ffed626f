//! How often something may happen, and the one rule that counts it, in memory and in the database.
//!
//! The rule is GCRA (the generic cell rate algorithm of ITU-T I.371, the leaky bucket as a meter). A key needs one number: the
//! moment at which its quota will be full again (the TAT of GCRA). Each use moves that moment by one refill; a use that would
//! move it further ahead than the burst allows is refused. A key that was not used has a moment in the past, so it needs no
//! entry.
//!
//! Moments are nanoseconds since the epoch, so that a quota of many thousands a second is exact.

use std::num::NonZeroU32;
use std::time::Duration;

/// How often something may happen: `burst` at once, and one more after each `refill`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    burst: NonZeroU32,
    refill: Duration,
}

/// A quota is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the quota is used up")]
pub struct LimitExceeded {
    /// How long to wait for the next use.
    pub retry_after: Duration,
}

impl Quota {
    /// `burst` at once, and one more after each `refill`.
    pub const fn new(burst: NonZeroU32, refill: Duration) -> Self {
        Self { burst, refill }
    }

    /// `count` in each `period`. That many may come at once; after that, evenly.
    pub fn per(count: NonZeroU32, period: Duration) -> Self {
        Self::new(count, period / count.get())
    }

    /// Parses a quota as settings have it: `100/s`, `600/m`, `1000/h`. `None` unless it is a number above zero, a `/` and one of
    /// `s`, `m`, `h`.
    pub fn parse(text: &str) -> Option<Self> {
        let (count, unit) = text.split_once('/')?;
        let period = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 60 * 60,
            _ => return None,
        };
        // `u32::from_str` takes a sign.
        let count = count.bytes().all(|byte| byte.is_ascii_digit()).then(|| count.parse().ok())??;
        Some(Self::per(count, Duration::from_secs(period)))
    }

    /// How many may come at once.
    pub const fn burst(self) -> NonZeroU32 {
        self.burst
    }

    /// The time that one use takes to refill, in nanoseconds.
    pub(crate) fn step(self) -> i64 {
        i64::try_from(self.refill.as_nanos()).unwrap_or(i64::MAX).max(1)
    }

    /// The time that the whole burst takes to refill, in nanoseconds.
    pub(crate) fn span(self) -> i64 {
        self.step().saturating_mul(i64::from(self.burst.get()))
    }

    /// The latest moment that a key may have for one more use at `now`.
    pub(crate) fn latest(self, now: i64) -> i64 {
        now.saturating_add(self.span() - self.step())
    }

    /// Twice as far ahead of `now` as this rule can move a key; the second half is for clocks that differ. A later moment was
    /// written before the clock was set back, and is ignored.
    pub(crate) fn plausible(self, now: i64) -> i64 {
        now.saturating_add(self.span().saturating_mul(2))
    }

    /// Counts one use at `now` of a key that is full again at `full_at`, and returns the moment after this use. When the burst is
    /// used up, nothing is counted.
    pub(crate) fn count(self, full_at: i64, now: i64) -> Result<i64, LimitExceeded> {
        if full_at > self.latest(now) {
            return Err(self.exceeded(full_at, now));
        }
        Ok(full_at.max(now).saturating_add(self.step()))
    }

    /// The refusal of a key that is full again at `full_at`, with the wait for the next use.
    pub(crate) fn exceeded(self, full_at: i64, now: i64) -> LimitExceeded {
        let wait = full_at.saturating_sub(self.latest(now));
        LimitExceeded { retry_after: Duration::from_nanos(u64::try_from(wait).unwrap_or(0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn quota(burst: u32, refill: Duration) -> Quota {
        Quota::new(NonZeroU32::new(burst).unwrap(), refill)
    }

    fn exceeded(seconds: u64) -> Result<i64, LimitExceeded> {
        Err(LimitExceeded { retry_after: Duration::from_secs(seconds) })
    }

    #[test]
    fn so_many_at_once_and_then_one_for_each_refill() {
        let three = quota(3, Duration::from_secs(10));
        let (mut full_at, start) = (0, 1_000 * SECOND);
        for _ in 0..3 {
            full_at = three.count(full_at, start).unwrap();
        }
        assert_eq!(full_at, start + 30 * SECOND);
        assert_eq!(three.count(full_at, start), exceeded(10));
        assert_eq!(three.count(full_at, start + 4 * SECOND), exceeded(6));
        let after = three.count(full_at, start + 10 * SECOND).unwrap();
        assert_eq!(after, start + 40 * SECOND);
        assert!(three.count(after, start + 10 * SECOND).is_err(), "one, not two");
        assert_eq!(three.count(after, start + 99 * SECOND), Ok(start + 109 * SECOND), "full again");
    }

    #[test]
    fn many_thousands_a_second_are_exact_and_nothing_overflows() {
        let many = quota(30_000, Duration::from_secs(1) / 30_000);
        let mut full_at = 0;
        let passed = std::iter::repeat_with(|| many.count(full_at, SECOND).map(|next| full_at = next))
            .take_while(Result::is_ok);
        assert_eq!(passed.count(), 30_000);
        let endless = Quota::new(NonZeroU32::MAX, Duration::MAX);
        assert_eq!(endless.count(0, SECOND), Ok(i64::MAX));
        assert!(endless.count(i64::MAX, SECOND).is_err());
    }

    #[test]
    fn people_write_quotas() {
        assert_eq!(Quota::parse("600/m"), Some(quota(600, Duration::from_millis(100))));
        assert_eq!(Quota::parse("3/h"), Some(quota(3, Duration::from_mins(20))));
        for bad in ["", "10", "0/s", "1/d", "/s", "1/", "+1/s", "5000000000/s"] {
            assert_eq!(Quota::parse(bad), None, "{bad}");
        }
    }
}
