//! The count of one key in this process.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::key::LimitKey;
use crate::quota::{LimitExceeded, Quota};
use crate::usage::{Level, Usage};

/// The count of one key, and how much of it the other replicas do not know yet.
#[derive(Debug)]
pub(crate) struct SharedCount {
    key: LimitKey,
    state: Mutex<State>,
}

/// All moments and spans are in nanoseconds.
#[derive(Debug, Default)]
struct State {
    /// When the quota will be full again, as far as this replica knows.
    full_at: i64,
    /// The refill time of the uses that were not shared yet.
    taken: i64,
    /// When the quota would be full again after those uses alone.
    own_full_at: i64,
    /// When the first of those uses was.
    since: i64,
    /// The refill time of the whole burst; 0 while the key was not used here.
    span: i64,
}

impl SharedCount {
    pub(crate) fn new(key: LimitKey) -> Self {
        Self { key, state: Mutex::default() }
    }

    /// Counts one use at `now`.
    pub(crate) fn add(&self, quota: Quota, now: i64) -> Result<(), LimitExceeded> {
        let mut state = self.lock();
        state.full_at = quota.count(state.full_at, now)?;
        if state.taken == 0 {
            (state.since, state.own_full_at, state.span) = (now, 0, quota.span());
        }
        let step = quota.step();
        state.taken = state.taken.saturating_add(step);
        state.own_full_at = state.own_full_at.max(now).saturating_add(step);
        Ok(())
    }

    /// Takes out the uses to be shared: a tenth of the burst or more, or each use of a small burst. A caller who stays below a
    /// tenth of the quota costs the database nothing; those uses are dropped once the burst would have refilled.
    pub(crate) fn take_due(&self, now: i64) -> Option<Usage> {
        let mut state = self.lock();
        if state.taken >= (state.span / 10).max(1) {
            return self.take_from(&mut state);
        }
        if now.saturating_sub(state.since) >= state.span {
            state.taken = 0;
        }
        None
    }

    /// Takes out all uses that were not shared yet.
    pub(crate) fn take_all(&self) -> Option<Usage> {
        self.take_from(&mut self.lock())
    }

    fn take_from(&self, state: &mut State) -> Option<Usage> {
        let taken = std::mem::take(&mut state.taken);
        (taken > 0).then_some(Usage { key: self.key, taken, full_at: state.own_full_at })
    }

    /// Puts back uses that could not be shared.
    pub(crate) fn put_back(&self, earlier: Usage) {
        let mut state = self.lock();
        let full_at = if state.taken == 0 { 0 } else { state.own_full_at };
        let all = earlier.followed_by(Usage { key: self.key, taken: state.taken, full_at });
        (state.taken, state.own_full_at) = (all.taken, all.full_at);
    }

    /// Takes over how far all replicas used up the key, and adds what was not shared yet.
    pub(crate) fn merge(&self, level: Level) {
        let mut state = self.lock();
        state.full_at = state.full_at.max(level.full_at.saturating_add(state.taken));
    }

    /// Makes the quota full again, with nothing to share.
    pub(crate) fn reset(&self) {
        *self.lock() = State::default();
    }

    /// Whether the quota is full and nothing waits to be shared, so that the count can be evicted.
    pub(crate) fn is_idle(&self, now: i64) -> bool {
        let state = self.lock();
        state.full_at <= now && state.taken == 0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
