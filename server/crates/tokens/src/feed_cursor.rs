//! Where the revocation feed is read on.

use std::collections::VecDeque;
use std::time::Duration;

use kernel::Timestamp;

use crate::freshness;

/// How far back each reading looks, and how often all is read.
const LOOK_BACK: Duration = Duration::from_secs(10);

/// How far the feed was read.
#[derive(Debug, Default)]
pub(crate) struct FeedCursor {
    /// When which highest number was seen; nothing older than one entry beyond the look-back.
    seen: VecDeque<(Timestamp, i64)>,
    whole_at: Option<Timestamp>,
}

impl FeedCursor {
    /// Where to read on from; `None` for the beginning.
    pub(crate) fn position(&self, now: Timestamp) -> Option<i64> {
        let whole_at = self.whole_at.filter(|at| freshness::holds(*at, now, LOOK_BACK));
        whole_at
            .and(self.seen.front())
            .map(|(at, number)| if now.since(*at) >= LOOK_BACK { *number } else { 0 })
    }

    pub(crate) fn advance(&mut self, began: Timestamp, highest: Option<i64>, whole: bool) {
        if whole {
            self.whole_at = Some(began);
        }
        let number = self.seen.back().map_or(0, |(_, number)| *number).max(highest.unwrap_or(0));
        self.seen.push_back((began, number));
        while self.seen.get(1).is_some_and(|(at, _)| began.since(*at) >= LOOK_BACK) {
            self.seen.pop_front();
        }
    }
}
