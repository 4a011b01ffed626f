//! Does the work, step by step.

use std::time::{Duration, Instant};

use db::{DbError, LentTransaction, Transaction};
use jobs::{Completed, Failure as JobFailure, Handler, Job, Worker, WorkerSettings};
use kernel::BackOff;

use crate::context::Context;
use crate::failure::Failure;
use crate::person::PersonNo;
use crate::work::job::{FEED_WORK, FeedWork};
use crate::work::spread::Chunk;
use crate::work::{Stepped, leave, loud, queue, sleep, spread, trim, wake};

/// After this long other work goes first, so that a post to a million followers does not delay one to a few.
const MAX_RUN_TIME: Duration = Duration::from_millis(250);
const LEASE: Duration = Duration::from_secs(15);

const SETTINGS: WorkerSettings = WorkerSettings {
    batch: 8,
    parallel: 1,
    idle: Duration::from_millis(100),
    lease: LEASE,
    // Giving up would leave gaps in feeds, so it is retried for a long time.
    attempts: 60,
    back_off: BackOff { least: Duration::from_millis(500), most: Duration::from_mins(5) },
};

/// Does work on feeds. Cheap to clone.
#[derive(Clone)]
pub struct FeedWorker {
    context: Context,
}

impl FeedWorker {
    /// A worker with these.
    pub fn start(context: Context) -> Worker<Self> {
        let (db, queue) = (context.db.clone(), context.queue.clone());
        Worker::new(db, queue, &FEED_WORK, Self { context }, SETTINGS)
    }

    /// One step of a job, which ends there, if that is known; the next one is not given to others before `delay`.
    async fn step(
        &self,
        tx: &mut Transaction,
        job: &Job,
        up_to: Option<PersonNo>,
        delay: Duration,
    ) -> Result<Stepped, Failure> {
        let work: FeedWork =
            serde_json::from_str(&job.payload).map_err(|_| DbError::Unreadable { column: "jobs.payload" })?;
        if let FeedWork::Spread { post, author, after } = work {
            let chunk = Chunk { post, author, after, up_to };
            return spread::spread(&self.context, tx, job, chunk, delay).await;
        }
        let completed = self.context.queue.complete(tx, job).await?;
        let mut stepped = Stepped { completed, next: None, ahead: None };
        if completed.first()
            && let Some(next) = self.act(tx, work).await?
        {
            stepped.next = queue::add_later(&self.context, tx, &next, delay).await?;
        }
        Ok(stepped)
    }

    /// Does some work; returns what is to be done next, if anything.
    async fn act(&self, tx: &mut Transaction, work: FeedWork) -> Result<Option<FeedWork>, Failure> {
        let context = &self.context;
        match work {
            // Goes on in its own job.
            FeedWork::Spread { .. } => Ok(Some(work)),
            FeedWork::Withdraw { post, author, after } => {
                spread::withdraw(context, tx, post, author, after).await
            }
            FeedWork::Louden { author, after } => loud::louden(context, tx, author, after).await,
            FeedWork::Quieten { author, after } => loud::quieten(context, tx, author, after).await,
            FeedWork::FillMany { author, after, next, up_to } => {
                loud::fill_many(context, tx, loud::Filling { author, after, next, up_to }).await
            }
            FeedWork::Sleep { reader, after } => sleep::stop_posts(context, tx, reader, after).await,
            FeedWork::Clear { reader } => sleep::clear(context, tx, reader).await,
            FeedWork::Rebuild { reader } => wake::rebuild(context, tx, reader).await,
            FeedWork::Wake { reader, after } => wake::wake(context, tx, reader, after).await,
            FeedWork::FillLatest { reader, last_post, author } => {
                wake::fill_latest(context, tx, reader, last_post, author).await
            }
            FeedWork::FillRest { reader, after } => wake::fill_rest(context, tx, reader, after).await,
            FeedWork::Trim { reader } => trim::trim(context, tx, reader).await,
            FeedWork::Leave { person } => leave::leave(context, tx, person).await,
        }
    }
}

impl Handler for FeedWorker {
    async fn handle(&self, job: &Job) -> Result<Completed, JobFailure> {
        let began = Instant::now();
        let (mut job, mut ahead) = (job.clone(), None);
        if serde_json::from_str::<FeedWork>(&job.payload).is_err() {
            return Err(JobFailure::Never("its payload cannot be read".into()));
        }
        loop {
            // The next step is ours as if it had been claimed, but when others go first.
            let goes_on = began.elapsed() < MAX_RUN_TIME;
            let delay = if goes_on { LEASE } else { Duration::ZERO };
            let step = async |mut tx: LentTransaction| {
                let stepped = self.step(&mut tx, &job, ahead, delay).await?;
                let is_ours = stepped.completed.first();
                Ok::<_, Failure>(if is_ours { tx.commit(stepped) } else { tx.roll_back(stepped) })
            };
            let ended = self.context.db.transact(step).await;
            let stepped = ended.map_err(|failure| JobFailure::from(failure.into_db()))?;
            match stepped.next {
                Some(next) if goes_on => (job, ahead) = (next, stepped.ahead),
                _ => return Ok(stepped.completed),
            }
        }
    }
}
