//! Time that stands still until a test moves it, and time that is off.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use kernel::{Clock, SystemClock, Timestamp};

/// A clock that only [`HandClock::advance`] moves. It begins at 2026-01-18T12:34:56Z.
#[derive(Debug)]
pub struct HandClock(AtomicI64);

impl Default for HandClock {
    fn default() -> Self {
        Self(AtomicI64::new(1_768_739_696_000))
    }
}

impl HandClock {
    /// Moves the clock ahead by `span`.
    pub fn advance(&self, span: Duration) {
        self.0.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// A clock that is ahead of the machine's by so many milliseconds.
#[derive(Debug)]
pub struct OffsetClock(pub i64);

impl Clock for OffsetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().millis() + self.0)
    }
}
