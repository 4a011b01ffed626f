//! The queue: enqueues jobs, and opens, completes and re-seals them.

use std::sync::Arc;
use std::time::Duration;

use db::{Database, DbError, Executed, LentTransaction, Resealed, Statement, Transaction};
use kernel::NewId as _;
use kernel::{Clock, KeyRing, KeyRingError, Randomness};
use zeroize::Zeroizing;

use crate::handler::Completed;
use crate::job::JobKind;
use crate::job::{Job, JobId, NewJob};
use crate::store;

/// Why a job was not enqueued.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The database refused.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The secret could not be sealed.
    #[error(transparent)]
    KeyRing(#[from] KeyRingError),
}

/// The queue. Cheap to clone.
#[derive(Clone, Debug)]
pub struct JobQueue {
    key_ring: Arc<KeyRing>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl JobQueue {
    /// A queue whose secrets are sealed with `key_ring`.
    pub fn new(key_ring: Arc<KeyRing>, clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self { key_ring, clock, randomness }
    }

    /// The clock that says when jobs are due.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Adds a job within the caller's transaction. Returns `None`, and adds nothing, when there is a job of this kind with the
    /// same idempotency key.
    ///
    /// # Errors
    /// When the database or the key ring refuses.
    pub async fn enqueue(&self, tx: &mut Transaction, new: NewJob<'_>) -> Result<Option<Job>, JobError> {
        let now = self.clock.now();
        let mut job = Job {
            kind: new.kind,
            id: JobId::new(&*self.clock, &*self.randomness).to_string(),
            idempotency_key: new.idempotency_key.map(str::to_owned),
            owner: new.owner.map(str::to_owned),
            payload: new.payload.to_owned(),
            attempts: 0,
            created_at: now,
            due_at: now.plus(new.delay),
            sealed: None,
            failure: None,
        };
        if let Some(secret) = new.secret {
            let owner = (job.kind.sealed_for)(&job);
            job.sealed = Some(self.key_ring.seal(job.kind.purpose, &owner, secret, &*self.randomness)?);
        }
        match store::insert(tx, &job).await {
            Ok(()) => Ok(Some(job)),
            Err(DbError::Exists(_)) if job.idempotency_key.is_some() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The secret of a job; `None` when it has none.
    ///
    /// # Errors
    /// When it cannot be opened. With [`KeyRingError::UnknownKey`], its master key is missing and may be configured again.
    pub fn open(&self, job: &Job) -> Result<Option<Zeroizing<Vec<u8>>>, KeyRingError> {
        let Some(sealed) = &job.sealed else { return Ok(None) };
        self.key_ring
            .open(job.kind.purpose, &(job.kind.sealed_for)(job), sealed)
            .map(Zeroizing::new)
            .map(Some)
    }

    /// Completes a job within the transaction that stores its changes, and wipes its secret. Of all workers that try, exactly one
    /// is the [first](Completed::first), even if its lease has ended.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn complete(&self, tx: &mut Transaction, job: &Job) -> Result<Completed, DbError> {
        let done = self.completing(job).execute(&mut **tx).await?;
        Ok(Completed { first: done.rows_affected() == 1 })
    }

    /// The statement of [`JobQueue::complete`], for those that have several in one go.
    pub fn completing<'a>(&self, job: &'a Job) -> Statement<'a> {
        match job.kind.keep_done {
            Some(kept) => store::marking_done(&job.id, self.clock.now().plus(kept)),
            None => store::deleting_waiting(&job.id),
        }
    }

    /// A statement that has a job go on with another payload, due after `delay`: one write in place of the many that completing a job
    /// and adding the next one take. Of all workers that execute it for this payload, exactly one is the first.
    pub fn advancing<'a>(&self, job: &'a Job, payload: &'a str, delay: Duration) -> Statement<'a> {
        store::advancing(job, payload, self.clock.now().plus(delay))
    }

    /// What it means that one of these statements was executed.
    pub const fn executed(&self, executed: &Executed) -> Completed {
        Completed { first: executed.changed == 1 }
    }

    /// Re-seals the secrets of all jobs of a kind with the newest master key, `batch` rows in a transaction (S-KEY-7). Workers may
    /// run meanwhile. A secret that cannot be opened is logged, counted and left as it is.
    ///
    /// # Errors
    /// When the database refuses. Batches that were committed stay; it can be called again.
    pub async fn reseal(
        &self,
        db: &Database,
        kind: &'static JobKind,
        batch: u32,
    ) -> Result<Resealed, DbError> {
        let (mut resealed, mut last) = (Resealed::default(), String::new());
        loop {
            let reseal = async |mut tx: LentTransaction| {
                let jobs = store::with_secret(&mut tx, kind, &last, batch.max(1)).await?;
                let Some(end) = jobs.last() else { return Ok(tx.roll_back(None)) };
                let mut of_page = Resealed::default();
                for job in &jobs {
                    of_page += self.reseal_one(&mut tx, job).await?;
                }
                Ok::<_, DbError>(tx.commit(Some((end.id.clone(), of_page))))
            };
            let Some((end, of_page)) = db.transact(reseal).await? else { return Ok(resealed) };
            resealed += of_page;
            last = end;
        }
    }

    async fn reseal_one(&self, tx: &mut Transaction, job: &Job) -> Result<Resealed, DbError> {
        let Some(sealed) = &job.sealed else { return Ok(Resealed::default()) };
        let owner = (job.kind.sealed_for)(job);
        match self.key_ring.reseal(job.kind.purpose, &owner, sealed, &*self.randomness) {
            Ok(Some(newer)) => {
                store::replace_secret(tx, &job.id, sealed, &newer).await.map(Resealed::changed)
            }
            Ok(None) => Ok(Resealed::default()),
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::error!(kind = job.kind.name, job = job.id, error, "a job's secret cannot be opened");
                Ok(Resealed::UNOPENED)
            }
        }
    }
}
