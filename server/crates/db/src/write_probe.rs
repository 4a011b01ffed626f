//! What is known about whether the database takes writes: [`crate::write_check`] finds it out.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long an answer is cached: however often it is asked for, little is written.
const CACHE_TIME: Duration = Duration::from_secs(1);
/// What is known about writes.
#[derive(Debug, Default)]
pub(crate) struct WriteProbe {
    /// Since the last probe that succeeded.
    failed: AtomicBool,
    last: Mutex<Last>,
}

#[derive(Debug, Default)]
struct Last {
    good_probe: Option<Instant>,
    failure: Option<Instant>,
}

impl WriteProbe {
    /// Notes that a write failed, for whatever reason: what was found before counts no more.
    pub(crate) fn note_failure(&self) {
        self.failed.store(true, Ordering::Relaxed);
        *self.lock() = Last { good_probe: None, failure: Some(Instant::now()) };
    }

    /// Invalidates the finding that writes are possible.
    pub(crate) fn doubt(&self) {
        self.lock().good_probe = None;
    }

    /// Whether a connection of this age was made before the last failure. It may be what is at fault: one that SQLite
    /// opened while the file system was read-only stays so, and one to a server that has become a replica of another too.
    pub(crate) fn outdates(&self, age: Duration) -> bool {
        self.failed.load(Ordering::Relaxed) && self.lock().failure.is_some_and(|at| age >= at.elapsed())
    }

    /// Whether a write was possible a moment ago.
    pub(crate) fn is_good(&self) -> bool {
        self.lock().good_probe.is_some_and(|at| at.elapsed() < CACHE_TIME)
    }

    /// Whether the last write failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Notes that a write was possible.
    pub(crate) fn note_success(&self) {
        self.failed.store(false, Ordering::Relaxed);
        self.lock().good_probe = Some(Instant::now());
    }

    fn lock(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
