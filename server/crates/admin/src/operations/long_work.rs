//! Work that takes long: it is done beside the requests, a part at a time, shows how far it is, and can be stopped. A program that is
//! killed meanwhile loses nothing: what is done is done, and another one goes on when the lease ends.

pub(crate) mod id;
pub(crate) mod kind;
pub(crate) mod store;

use std::sync::Arc;

use audit::{AuditEvent, AuditKind, AuditLog};
use db::{Database, DbError, LentTransaction};
use jobs::{JobError, JobQueue, NewJob};
use kernel::{Clock, NewId as _, Randomness};
use names::Operation;

use crate::operations::long_work::id::WorkId;
use crate::operations::long_work::kind::{LONG_WORK, Order, WorkKind};
use crate::operations::long_work::store::{WorkRow, WorkState};

/// Why work is not begun.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The same is being done.
    #[error("the same is being done already")]
    Runs,
    /// The database refused, or could not be reached.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The queue.
    #[error(transparent)]
    Job(#[from] JobError),
    /// It cannot be written down.
    #[error("the order cannot be written")]
    Order(#[from] serde_json::Error),
}

/// Begins work, shows how far it is, and stops it.
pub struct LongWork {
    /// The database.
    pub db: Database,
    /// The queue in which its parts wait.
    pub queue: JobQueue,
    /// The clock, which tests move.
    pub clock: Arc<dyn Clock>,
    /// Chance, for ids.
    pub randomness: Arc<dyn Randomness>,
    /// Where it is written down who began what.
    pub audit: AuditLog,
}

impl LongWork {
    /// Begins it: `total` is how much there is to do, as far as that is known.
    ///
    /// # Errors
    /// [`BeginError`].
    pub async fn begin(
        &self,
        kind: &WorkKind,
        total: Option<i64>,
        operation: &Operation,
    ) -> Result<WorkId, BeginError> {
        let id = WorkId::new(&*self.clock, &*self.randomness);
        let now = self.clock.now();
        let payload = serde_json::to_string(&Order::new(id, kind, operation, now))?;
        let (key, object) = (kind.key(), kind.object());
        let begin = async |mut tx: LentTransaction| {
            let job = || NewJob::new(&LONG_WORK).idempotency_key(Some(&key)).payload(&payload);
            if self.queue.enqueue(&mut tx, job()).await?.is_none() {
                // A part in hand when its work was stopped may have left a job, which waits until it is tried again.
                if store::has_running(&mut tx, kind).await? {
                    return Ok(tx.roll_back(false));
                }
                jobs::cancel(&mut tx, &LONG_WORK, &key).await?;
                if self.queue.enqueue(&mut tx, job()).await?.is_none() {
                    return Ok(tx.roll_back(false));
                }
            }
            store::insert(&mut tx, id, kind, total, now).await?;
            let begun = AuditEvent::operated(AuditKind::LongWorkBegun, operation);
            self.audit.record(&mut tx, &begun.by_method(kind.name()).on(&object)).await?;
            Ok::<_, BeginError>(tx.commit(true))
        };
        if self.db.transact(begin).await? { Ok(id) } else { Err(BeginError::Runs) }
    }

    /// Stops it: what is done stays done. `false` when it does not run; `None` when there is no such work.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn stop(&self, id: WorkId, operation: &Operation) -> Result<Option<bool>, DbError> {
        let Some(work) = self.one(id).await? else { return Ok(None) };
        let stop = async |mut tx: LentTransaction| {
            // The job first, as who does a part: two that take rows in two orders would wait for each other. A part that is done in
            // between leaves another job, which finds that the work does not run any more, and keeps nobody from beginning.
            jobs::cancel(&mut tx, &LONG_WORK, &work.key()).await?;
            if !store::end(&mut tx, id, WorkState::Stopped, self.clock.now()).await? {
                return Ok(tx.roll_back(false));
            }
            let stopped = AuditEvent::operated(AuditKind::LongWorkStopped, operation);
            let stopped = stopped.by_method(&work.kind).on(&work.object);
            self.audit.record(&mut tx, &stopped).await?;
            Ok::<_, DbError>(tx.commit(true))
        };
        Ok(Some(self.db.transact(stop).await?))
    }

    /// What was begun last, at most `limit`, those after `after`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn list(&self, after: Option<WorkId>, limit: u32) -> Result<Vec<WorkRow>, DbError> {
        store::newest(&mut *self.db.read().await?, after, limit).await
    }

    /// One, as far as it is.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn one(&self, id: WorkId) -> Result<Option<WorkRow>, DbError> {
        store::one(&mut *self.db.read().await?, id).await
    }
}
