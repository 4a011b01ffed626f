//! All counts of this process that the other replicas shall know, by the keys that all of them know.
//!
//! A request counts here alone and waits for nobody. Beside the requests somebody [takes](LimitBook::take) what was let
//! through to where all replicas see it, and brings back [what they let through](LimitBook::hear).

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use kernel::{Allowance, Clock, Fullness, LetThrough, LimitKey, LimitKeys};

use crate::limit_cell::Cell;

/// A clock that is corrected by less than this only makes keys wait by as much.
const SET_BACK: Duration = Duration::from_mins(1);

/// Of so many keys it is kept what others let through; of more, only for those that are counted here.
const MOST_HEARD: usize = 200_000;

/// The book. [`Limiter`](crate::Limiter)s count in it.
#[derive(Debug)]
pub struct LimitBook {
    keys: LimitKeys,
    clock: Arc<dyn Clock>,
    cells: DashMap<LimitKey, Arc<Cell>>,
    /// When the book was last looked at, in nanoseconds.
    seen_at: AtomicI64,
}

impl LimitBook {
    /// An empty book.
    pub fn new(keys: LimitKeys, clock: Arc<dyn Clock>) -> Self {
        Self { keys, clock, cells: DashMap::new(), seen_at: AtomicI64::new(0) }
    }

    /// What was let through here and is worth telling the others; from now on they are taken to know it.
    ///
    /// A key that used less than a tenth of its burst is not worth it. So what one replica lets through unknown to the
    /// others is at most a tenth of the limit, and what it lets through between two calls.
    pub fn take(&self) -> Vec<LetThrough> {
        let now = self.now();
        let set_back = i64::try_from(SET_BACK.as_nanos()).unwrap_or(i64::MAX);
        // Or everybody who was counted would wait until the time comes round again.
        if self.seen_at.swap(now, Ordering::Relaxed).saturating_sub(now) > set_back {
            tracing::warn!("the clock was set back; limits are counted anew");
            self.cells.iter().for_each(|cell| cell.clear());
        }
        self.cells.iter().filter_map(|cell| cell.take(now)).collect()
    }

    /// All that was let through here and not told: for the end of the process.
    pub fn take_all(&self) -> Vec<LetThrough> {
        self.cells.iter().filter_map(|cell| cell.take_all()).collect()
    }

    /// Takes back what could not be told, to be told later.
    pub fn give_back(&self, uses: &[LetThrough]) {
        for one in uses {
            self.cell(one.key).give_back(*one);
        }
    }

    /// Hears how far keys are used up by all replicas.
    pub fn hear(&self, keys: &[Fullness]) {
        let mut room = MOST_HEARD.saturating_sub(self.cells.len());
        for one in keys {
            if let Some(cell) = self.cells.get(&one.key) {
                cell.hear(*one);
            } else if room > 0 {
                room -= 1;
                self.cell(one.key).hear(*one);
            }
        }
    }

    /// Forgets keys whose count is full again and that no limiter holds, so that the book does not grow. Call it about
    /// once a minute, after [`Limiter::shrink`](crate::Limiter::evict_idle).
    pub fn evict_idle(&self) {
        let now = self.now();
        self.cells.retain(|_, cell| Arc::strong_count(cell) > 1 || !cell.says_nothing(now));
        self.cells.shrink_to_fit();
    }

    pub(crate) fn cell_of(&self, limit: &str, allowance: Allowance, key: &impl Display) -> Arc<Cell> {
        self.cell(self.keys.key(limit, allowance, key))
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now().nanos()
    }

    fn cell(&self, key: LimitKey) -> Arc<Cell> {
        Arc::clone(&self.cells.entry(key).or_insert_with(|| Arc::new(Cell::new(key))))
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }
}
