//! The count of one key in this process.

use std::sync::{Mutex, MutexGuard, PoisonError};

use kernel::{Allowance, Fullness, LetThrough, LimitKey, TooMany};

/// The count of one key, and what of it the other replicas do not know yet.
#[derive(Debug)]
pub(crate) struct Cell {
    key: LimitKey,
    state: Mutex<State>,
}

/// All moments and spans are in nanoseconds.
#[derive(Debug, Default)]
struct State {
    /// When the count will be full again, by all that is known here.
    full_at: i64,
    /// What the uses take that wait to be told.
    taken: i64,
    /// When the count would be full again after those uses alone.
    own_full_at: i64,
    /// The first of those uses.
    since: i64,
    /// How long the whole count takes to fill. 0 as long as nobody used the key here.
    span: i64,
}

impl Cell {
    pub(crate) fn new(key: LimitKey) -> Self {
        Self { key, state: Mutex::default() }
    }

    /// Counts one use at `now`.
    pub(crate) fn count(&self, allowance: Allowance, now: i64) -> Result<(), TooMany> {
        let mut state = self.lock();
        state.full_at = allowance.count(state.full_at, now)?;
        if state.taken == 0 {
            (state.since, state.own_full_at, state.span) = (now, 0, allowance.span());
        }
        let step = allowance.step();
        state.taken = state.taken.saturating_add(step);
        state.own_full_at = state.own_full_at.max(now).saturating_add(step);
        Ok(())
    }

    /// Takes what is worth telling: a tenth of the burst, of a small burst each use. So whoever stays below a tenth of
    /// what is allowed costs the database nothing; what is less than that is forgotten when the time is over in which
    /// the count fills.
    pub(crate) fn take(&self, now: i64) -> Option<LetThrough> {
        let mut state = self.lock();
        if state.taken >= (state.span / 10).max(1) {
            return self.take_from(&mut state);
        }
        if now.saturating_sub(state.since) >= state.span {
            state.taken = 0;
        }
        None
    }

    /// Takes whatever was not told yet.
    pub(crate) fn take_all(&self) -> Option<LetThrough> {
        self.take_from(&mut self.lock())
    }

    fn take_from(&self, state: &mut State) -> Option<LetThrough> {
        let taken = std::mem::take(&mut state.taken);
        (taken > 0).then_some(LetThrough { key: self.key, taken, full_at: state.own_full_at })
    }

    /// Takes back what could not be told.
    pub(crate) fn give_back(&self, earlier: LetThrough) {
        let mut state = self.lock();
        let full_at = if state.taken == 0 { 0 } else { state.own_full_at };
        let all = earlier.and(LetThrough { key: self.key, taken: state.taken, full_at });
        (state.taken, state.own_full_at) = (all.taken, all.full_at);
    }

    /// Hears how far the key is used up by all; what was not told yet comes on top.
    pub(crate) fn hear(&self, fullness: Fullness) {
        let mut state = self.lock();
        state.full_at = state.full_at.max(fullness.full_at.saturating_add(state.taken));
    }

    /// Begins anew.
    pub(crate) fn clear(&self) {
        *self.lock() = State::default();
    }

    /// Whether forgetting this cell would change nothing.
    pub(crate) fn says_nothing(&self, now: i64) -> bool {
        let state = self.lock();
        state.full_at <= now && state.taken == 0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
