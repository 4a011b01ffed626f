//! The count of one key in this process.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::key::LimitKey;
use crate::quota::{LimitExceeded, Quota};
use crate::usage::{Level, Usage};

/// The count of one key, and the part of it that other replicas do not know yet.
#[derive(Debug)]
pub(crate) struct SharedCount {
    key: LimitKey,
    state: Mutex<State>,
}

/// All moments and spans are in nanoseconds.
#[derive(Debug, Default)]
struct State {
    /// When the count will be full again, as far as is known here.
    full_at: i64,
    /// The time that the uses take that the others do not know yet.
    taken: i64,
    /// When the count would be full again after those uses alone.
    own_full_at: i64,
    /// The first of those uses.
    since: i64,
    /// How long the whole count takes to fill; 0 while nobody has used the key here.
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

    /// Takes out what is worth sharing: at least a tenth of the burst, or each use of a small burst. So a caller who stays below
    /// a tenth of the quota costs the database nothing; less than that is forgotten once the count would have filled.
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

    /// Takes out all that was not shared yet.
    pub(crate) fn take_all(&self) -> Option<Usage> {
        self.take_from(&mut self.lock())
    }

    fn take_from(&self, state: &mut State) -> Option<Usage> {
        let taken = std::mem::take(&mut state.taken);
        (taken > 0).then_some(Usage { key: self.key, taken, full_at: state.own_full_at })
    }

    /// Puts back what could not be shared.
    pub(crate) fn put_back(&self, earlier: Usage) {
        let mut state = self.lock();
        let full_at = if state.taken == 0 { 0 } else { state.own_full_at };
        let all = earlier.followed_by(Usage { key: self.key, taken: state.taken, full_at });
        (state.taken, state.own_full_at) = (all.taken, all.full_at);
    }

    /// Takes over how far all replicas used up the key; what was not shared yet comes on top.
    pub(crate) fn merge(&self, level: Level) {
        let mut state = self.lock();
        state.full_at = state.full_at.max(level.full_at.saturating_add(state.taken));
    }

    /// Starts from zero.
    pub(crate) fn reset(&self) {
        *self.lock() = State::default();
    }

    /// Whether forgetting this count would change nothing.
    pub(crate) fn is_idle(&self, now: i64) -> bool {
        let state = self.lock();
        state.full_at <= now && state.taken == 0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
