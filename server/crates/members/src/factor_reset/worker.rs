//! The job that waits for the end of the delay. Of any number of replicas one completes it.

use std::time::Duration;

use audit::Outcome;
use db::{DbError, LentTransaction, Transaction};
use jobs::{Completed, DeathReason, Handler, Job, Round, Worker, WorkerSettings};
use kernel::BackOff;
use names::MemberId;
use tokio_util::sync::CancellationToken;

use crate::factor_reset::job_kind::FACTOR_RESET;
use crate::factor_reset::order::FactorResets;
use crate::factor_reset::store::factor_resets::{self, FactorResetId};
use crate::failure::Failure;

/// Carries out resets that nobody stopped. Any number of workers may run on one database.
#[derive(Clone, Debug)]
pub struct FactorResetWorker(Worker<CarryingOut>);

impl FactorResetWorker {
    /// Few of these are ever due. A database that fails for a day does not lose one.
    pub const SETTINGS: WorkerSettings = WorkerSettings {
        batch: 4,
        parallel: 1,
        idle: Duration::from_secs(2),
        lease: Duration::from_mins(2),
        attempts: 40,
        back_off: BackOff { least: Duration::from_secs(10), most: Duration::from_hours(1) },
    };

    /// A worker.
    pub fn new(resets: FactorResets, settings: WorkerSettings) -> Self {
        let (db, queue) = (resets.context.db.clone(), resets.queue.clone());
        Self(Worker::new(db, queue, &FACTOR_RESET, CarryingOut(resets), settings))
    }

    /// Works until `end`. A round that has begun is finished first.
    pub async fn run(self, end: CancellationToken) {
        self.0.run(end).await;
    }

    /// Does what is due, one after the other.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn round(&self) -> Result<Round, DbError> {
        self.0.round().await
    }
}

/// Carries one out.
#[derive(Clone, Debug)]
struct CarryingOut(FactorResets);

/// Whose factors a job is about, and the order.
fn read(job: &Job) -> Option<(MemberId, FactorResetId)> {
    let member = MemberId::parse(job.owner.as_deref()?).ok()?;
    Some((member, FactorResetId::parse(&job.payload).ok()?))
}

impl Handler for CarryingOut {
    async fn handle(&self, job: &Job) -> Result<Completed, jobs::Failure> {
        let Self(resets) = self;
        let (member, id) = read(job).ok_or(jobs::Failure::Never("unreadable".into()))?;
        let carry_out = async |mut tx: LentTransaction| {
            let completed = resets.queue.complete(&mut tx, job).await?;
            if completed.first() {
                resets.carry_out(&mut tx, member, id).await?;
            }
            Ok::<_, Failure>(tx.commit(completed))
        };
        let completed = resets.context.db.transact(carry_out).await.map_err(|failure| match failure {
            Failure::Db(error) => error.into(),
            other => jobs::Failure::Later(other.to_string()),
        })?;
        resets.revocation.know_at_once().await;
        Ok(completed)
    }

    async fn on_dead(&self, tx: &mut Transaction, job: &Job, _: &DeathReason) -> Result<(), DbError> {
        let Some((member, id)) = read(job) else { return Ok(()) };
        // Another one can be ordered.
        if factor_resets::end(tx, id).await? {
            self.0.note(tx, member, Outcome::Failure("given_up")).await?;
        }
        Ok(())
    }
}
