//! The worker: claims jobs of one kind and gives them to their handler.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use db::{Database, DbError, LentTransaction, Transaction};
use futures::{FutureExt as _, StreamExt as _, stream};
use kernel::{BackOff, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::handler::{DeathReason, Failure, Handler, Outcome};
use crate::job::Job;
use crate::job::JobKind;
use crate::queue::JobQueue;
use crate::store;

/// The longest pause after a round that found jobs but completed none: others may be due already.
const FAILURE_DELAY: Duration = Duration::from_millis(250);
/// The pauses while the database cannot be reached.
const OUTAGE_BACK_OFF: BackOff = BackOff { least: Duration::from_secs(1), most: Duration::from_secs(30) };

/// How a worker works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerSettings {
    /// How many jobs are claimed at once, at most.
    pub batch: u32,
    /// How many are done at the same time.
    pub parallel: usize,
    /// The pause when there is nothing to do.
    pub idle: Duration,
    /// For how long no other worker claims the same jobs; so long do they wait after a crash. It must exceed the time of the
    /// longest job times `batch` divided by `parallel`.
    pub lease: Duration,
    /// After how many attempts a job is dead.
    pub attempts: u32,
    /// The pause after each failed attempt.
    pub back_off: BackOff,
}

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Jobs that are done.
    pub done: u32,
    /// Jobs that will be tried again.
    pub postponed: u32,
    /// Jobs that were given up.
    pub dead: u32,
}

impl Round {
    /// How many jobs were tried.
    pub const fn tried(self) -> u32 {
        self.done + self.postponed + self.dead
    }

    const fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Done => self.done += 1,
            Outcome::Postponed => self.postponed += 1,
            Outcome::Dead => self.dead += 1,
        }
    }
}

/// Does the jobs of one kind. Any number of workers may run on one database: each job is claimed by a conditional update.
#[derive(Clone, Debug)]
pub struct Worker<H> {
    db: Database,
    queue: JobQueue,
    kind: &'static JobKind,
    handler: H,
    settings: WorkerSettings,
    /// Jobs that were claimed and not tried. The next round gives their attempts back.
    untried: Arc<Mutex<Vec<Untried>>>,
}

/// A job that was claimed and not tried: the database could not be reached, or the lease was over before its turn.
#[derive(Clone, Debug)]
struct Untried {
    id: String,
    claimed_until: Timestamp,
}

/// What became of a job that was claimed.
enum Attempt {
    Noted(Outcome),
    /// Another worker has it, or its flow could not note its death yet.
    Overtaken,
    Untried,
    Away(DbError),
}

impl<H: Handler> Worker<H> {
    /// A worker for the jobs of `kind`.
    pub fn new(
        db: Database,
        queue: JobQueue,
        kind: &'static JobKind,
        handler: H,
        settings: WorkerSettings,
    ) -> Self {
        Self { db, queue, kind, handler, settings, untried: Arc::default() }
    }

    /// Works until `end`. A round that has begun is finished first.
    pub async fn run(self, end: CancellationToken) {
        let mut failures = 0_u32;
        while !end.is_cancelled() {
            let pause = match self.round().await {
                Ok(Round { done: 1.., .. }) => {
                    failures = 0;
                    continue;
                }
                Ok(round) => {
                    failures = 0;
                    if round.tried() == 0 {
                        self.settings.idle
                    } else {
                        self.settings.idle.min(FAILURE_DELAY)
                    }
                }
                Err(error) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(error, kind = self.kind.name, "jobs are waiting in the queue");
                    failures = failures.saturating_add(1);
                    OUTAGE_BACK_OFF.after(failures).max(self.settings.idle)
                }
            };
            tokio::select! {
                () = end.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Claims one batch of due jobs and tries them.
    ///
    /// # Errors
    /// When the database cannot be reached. A job whose outcome was not stored is tried again when its lease ends.
    pub async fn round(&self) -> Result<Round, DbError> {
        self.give_attempts_back().await?;
        let until = self.now().plus(self.settings.lease);
        let claimed = self.claim(until).await?;
        // Once the database is away, no further job begins, since its outcome could not be stored.
        let away = AtomicBool::new(false);
        let results: Vec<_> = stream::iter(claimed)
            .map(|job| {
                let away = &away;
                async move {
                    if away.load(Ordering::Relaxed) {
                        return (job.id, Attempt::Untried);
                    }
                    let result = self.attempt(&job, until).await.unwrap_or_else(Attempt::Away);
                    away.fetch_or(matches!(result, Attempt::Away(_)), Ordering::Relaxed);
                    (job.id, result)
                }
            })
            .buffer_unordered(self.settings.parallel.max(1))
            .collect()
            .await;
        let (mut round, mut failed) = (Round::default(), None);
        for (id, result) in results {
            match result {
                Attempt::Noted(outcome) => round.add(outcome),
                Attempt::Overtaken => {}
                Attempt::Untried => self.remember_untried(id, until),
                Attempt::Away(error) => {
                    self.remember_untried(id, until);
                    failed = Some(error);
                }
            }
        }
        failed.map_or(Ok(round), Err)
    }

    fn remember_untried(&self, id: String, claimed_until: Timestamp) {
        let mut untried = self.untried.lock().unwrap_or_else(PoisonError::into_inner);
        untried.push(Untried { id, claimed_until });
    }

    /// A claim counts as an attempt, so that a job that kills its worker each time is given up. A claim that was not tried must
    /// not count: an unstable database would use up the attempts of good jobs.
    async fn give_attempts_back(&self) -> Result<(), DbError> {
        let untried = self.untried.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if untried.is_empty() {
            return Ok(());
        }
        let give_back = async |mut tx: LentTransaction| {
            for job in &untried {
                store::give_attempt_back(&mut tx, &job.id, job.claimed_until).await?;
            }
            Ok::<_, DbError>(tx.commit(()))
        };
        self.db.transact(give_back).await?;
        self.untried.lock().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(())
    }

    fn now(&self) -> Timestamp {
        self.queue.clock().now()
    }

    async fn claim(&self, until: Timestamp) -> Result<Vec<Job>, DbError> {
        // A read first: most rounds find nothing, and a write would take SQLite's only writer.
        let mut reader = self.db.read().await?;
        let due = store::due(&mut reader, self.kind, self.now(), self.settings.batch).await?;
        drop(reader);
        let mut claimed = store::LEASE.claim(&self.db, due, until).await?;
        claimed.sort_by_key(|job| job.due_at);
        Ok(claimed)
    }

    async fn attempt(&self, job: &Job, until: Timestamp) -> Result<Attempt, DbError> {
        if self.now() >= until {
            return Ok(Attempt::Untried);
        }
        let failure = if job.attempts >= self.settings.attempts {
            Failure::Later("its worker ended each time".to_owned())
        } else {
            match AssertUnwindSafe(self.handler.handle(job)).catch_unwind().await {
                Ok(Ok(completed)) => {
                    return Ok(self.noted(completed.first(), job, Outcome::Done));
                }
                Ok(Err(failure)) => failure,
                Err(_) => Failure::Later("the work panicked".to_owned()),
            }
        };
        let attempts = job.attempts.saturating_add(1);
        match failure {
            Failure::Away(error) => Err(error),
            Failure::NotHere(reason) => self.leave(job, until, reason).await,
            Failure::Later(reason) if attempts < self.settings.attempts => {
                self.postpone(job, until, &reason).await
            }
            Failure::Later(reason) => self.bury(job, until, DeathReason::Exhausted(reason)).await,
            Failure::Never(reason) => self.bury(job, until, DeathReason::Refused(reason)).await,
        }
    }

    async fn postpone(&self, job: &Job, claimed: Timestamp, reason: &str) -> Result<Attempt, DbError> {
        let attempts = job.attempts.saturating_add(1);
        tracing::warn!(kind = self.kind.name, job = job.id, attempts, reason, "a job is retried later");
        let due = self.now().plus(self.settings.back_off.after(attempts));
        let postpone = async |mut tx: LentTransaction| {
            let postponed = store::LEASE.give_back(&mut tx, [&job.id], claimed, due).await?;
            if postponed {
                store::note_failure(&mut tx, &job.id, reason).await?;
            }
            Ok::<_, DbError>(tx.commit(postponed))
        };
        let postponed = self.db.transact(postpone).await?;
        Ok(self.noted(postponed, job, Outcome::Postponed))
    }

    async fn leave(&self, job: &Job, claimed: Timestamp, reason: &str) -> Result<Attempt, DbError> {
        tracing::info!(kind = self.kind.name, job = job.id, reason, "a job is left to another program");
        let due = self.now().plus(self.settings.back_off.least);
        let leave = async |mut tx: LentTransaction| {
            let left = store::leave(&mut tx, &job.id, claimed, due).await?;
            Ok::<_, DbError>(tx.commit(left))
        };
        let left = self.db.transact(leave).await?;
        Ok(self.noted(left, job, Outcome::Postponed))
    }

    async fn bury(&self, job: &Job, claimed: Timestamp, reason: DeathReason) -> Result<Attempt, DbError> {
        let kept_until = self.kind.keep_dead.map(|kept| self.now().plus(kept));
        let bury = async |mut tx: LentTransaction| {
            let ours = store::bury(&mut tx, job, reason.as_str(), claimed, kept_until).await?
                && self.tell_of_death(&mut tx, job, &reason).await?;
            Ok::<_, DbError>(if ours { tx.commit(true) } else { tx.roll_back(false) })
        };
        if !self.db.transact(bury).await? {
            return Ok(Attempt::Overtaken);
        }
        let attempts = job.attempts.saturating_add(1);
        let reason = reason.as_str();
        tracing::error!(kind = self.kind.name, job = job.id, attempts, reason, "a job was given up");
        Ok(self.noted(true, job, Outcome::Dead))
    }

    /// Runs the flow's [`Handler::on_dead`]; `false` when that fails and the job must stay for now. After as many failures as
    /// there are attempts, the job dies without it.
    async fn tell_of_death(
        &self,
        tx: &mut Transaction,
        job: &Job,
        reason: &DeathReason,
    ) -> Result<bool, DbError> {
        if job.attempts >= self.settings.attempts.saturating_mul(2) {
            return Ok(true);
        }
        match AssertUnwindSafe(self.handler.on_dead(tx, job, reason)).catch_unwind().await {
            Ok(Ok(())) => Ok(true),
            Ok(Err(error @ DbError::Unavailable(_))) => Err(error),
            Ok(Err(error)) => {
                let error: &dyn std::error::Error = &error;
                tracing::error!(error, kind = self.kind.name, job = job.id, "a dead job cannot be noted");
                Ok(false)
            }
            Err(_) => {
                tracing::error!(kind = self.kind.name, job = job.id, "noting a dead job panicked");
                Ok(false)
            }
        }
    }

    /// Counts the outcome unless another worker has the job.
    fn noted(&self, ours: bool, job: &Job, outcome: Outcome) -> Attempt {
        if ours { Attempt::Noted(self.count(job, outcome)) } else { Attempt::Overtaken }
    }

    fn count(&self, job: &Job, outcome: Outcome) -> Outcome {
        metrics::counter!("daemun_jobs_total", "kind" => self.kind.name, "outcome" => outcome.as_str())
            .increment(1);
        self.handler.count(job, outcome);
        outcome
    }
}
