//! Refusals that nobody had to identify for: the first of a kind in an hour is written to the audit log at once, and its
//! repetitions are counted here and written a few seconds later, all in one row. So a flood of them neither fills the table
//! nor holds up those who write something that matters.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use db::DbError;
use kernel::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::audit::{AuditRow, hour};
use crate::store::audit_events;
use crate::{Accounts, AuditEvent, AuditEventId, AuditKind, MemberId, Outcome, RequestContext};

/// How long a repetition may wait. A process that is killed loses as much.
const PAUSE: Duration = Duration::from_secs(5);
/// Rows in one transaction.
const BATCH: usize = 100;
/// So many kinds of refusal are told apart by their networks; what comes on top is counted without one.
const MOST: usize = 2_000;
/// So many are told apart by whom they are about.
const MOST_IN_ALL: usize = 4_000;
/// So many first ones are written at once in a second; others wait like repetitions.
const AT_ONCE_IN_A_SECOND: u32 = 20;

/// What was refused and is not written yet.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    rows: HashMap<String, Repeated>,
    /// The second at hand, and how many were written at once in it.
    second: i64,
    at_once: u32,
}

#[derive(Debug)]
struct Repeated {
    row: AuditRow,
    waiting: u64,
}

/// A row that is to be written, with its key and how often it happened.
type Waiting = (String, AuditRow, u64);

impl Refusals {
    /// Counts a refusal; answers it if it is to be written at once.
    fn note(&self, mut row: AuditRow) -> Option<(String, AuditRow)> {
        let mut kept = self.lock();
        let mut key = row.fold_key();
        if kept.rows.len() >= MOST && !kept.rows.contains_key(&key) {
            row.network.clear();
            row.user_agent.clear();
            key = row.fold_key();
        }
        if kept.rows.len() >= MOST_IN_ALL && !kept.rows.contains_key(&key) {
            row.member = None;
            key = row.fold_key();
        }
        if let Some(known) = kept.rows.get_mut(&key) {
            known.waiting += 1;
            return None;
        }
        let now = kept.may_write_now(row.at);
        let at_once = now.then(|| (key.clone(), row.clone()));
        kept.rows.insert(key, Repeated { row, waiting: u64::from(!now) });
        at_once
    }

    /// All that waits to be written. Kinds of earlier hours are forgotten.
    fn take(&self, now: Timestamp) -> Vec<Waiting> {
        let mut kept = self.lock();
        let waiting = kept
            .rows
            .iter_mut()
            .filter(|(_, repeated)| repeated.waiting > 0)
            .map(|(key, repeated)| (key.clone(), repeated.row.clone(), std::mem::take(&mut repeated.waiting)))
            .collect();
        kept.rows.retain(|_, repeated| hour(repeated.row.at) == hour(now));
        kept.rows.shrink_to(MOST);
        waiting
    }

    /// Takes back what could not be written.
    fn give_back(&self, rows: Vec<Waiting>) {
        let mut kept = self.lock();
        for (key, row, times) in rows {
            kept.rows.entry(key).or_insert(Repeated { row, waiting: 0 }).waiting += times;
        }
    }

    /// Forgets what waits about a member who is erased.
    pub(crate) fn erase(&self, member: MemberId) {
        self.lock().rows.retain(|_, repeated| repeated.row.member != Some(member));
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn may_write_now(&mut self, now: Timestamp) -> bool {
        let second = now.millis().div_euclid(1000);
        if second != self.second {
            (self.second, self.at_once) = (second, 0);
        }
        self.at_once += 1;
        self.at_once <= AT_ONCE_IN_A_SECOND
    }
}

impl Accounts {
    /// Notes a refusal in the audit log, in a transaction of its own or a few seconds later with its repetitions.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note_refusal(&self, event: &AuditEvent<'_>) -> Result<(), DbError> {
        let row = AuditRow::new(event, self.clock.now());
        match self.refusals.note(row) {
            Some((key, row)) => self.write_folded(&[(key, row, 1)]).await,
            None => Ok(()),
        }
    }

    /// The same of somebody who asked for something here.
    pub(crate) async fn note_failure(
        &self,
        (kind, reason): (AuditKind, &'static str),
        member: Option<MemberId>,
        context: &RequestContext,
    ) -> Result<(), DbError> {
        let outcome = Outcome::Failure(reason);
        self.note_refusal(&AuditEvent { kind, outcome, member, provider: "", origin: &context.origin }).await
    }

    /// Writes the repetitions of refusals until `end`, and then what is left.
    pub async fn follow_refusals(self, end: CancellationToken) {
        let mut ended = false;
        while !ended {
            ended = end.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none();
            if let Err(error) = self.write_refusals().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "refusals are still to be written");
            }
        }
    }

    /// Writes the repetitions of refusals now.
    ///
    /// # Errors
    /// When the database refuses; they are kept then.
    pub async fn write_refusals(&self) -> Result<(), DbError> {
        let mut waiting = self.refusals.take(self.clock.now());
        // Replicas that count up the same rows take them in one order, so that none waits for the other.
        waiting.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        while !waiting.is_empty() {
            let rest = waiting.split_off(waiting.len().min(BATCH));
            if let Err(error) = self.write_folded(&waiting).await {
                self.refusals.give_back(waiting);
                self.refusals.give_back(rest);
                return Err(error);
            }
            waiting = rest;
        }
        Ok(())
    }

    async fn write_folded(&self, rows: &[Waiting]) -> Result<(), DbError> {
        let mut tx = self.db.begin().await?;
        for (key, row, times) in rows {
            let id = AuditEventId::new(&*self.clock, &*self.randomness);
            audit_events::fold(&mut tx, (id, row), (*times, key.clone())).await?;
        }
        tx.commit().await?;
        for (_, row, times) in rows {
            row.log(*times);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Origin;

    fn row(network: String, millis: i64) -> AuditRow {
        let origin = Origin { network, ..Origin::program() };
        let outcome = Outcome::Failure("state_unknown");
        let event = AuditEvent {
            kind: AuditKind::SignIn,
            outcome,
            member: None,
            provider: "google",
            origin: &origin,
        };
        AuditRow::new(&event, Timestamp::from_millis(millis))
    }

    fn network(number: usize) -> String {
        format!("10.{}.{}.0/24", number / 256, number % 256)
    }

    #[test]
    fn the_first_of_an_hour_is_written_at_once_and_its_repetitions_together() {
        let refusals = Refusals::default();
        let hour = 60 * 60 * 1000;
        assert!(refusals.note(row(network(1), 0)).is_some());
        assert!((0..600).all(|_| refusals.note(row(network(1), 5)).is_none()));
        let waiting = refusals.take(Timestamp::from_millis(10));
        assert_eq!(waiting.iter().map(|(_, _, times)| *times).collect::<Vec<_>>(), [600]);
        assert!(refusals.note(row(network(1), 11)).is_none(), "known until the hour is over");
        assert_eq!(refusals.take(Timestamp::from_millis(hour)).len(), 1);
        assert!(refusals.lock().rows.is_empty(), "forgotten with its hour");
        assert!(refusals.note(row(network(1), hour)).is_some());
    }

    #[test]
    fn s_rate_7_neither_the_memory_nor_the_rows_grow_with_networks() {
        let refusals = Refusals::default();
        let at_once = (0..10_000).filter(|n| refusals.note(row(network(*n), 0)).is_some()).count();
        assert_eq!(at_once, AT_ONCE_IN_A_SECOND as usize);
        let waiting = refusals.take(Timestamp::from_millis(1));
        assert!(waiting.len() <= MOST + 1, "{}", waiting.len());
        let all: u64 = waiting.iter().map(|(_, _, times)| times).sum();
        assert_eq!(all, 10_000 - u64::from(AT_ONCE_IN_A_SECOND), "and none is lost");
        refusals.give_back(waiting);
        assert_eq!(
            refusals.take(Timestamp::from_millis(1)).iter().map(|(_, _, times)| times).sum::<u64>(),
            all
        );
    }
}
