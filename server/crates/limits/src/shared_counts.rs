//! All counts of this process that are shared with the other replicas, by their stored keys.
//!
//! A request is counted here and waits for nothing. [`LimitSync`](crate::LimitSync) writes the counts for the other replicas,
//! and reads theirs.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use dashmap::DashMap;

use crate::context::LimitContext;
use crate::key::LimitKey;
use crate::quota::Quota;
use crate::shared_count::SharedCount;
use crate::shown_key::ShownKey;
use crate::usage::{Level, Usage};

/// When the clock is set back by more than this, all counts are reset. By less, keys only wait that much longer.
const MIN_SET_BACK: Duration = Duration::from_mins(1);

/// For how many keys the counts of other replicas are kept; beyond them, only for keys that are counted here.
const MAX_MERGED_KEYS: usize = 200_000;

/// The counts of all [`SharedLimiter`](crate::SharedLimiter)s of a process.
#[derive(Debug)]
pub struct SharedCounts {
    pub(crate) context: LimitContext,
    counts: DashMap<LimitKey, Arc<SharedCount>>,
    /// When the counts were last shared, in nanoseconds.
    shared_at: AtomicI64,
}

impl SharedCounts {
    /// Without any counter; limiters add theirs.
    pub fn new(context: LimitContext) -> Self {
        Self { context, counts: DashMap::new(), shared_at: AtomicI64::new(0) }
    }

    /// Takes out the uses to be shared; from now on they count as shared.
    ///
    /// Less than a tenth of a burst is not shared. So what one replica allows without the others knowing is at most a tenth of
    /// the quota, plus what it allows between two calls.
    pub(crate) fn take_due(&self) -> Vec<Usage> {
        let now = self.now();
        let set_back = i64::try_from(MIN_SET_BACK.as_nanos()).unwrap_or(i64::MAX);
        // Otherwise every counted key would wait until the clock has caught up.
        if self.shared_at.swap(now, Ordering::Relaxed).saturating_sub(now) > set_back {
            tracing::warn!("the clock was set back; limits are counted from zero");
            self.counts.iter().for_each(|count| count.reset());
        }
        self.counts.iter().filter_map(|count| count.take_due(now)).collect()
    }

    /// Takes out all uses that were not shared, at the end of the process.
    pub(crate) fn take_all(&self) -> Vec<Usage> {
        self.counts.iter().filter_map(|count| count.take_all()).collect()
    }

    /// Puts back uses that could not be written, to be shared later.
    pub(crate) fn put_back(&self, usages: &[Usage]) {
        for usage in usages {
            self.count(usage.key).put_back(*usage);
        }
    }

    /// Takes over how far all replicas together used up these keys.
    pub(crate) fn merge(&self, levels: &[Level]) {
        let mut room = MAX_MERGED_KEYS.saturating_sub(self.counts.len());
        for level in levels {
            if let Some(count) = self.counts.get(&level.key) {
                count.merge(*level);
            } else if room > 0 {
                room -= 1;
                self.count(level.key).merge(*level);
            }
        }
    }

    /// Evicts keys whose quota is full again and that no limiter holds. Call it about once a minute, after
    /// [`SharedLimiter::evict_idle`](crate::SharedLimiter::evict_idle).
    pub fn evict_idle(&self) {
        let now = self.now();
        self.counts.retain(|_, count| Arc::strong_count(count) > 1 || !count.is_idle(now));
        self.counts.shrink_to_fit();
    }

    pub(crate) fn count_of(&self, limit: &str, quota: Quota, key: &impl Display) -> Arc<SharedCount> {
        self.count(self.context.keys.key(limit, quota, key))
    }

    /// Remembers for operators that somebody was refused.
    pub(crate) fn note_refusal(&self, limit: &str, quota: Quota, key: &impl Display) {
        let shown = ShownKey::of(key);
        let key = self.context.keys.key(limit, quota, key);
        self.context.refused.note(key, limit, &shown, self.context.clock.now());
    }

    pub(crate) fn now(&self) -> i64 {
        self.context.clock.now().nanos()
    }

    fn count(&self, key: LimitKey) -> Arc<SharedCount> {
        Arc::clone(&self.counts.entry(key).or_insert_with(|| Arc::new(SharedCount::new(key))))
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.counts.len()
    }
}
