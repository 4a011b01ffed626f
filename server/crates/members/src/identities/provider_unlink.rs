//! Grants that were ended here are ended at their provider, too: enqueued in the transaction of their end, tried until the
//! provider confirms it, and given up after days. Never part of signing out (quirk 13).

use std::borrow::Cow;
use std::time::Duration;

use audit::{AuditEvent, AuditKind, Outcome};
use db::{DbError, LentTransaction, Transaction};
use jobs::{Completed, DeathReason, Failure, Handler, Job, JobQueue, Round, Worker, WorkerSettings};
use kernel::BackOff;
use names::Source;
use providers::{ProviderGrant, Providers, UnlinkError};
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::identities::unlink_job::{PROVIDER_UNLINK, UnlinkJob};
use crate::model::store::members;

/// Ends grants at their providers. Any number of workers may run on one database.
#[derive(Clone, Debug)]
pub struct Unlinker(Worker<Unlinking>);

impl Unlinker {
    /// Thirty attempts over five days. Two calls of five seconds for each of `batch` fit in the lease.
    pub const SETTINGS: WorkerSettings = WorkerSettings {
        batch: 8,
        parallel: 1,
        idle: Duration::from_secs(2),
        lease: Duration::from_mins(3),
        attempts: 30,
        back_off: BackOff { least: Duration::from_secs(30), most: Duration::from_hours(6) },
    };

    /// A worker.
    pub fn new(context: Context, queue: JobQueue, providers: Providers, settings: WorkerSettings) -> Self {
        let unlinking = Unlinking { context: context.clone(), queue: queue.clone(), providers };
        Self(Worker::new(context.db, queue, &PROVIDER_UNLINK, unlinking, settings))
    }

    /// Works until `end`. A round that has begun is finished first.
    pub async fn run(self, end: CancellationToken) {
        self.0.run(end).await;
    }

    /// Works on what is due, one after the other.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn round(&self) -> Result<Round, DbError> {
        self.0.round().await
    }
}

/// Revokes one grant at its provider.
#[derive(Clone, Debug)]
struct Unlinking {
    context: Context,
    queue: JobQueue,
    providers: Providers,
}

impl Unlinking {
    /// The grant; `None` where the provider needs none. A missing master key may come back.
    fn grant(&self, job: &Job) -> Result<Option<ProviderGrant>, Failure> {
        let plain = self.queue.open(job).map_err(|error| Failure::Later(error.to_string()))?;
        let Some(plain) = plain else { return Ok(None) };
        let text = std::str::from_utf8(&plain).map_err(|_| Failure::Never("grant_unreadable".into()))?;
        Ok(ProviderGrant::new(text))
    }

    async fn note(&self, tx: &mut Transaction, unlink: &UnlinkJob, outcome: Outcome) -> Result<(), DbError> {
        let source = Source::system();
        let ended = AuditEvent::new(AuditKind::ProviderUnlink, &source).ended(outcome);
        // Nothing is recorded about an erased member except that they were erased.
        let member = members::find(tx, unlink.member).await?.map(|member| member.id.uuid());
        let ended = ended.about_known(member).by_method(unlink.provider.as_str());
        self.context.audit.record(tx, &ended).await
    }
}

impl Handler for Unlinking {
    async fn handle(&self, job: &Job) -> Result<Completed, Failure> {
        // A newer version may have written what cannot be read.
        let unlink = UnlinkJob::read(job).map_err(|error| Failure::Later(error.to_string()))?;
        let grant = self.grant(job)?;
        let told = self.providers.unlink(unlink.provider, &unlink.subject, grant.as_ref()).await;
        told.map_err(|error| match error {
            UnlinkError::Later(reason) => Failure::Later(reason),
            UnlinkError::Never(reason) => Failure::Never(reason.into()),
        })?;
        let complete = async |mut tx: LentTransaction| {
            let completed = self.queue.complete(&mut tx, job).await?;
            if completed.first() {
                self.note(&mut tx, &unlink, Outcome::Success).await?;
            }
            Ok::<_, DbError>(tx.commit(completed))
        };
        Ok(self.context.db.transact(complete).await?)
    }

    async fn on_dead(&self, tx: &mut Transaction, job: &Job, reason: &DeathReason) -> Result<(), DbError> {
        let Ok(unlink) = UnlinkJob::read(job) else { return Ok(()) };
        let code = match reason {
            DeathReason::Refused(Cow::Borrowed(code)) => code,
            DeathReason::Refused(Cow::Owned(_)) => "refused",
            DeathReason::Exhausted(_) => "never_confirmed",
        };
        self.note(tx, &unlink, Outcome::Failure(code)).await
    }

    fn count(&self, job: &Job, outcome: jobs::Outcome) {
        let provider = UnlinkJob::read(job).map_or("unknown", |unlink| unlink.provider.as_str());
        let outcome = match outcome {
            jobs::Outcome::Done => "confirmed",
            jobs::Outcome::Postponed => "postponed",
            jobs::Outcome::Dead => "given_up",
        };
        metrics::counter!("daemun_provider_unlinks_total", "provider" => provider, "outcome" => outcome)
            .increment(1);
    }
}
