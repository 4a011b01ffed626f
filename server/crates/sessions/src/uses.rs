//! When sessions were last used, on its way to the database. No request waits for that: it is collected here, and
//! written in batches.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use db::DbError;
use kernel::Timestamp;
use names::SessionId;
use tokio_util::sync::CancellationToken;

use crate::{Session, SessionLimits, Sessions, store};

/// How long a use waits to be written, and so how much of it a killed process loses: nobody is signed out by that.
const PAUSE: Duration = Duration::from_secs(1);
/// Sessions in one transaction. Few, since a session that rotates waits for its row.
const BATCH: usize = 100;
/// Sessions that may wait. A use that finds no room is noted when the session is used again.
const MOST: usize = 100_000;

/// A use of a session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    pub(crate) seen_at: Timestamp,
    pub(crate) ends_at: Timestamp,
}

/// Uses that wait to be written, by session: in the order of ids, so that replicas that write the same ones take the
/// rows in one order.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<BTreeMap<SessionId, Use>>);

impl Uses {
    /// Notes the last use of a session.
    pub(crate) fn note(&self, session: &Session, limits: &SessionLimits) {
        let (seen_at, ends_at) = (session.last_seen_at, session.ends_at(limits));
        self.merge([(session.id, Use { seen_at, ends_at })]);
    }

    /// When a session was last used, if that waits.
    pub(crate) fn of(&self, session: SessionId) -> Option<Timestamp> {
        self.lock().get(&session).map(|noted| noted.seen_at)
    }

    fn merge(&self, uses: impl IntoIterator<Item = (SessionId, Use)>) {
        let mut waiting = self.lock();
        for (session, new) in uses {
            if let Some(noted) = waiting.get_mut(&session) {
                if noted.seen_at < new.seen_at {
                    *noted = new;
                }
            } else if waiting.len() < MOST {
                waiting.insert(session, new);
            }
        }
    }

    fn take(&self) -> Vec<(SessionId, Use)> {
        let mut waiting = self.lock();
        std::iter::from_fn(|| waiting.pop_first()).take(BATCH).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<SessionId, Use>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sessions {
    /// Writes down which sessions were used, once a second until `end`, and then once more.
    pub async fn follow_uses(self, end: CancellationToken) {
        loop {
            let ended = end.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none();
            if let Err(error) = self.write_uses().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "uses of sessions wait to be written"
                );
            }
            if ended {
                return;
            }
        }
    }

    /// Writes what waits. What cannot be written waits on.
    pub(crate) async fn write_uses(&self) -> Result<(), DbError> {
        loop {
            let uses = self.uses.take();
            if uses.is_empty() {
                return Ok(());
            }
            if let Err(error) = self.write_batch(&uses).await {
                self.uses.merge(uses);
                return Err(error);
            }
        }
    }

    async fn write_batch(&self, uses: &[(SessionId, Use)]) -> Result<(), DbError> {
        let mut tx = self.db.begin().await?;
        for (session, noted) in uses {
            store::touch(&mut tx, *session, *noted).await?;
        }
        tx.commit().await
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
        assert_eq!(uses.take().len(), 1);
        assert_eq!(uses.of(id), None);
    }

    #[test]
    fn no_more_wait_than_there_is_room_for() {
        let uses = Uses::default();
        let ids = (0..=MOST).map(|_| (SessionId::new(&SystemClock, &OsRandomness), at(1)));
        uses.merge(ids);
        assert_eq!(uses.lock().len(), MOST);
    }
}
