//! Does the parts of work that takes long.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use db::{Database, DbError, LentTransaction, Resealed, Transaction};
use jobs::{
    Completed, DeathReason, Failure, Handler, Job, JobError, JobPlace, JobQueue, NewJob, WorkerSettings,
};
use kernel::{BackOff, Clock, MasterKeyId, Timestamp};
use names::Operation;

use crate::operations::api::Operations;
use crate::operations::long_work::id::WorkId;
use crate::operations::long_work::kind::{LONG_WORK, Order, WorkKind};
use crate::operations::long_work::store::{self, WorkState};

/// So much is done in one transaction: little enough that no request waits noticeably, and that stopping is felt at once.
const BATCH_SIZE: u32 = 100;

const SETTINGS: WorkerSettings = WorkerSettings {
    batch: 1,
    parallel: 1,
    idle: Duration::from_secs(1),
    // Sealing the largest table again is one job, and nobody may begin it a second time meanwhile.
    lease: Duration::from_mins(15),
    attempts: 10,
    back_off: BackOff { least: Duration::from_secs(1), most: Duration::from_mins(1) },
};

/// The port to sealing what is stored with the newest master key, which goes over all parts of the program.
#[async_trait]
pub trait Resealer: Send + Sync {
    /// With which key it seals.
    fn newest(&self) -> MasterKeyId;

    /// How many steps it takes.
    fn steps(&self) -> usize;

    /// Does a step.
    ///
    /// # Errors
    /// Why it failed; it can be done again.
    async fn step(&self, step: usize) -> Result<Resealed, String>;

    /// Writes down that all steps are done.
    ///
    /// # Errors
    /// When the database refuses.
    async fn note(&self, tx: &mut Transaction, operation: &Operation) -> Result<(), DbError>;
}

/// Does long work in parts, each in a transaction. Any replica may go on with it.
pub type Worker = jobs::Worker<Work>;

/// What it works with. Cheap to clone.
#[derive(Clone)]
pub struct Work {
    db: Database,
    queue: JobQueue,
    clock: Arc<dyn Clock>,
    operations: Arc<Operations>,
    resealer: Arc<dyn Resealer>,
}

/// What one part came to.
struct Part {
    done: usize,
    next: Next,
}

/// What comes after a part.
enum Next {
    /// Another one, which begins here.
    Part(String),
    /// Nothing.
    End(WorkState),
}

impl Next {
    fn of(place: Option<String>) -> Self {
        place.map_or(Self::End(WorkState::Done), Self::Part)
    }
}

/// How far sealing everything again is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sealing {
    /// Which step comes now.
    step: usize,
    /// How many values could not be opened until now.
    unopened: u64,
}

impl Sealing {
    fn of(order: &Order) -> Self {
        let read = |place: &str| {
            let (step, unopened) = place.split_once(' ')?;
            Some(Self { step: step.parse().ok()?, unopened: unopened.parse().ok()? })
        };
        order.place.as_deref().and_then(read).unwrap_or_default()
    }

    const fn after(self, resealed: Resealed) -> Self {
        Self { step: self.step + 1, unopened: self.unopened + resealed.unopened }
    }

    fn place(self) -> String {
        format!("{} {}", self.step, self.unopened)
    }
}

impl Work {
    /// A worker on these.
    pub fn worker(operations: &Arc<Operations>, resealer: &Arc<dyn Resealer>) -> Worker {
        let (db, queue) = (operations.db.clone(), operations.long_work.queue.clone());
        let work = Self {
            db: db.clone(),
            queue: queue.clone(),
            clock: Arc::clone(&operations.clock),
            operations: Arc::clone(operations),
            resealer: Arc::clone(resealer),
        };
        jobs::Worker::new(db, queue, &LONG_WORK, work, SETTINGS)
    }

    async fn part(&self, tx: &mut Transaction, task: &Task) -> Result<Part, DbError> {
        let Task { order, kind, operation, sealing, .. } = task;
        let goes_on = |done: usize| Next::of((done >= BATCH_SIZE as usize).then(String::new));
        Ok(match kind {
            WorkKind::ReplayWebhooks(receiver) => {
                let done = self.operations.receivers.replay_some(tx, receiver, BATCH_SIZE, operation).await?;
                Part { done, next: goes_on(done) }
            }
            WorkKind::RetryDeadLetters => {
                let dead = &self.operations.dead_letters;
                let done = dead.retry_some(tx, order.begun_at(), BATCH_SIZE, operation).await?;
                Part { done, next: goes_on(done) }
            }
            WorkKind::SendMails => {
                let begin = || JobPlace { due_at: order.begun_at(), id: "~".to_owned() };
                let after = order.place.as_deref().and_then(place).unwrap_or_else(begin);
                let mails = &self.operations.mails;
                let (done, last) = mails.send_some(tx, &after, BATCH_SIZE, operation).await?;
                Part {
                    done,
                    next: Next::of(last.map(|last| format!("{} {}", last.due_at.millis(), last.id))),
                }
            }
            WorkKind::Reseal(_) => Part { done: 1, next: self.after_sealing(tx, *sealing, operation).await? },
        })
    }

    /// Seals the values of the next step again; how far it is then. It has transactions of its own, and can be done again.
    async fn seal(&self, task: &Task, key: MasterKeyId) -> Result<Sealing, Failure> {
        // Another ring would leave values as they are or seal them with its own newest key, and count them as done.
        if self.resealer.newest() != key {
            return Err(Failure::NotHere("its newest master key is not the one to seal with"));
        }
        let mut reader = self.db.read().await?;
        let is_running = store::is_running(&mut reader, task.id).await?;
        drop(reader);
        if !is_running {
            return Ok(task.sealing);
        }
        let resealed = self.resealer.step(task.sealing.step).await.map_err(Failure::Later)?;
        Ok(task.sealing.after(resealed))
    }

    async fn after_sealing(
        &self,
        tx: &mut Transaction,
        sealing: Sealing,
        operation: &Operation,
    ) -> Result<Next, DbError> {
        let Sealing { step, unopened } = sealing;
        if step < self.resealer.steps() {
            return Ok(Next::Part(sealing.place()));
        }
        if unopened > 0 {
            tracing::error!(
                unopened,
                "values cannot be opened with any master key here; no key must be removed"
            );
            return Ok(Next::End(WorkState::Failed));
        }
        self.resealer.note(tx, operation).await?;
        Ok(Next::End(WorkState::Done))
    }
}

/// An order as it was read.
struct Task {
    order: Order,
    id: WorkId,
    kind: WorkKind,
    operation: Operation,
    sealing: Sealing,
}

impl Task {
    fn read(job: &Job) -> Result<Self, PartError> {
        let order: Order = serde_json::from_str(&job.payload).map_err(|_| PartError::Order)?;
        let unreadable = |_| PartError::Order;
        let (id, kind) = (order.id().map_err(unreadable)?, order.kind().map_err(unreadable)?);
        let operation = order.operation().map_err(unreadable)?;
        let sealing = Sealing::of(&order);
        Ok(Self { order, id, kind, operation, sealing })
    }
}

fn place(text: &str) -> Option<JobPlace> {
    let (due_at, id) = text.split_once(' ')?;
    Some(JobPlace { due_at: Timestamp::from_millis(due_at.parse().ok()?), id: id.to_owned() })
}

/// Why a part was not done.
#[derive(Debug, thiserror::Error)]
enum PartError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Job(#[from] JobError),
    #[error("the order cannot be read")]
    Order,
}

impl From<PartError> for Failure {
    fn from(error: PartError) -> Self {
        match error {
            PartError::Db(error) | PartError::Job(JobError::Db(error)) => error.into(),
            PartError::Job(error) => Self::Later(error.to_string()),
            PartError::Order => Self::Never("the order cannot be read".into()),
        }
    }
}

impl Handler for Work {
    async fn handle(&self, job: &Job) -> Result<Completed, Failure> {
        let mut task = Task::read(job)?;
        if let WorkKind::Reseal(key) = task.kind {
            task.sealing = self.seal(&task, key).await?;
        }
        let id = task.id;
        let part = async |mut tx: LentTransaction| {
            let completed = self.queue.complete(&mut tx, job).await?;
            if !completed.first() {
                return Ok(tx.roll_back(completed));
            }
            if !store::is_running(&mut tx, id).await? {
                return Ok(tx.commit(completed));
            }
            let Part { done, next } = self.part(&mut tx, &task).await?;
            if !store::progress(&mut tx, id, i64::try_from(done).unwrap_or(i64::MAX)).await? {
                // Stopped meanwhile: of this part nothing stays.
                return Ok(tx.roll_back(completed));
            }
            match next {
                Next::Part(place) => {
                    let order = task.order.going_on_at(place);
                    let payload = serde_json::to_string(&order).map_err(|_| PartError::Order)?;
                    let key = task.kind.key();
                    let next = NewJob::new(&LONG_WORK).idempotency_key(Some(&key)).payload(&payload);
                    self.queue.enqueue(&mut tx, next).await?;
                }
                Next::End(state) => {
                    store::end(&mut tx, id, state, self.clock.now()).await?;
                }
            }
            Ok::<_, PartError>(tx.commit(completed))
        };
        Ok(self.db.transact(part).await?)
    }

    async fn on_dead(&self, tx: &mut Transaction, job: &Job, _: &DeathReason) -> Result<(), DbError> {
        let order: Result<Order, _> = serde_json::from_str(&job.payload);
        if let Some(id) = order.ok().and_then(|order| order.id().ok()) {
            store::end(tx, id, WorkState::Failed, self.clock.now()).await?;
        }
        Ok(())
    }
}
