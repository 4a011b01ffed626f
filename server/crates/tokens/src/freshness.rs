//! Whether what was read can still be relied on.

use std::time::Duration;

use kernel::Timestamp;

/// Another thread may have read a moment after we looked at the clock.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(1);

/// Whether something read at `read_at` is younger than `limit`. A reading that seems to lie ahead was made before the clock was
/// set back: its age is unknown, so it does not count.
pub(crate) fn holds(read_at: Timestamp, now: Timestamp, limit: Duration) -> bool {
    read_at <= now.plus(CLOCK_TOLERANCE) && now.since(read_at) < limit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_holds_until_its_limit_and_not_after_a_clock_was_set_back() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let limit = Duration::from_secs(5);
        assert!(holds(at(100), at(100), limit) && holds(at(100), at(104), limit));
        assert!(!holds(at(100), at(105), limit), "too old");
        assert!(holds(at(100), at(99), limit), "two looks at the clock");
        assert!(!holds(at(100), at(90), limit), "set back");
    }
}
