//! The audit log: records events, folds repetitions, makes rows anonymous and deletes them.

use std::sync::Arc;
use std::time::Duration;

use db::{Database, DbError, LentTransaction, Statement, Transaction, Unit};
use kernel::id::Uuid;
use kernel::{Clock, IdSequence, Randomness};
use tokio_util::sync::CancellationToken;

use crate::event::{AuditEvent, FoldedRow, NewRow};
use crate::refusals::Refusals;
use crate::retention::Retention;
use crate::row::AuditRowId;
use crate::store::{hours, write};
use crate::sums::Sums;

/// How long counts wait in memory before they are written. A process that is killed loses this much.
const FLUSH_INTERVAL: Duration = Duration::from_secs(5);
/// Rows in one transaction.
const BATCH: usize = 100;

/// The audit log of this process. Cheap to clone.
#[derive(Clone)]
pub struct AuditLog(Arc<Inner>);

struct Inner {
    db: Database,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    retention: Retention,
    /// What a transaction does is read in that order, and often is all of one millisecond.
    ids: IdSequence,
    refusals: Refusals,
    sums: Sums,
}

impl AuditLog {
    /// The log in `db`.
    pub fn new(
        db: Database,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
        retention: Retention,
    ) -> Self {
        Self(Arc::new(Inner {
            db,
            clock,
            randomness,
            retention,
            ids: IdSequence::default(),
            refusals: Refusals::default(),
            sums: Sums::default(),
        }))
    }

    /// Adds a row in the transaction of the change, and a line to the program's log.
    ///
    /// # Errors
    /// When the database refuses. Then the caller must not commit the change either.
    pub async fn record(&self, tx: &mut Transaction, event: &AuditEvent<'_>) -> Result<(), DbError> {
        self.recording(tx, event).execute(&mut **tx).await?;
        Ok(())
    }

    /// The statement of [`Self::record`], to be executed in `tx`.
    pub fn recording(&self, tx: &mut Transaction, event: &AuditEvent<'_>) -> Statement<'static> {
        let (insert, told) = self.row_to_insert(event);
        tx.after_commit(told);
        insert
    }

    /// Adds to `unit` what [`Self::record`] does.
    ///
    /// # Errors
    /// When a value cannot be sent.
    pub fn record_in(&self, unit: &mut Unit, event: &AuditEvent<'_>) -> Result<(), DbError> {
        let (insert, told) = self.row_to_insert(event);
        unit.after_commit(told);
        unit.add(insert)
    }

    /// The statement that inserts a row, and what happens when it is true.
    fn row_to_insert(&self, event: &AuditEvent<'_>) -> (Statement<'static>, impl FnOnce() + Send + 'static) {
        let row = self.row_of(event);
        let (insert, log) = (write::inserting(self.next_id(), &row), self.clone());
        let told = move || {
            log.count(&row, 1);
            row.log(1);
        };
        (insert, told)
    }

    /// [`Self::record`] for events that strangers can cause: repetitions within an hour share a row.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn record_folded(&self, tx: &mut Transaction, event: &AuditEvent<'_>) -> Result<(), DbError> {
        let row = self.row_of(event);
        self.fold(tx, FoldedRow { key: row.fold_key(), row, times: 1 }).await
    }

    /// The same with the caller's own key for repetitions. By this key the row can later be [assigned](Self::assign) to a
    /// member.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn record_under(
        &self,
        tx: &mut Transaction,
        event: &AuditEvent<'_>,
        key: String,
    ) -> Result<(), DbError> {
        self.fold(tx, FoldedRow { key, row: self.row_of(event), times: 1 }).await
    }

    async fn fold(&self, tx: &mut Transaction, folded: FoldedRow) -> Result<(), DbError> {
        write::fold(tx, self.next_id(), &folded).await?;
        let log = self.clone();
        tx.after_commit(move || {
            log.count(&folded.row, folded.times);
            folded.row.log(folded.times);
        });
        Ok(())
    }

    /// Records a refusal that strangers can cause and that changes nothing else. The first of its kind in an hour is written at
    /// once, in its own transaction; repetitions are written together a few seconds later.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn record_refusal(&self, event: &AuditEvent<'_>) -> Result<(), DbError> {
        let row = self.row_of(event);
        self.count(&row, 1);
        match self.0.refusals.count(row) {
            Some(first) => {
                let written = self.write(std::slice::from_ref(&first)).await;
                if written.is_err() {
                    self.0.refusals.give_back(vec![first]);
                }
                written
            }
            None => Ok(()),
        }
    }

    /// The same without waiting for the database, for refusals that many requests may get: they are counted in memory and
    /// written a few seconds later.
    pub fn count_refusal(&self, event: &AuditEvent<'_>) {
        let row = self.row_of(event);
        self.count(&row, 1);
        self.0.refusals.count_for_later(row);
    }

    /// Counts it in the metric and in the sums.
    fn count(&self, row: &NewRow, times: u64) {
        row.count();
        self.0.sums.count(row, times);
    }

    /// Writes the counts of repeated refusals and the sums every five seconds until `end`, and then what is left.
    pub async fn run(self, end: CancellationToken) {
        let mut ended = false;
        while !ended {
            ended = end.run_until_cancelled(tokio::time::sleep(FLUSH_INTERVAL)).await.is_none();
            if let Err(error) = self.flush().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "refusals and sums could not be written yet"
                );
            }
        }
    }

    /// Writes the counts of repeated refusals and the sums now.
    ///
    /// # Errors
    /// When the database refuses. They are kept for the next call.
    pub async fn flush(&self) -> Result<(), DbError> {
        self.write_sums().await?;
        let mut waiting = self.0.refusals.take(self.0.clock.now());
        // All replicas lock rows in the same order, so that they do not deadlock.
        waiting.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        while !waiting.is_empty() {
            let rest = waiting.split_off(waiting.len().min(BATCH));
            if let Err(error) = self.write(&waiting).await {
                self.0.refusals.give_back(waiting);
                self.0.refusals.give_back(rest);
                return Err(error);
            }
            waiting = rest;
        }
        Ok(())
    }

    async fn write_sums(&self) -> Result<(), DbError> {
        let sums = self.0.sums.take();
        if sums.is_empty() {
            return Ok(());
        }
        let add = async |mut tx: LentTransaction| {
            for (of, times) in &sums {
                hours::add(&mut tx, of, *times).await?;
            }
            Ok::<_, DbError>(tx.commit(()))
        };
        let written = self.0.db.transact(add).await;
        if written.is_err() {
            self.0.sums.give_back(sums);
        }
        written
    }

    async fn write(&self, rows: &[FoldedRow]) -> Result<(), DbError> {
        let fold = async |mut tx: LentTransaction| {
            for folded in rows {
                write::fold(&mut tx, self.next_id(), folded).await?;
            }
            Ok::<_, DbError>(tx.commit(()))
        };
        self.0.db.transact(fold).await?;
        for folded in rows {
            folded.row.log(folded.times);
        }
        Ok(())
    }

    /// Assigns the row with this key to a member, once it is known whom it is about.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn assign(&self, tx: &mut Transaction, key: &str, member: Uuid) -> Result<(), DbError> {
        write::assign(tx, key, member).await
    }

    /// Makes the rows about a member anonymous. What happened, and when, stays.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn anonymize(&self, tx: &mut Transaction, member: Uuid) -> Result<(), DbError> {
        self.0.refusals.discard(member);
        write::anonymize(tx, member).await
    }

    /// Deletes at most `limit` rows of each kind whose retention is over, and returns how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_expired(&self, tx: &mut Transaction, limit: u32) -> Result<u64, DbError> {
        write::delete_expired(tx, self.0.clock.now(), &self.0.retention, limit).await
    }

    /// The database that the log is in.
    pub(crate) fn db(&self) -> &Database {
        &self.0.db
    }

    fn row_of(&self, event: &AuditEvent<'_>) -> NewRow {
        NewRow::new(event, self.0.clock.now())
    }

    fn next_id(&self) -> AuditRowId {
        self.0.ids.next(&*self.0.clock, &*self.0.randomness)
    }
}

impl std::fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuditLog")
    }
}
