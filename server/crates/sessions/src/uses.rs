//! When sessions were last used. No request waits for the database: uses are collected here, and written in
//! [batches](crate::written_uses).

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use kernel::Timestamp;
use names::SessionId;

use crate::session::{Session, SessionLimits};
use crate::store::Use;

/// Sessions in one transaction. Few, since a session that rotates waits for its row.
const BATCH: usize = 100;
/// How many sessions may wait. Further uses are recorded when the session is used again.
const MAX_WAITING: usize = 100_000;

/// When sessions were used.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Uses that wait to be written, by session: in the order of ids, so that replicas that write the same ones take the rows
    /// in one order.
    waiting: BTreeMap<SessionId, Use>,
    /// Those of the last round of writing. Somebody may have read a row just before it was written, and looks here after that:
    /// without this, the session would seem unused.
    written: BTreeMap<SessionId, Use>,
}

impl Uses {
    /// Records the last use of a session.
    pub(crate) fn note(&self, session: &Session, limits: &SessionLimits) {
        let (seen_at, ends_at) = (session.last_seen_at, session.ends_at(limits));
        self.merge([(session.id, Use { seen_at, ends_at })]);
    }

    /// When a session was last used, if that waits or was written a moment ago. Ask after the row was read.
    pub(crate) fn of(&self, session: SessionId) -> Option<Timestamp> {
        let state = self.lock();
        let noted = state.waiting.get(&session).or_else(|| state.written.get(&session))?;
        Some(noted.seen_at)
    }

    pub(crate) fn merge(&self, uses: impl IntoIterator<Item = (SessionId, Use)>) {
        let State { waiting, .. } = &mut *self.lock();
        for (session, new) in uses {
            if let Some(noted) = waiting.get_mut(&session) {
                if noted.seen_at < new.seen_at {
                    *noted = new;
                }
            } else if waiting.len() < MAX_WAITING {
                waiting.insert(session, new);
            }
        }
    }

    /// The first uses that wait, to be written now.
    pub(crate) fn take(&self) -> Vec<(SessionId, Use)> {
        let State { waiting, written } = &mut *self.lock();
        let batch: Vec<_> = std::iter::from_fn(|| waiting.pop_first()).take(BATCH).collect();
        written.extend(batch.iter().copied());
        batch
    }

    /// Evicts what the last round has written: everybody who read a row before that has looked here since.
    pub(crate) fn evict_written(&self) {
        self.lock().written.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::NewId as _;
    use kernel::{OsRandomness, SystemClock};

    fn at(millis: i64) -> Use {
        Use { seen_at: Timestamp::from_millis(millis), ends_at: Timestamp::from_millis(millis + 10) }
    }

    #[test]
    fn the_latest_use_counts_in_whatever_order_it_is_noted() {
        let (uses, id) = (Uses::default(), SessionId::new(&SystemClock, &OsRandomness));
        for millis in [5, 9, 7] {
            uses.merge([(id, at(millis))]);
        }
        assert_eq!(uses.of(id), Some(Timestamp::from_millis(9)));
    }

    #[test]
    fn s_cookie_8_a_use_counts_while_it_is_being_written() {
        let (uses, id) = (Uses::default(), SessionId::new(&SystemClock, &OsRandomness));
        uses.merge([(id, at(9))]);
        assert_eq!(uses.take().len(), 1);
        assert_eq!(
            uses.of(id),
            Some(Timestamp::from_millis(9)),
            "the row may have been read before it is written"
        );
        uses.merge([(id, at(12))]);
        assert_eq!(uses.of(id), Some(Timestamp::from_millis(12)), "and used again since");
        assert_eq!(uses.take().len(), 1);
        uses.evict_written();
        assert_eq!((uses.of(id), uses.take().len()), (None, 0));
    }

    #[test]
    fn no_more_wait_than_there_is_room_for() {
        let uses = Uses::default();
        let ids = (0..=MAX_WAITING).map(|_| (SessionId::new(&SystemClock, &OsRandomness), at(1)));
        uses.merge(ids);
        assert_eq!(uses.lock().waiting.len(), MAX_WAITING);
    }
}
