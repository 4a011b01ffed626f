//! The position from which the revocation feed is read.

use std::time::Duration;

use kernel::Timestamp;

use crate::freshness;

/// How far back each reading looks. No transaction of ours is open for half as long, unless its process was stopped, and
/// clocks of replicas differ by less.
const READ_OVERLAP: Duration = Duration::from_secs(30);
/// How often all is read.
const FULL_READ_INTERVAL: Duration = Duration::from_secs(10);

/// How the feed was read last.
#[derive(Debug, Default)]
pub(crate) struct FeedCursor {
    /// When all of it was.
    pub(crate) whole_at: Option<Timestamp>,
}

impl FeedCursor {
    /// The moment from which on to read; `None` for all.
    pub(crate) fn since(&self, now: Timestamp) -> Option<Timestamp> {
        let is_due = self.whole_at.is_none_or(|at| !freshness::holds(at, now, FULL_READ_INTERVAL));
        (!is_due).then(|| now.minus(READ_OVERLAP))
    }
}
