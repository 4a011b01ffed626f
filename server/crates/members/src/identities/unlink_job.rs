//! The job of ending a grant at its provider, as it is in the queue.

use std::sync::Arc;

use db::{Connection, DbError, Statement, Transaction};
use jobs::{Job, JobError, JobKind, JobQueue, NewJob};
use kernel::{KeyRing, Purpose, Timestamp};
use names::{MemberId, ProviderName};
use providers::Subject;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::identities::store::identities;
use crate::identities::store::identities::Identity;

const PURPOSE: Purpose = Purpose::new("provider-unlink");

/// A grant to be ended at its provider. Its secret is the grant, if the provider needs one; its owner is the member, whom it may
/// outlive. The outcome is in the audit log, so the row is deleted when the job is done or dead.
pub static PROVIDER_UNLINK: JobKind = JobKind {
    name: "provider-unlink",
    purpose: PURPOSE,
    sealed_for: |job| job.id.clone(),
    longest_wait: None,
    keep_done: None,
    keep_dead: None,
    can_be_retried: |_| false,
    holds: "grants that a provider is to be told the end of: `(provider, subject)`, and the provider's refresh token **sealed**",
    kept: "until the provider has confirmed, five days at most",
    erasure: "stays, with the member's id, until the provider has confirmed",
};

/// The payload, in the clear.
#[derive(Serialize, Deserialize)]
struct Payload {
    provider: String,
    subject: String,
}

/// A grant that waits to be ended.
pub(crate) struct UnlinkJob {
    pub(crate) member: MemberId,
    pub(crate) provider: ProviderName,
    pub(crate) subject: Subject,
    /// When it was ended here.
    pub(crate) since: Timestamp,
}

impl UnlinkJob {
    /// # Errors
    /// When its row is damaged, or a newer version wrote it.
    pub(crate) fn read(job: &Job) -> Result<Self, DbError> {
        let unreadable = |column| DbError::Unreadable { column };
        let owner = job.owner.as_deref().unwrap_or_default();
        let payload: Payload = serde_json::from_str(&job.payload).map_err(|_| unreadable("jobs.payload"))?;
        Ok(Self {
            member: MemberId::parse(owner).map_err(|_| unreadable("jobs.owner"))?,
            provider: ProviderName::parse(&payload.provider).ok_or_else(|| unreadable("jobs.payload"))?,
            subject: Subject::parse(&payload.subject).ok_or_else(|| unreadable("jobs.payload"))?,
            since: job.created_at,
        })
    }
}

/// Enqueues the grants that are to be ended at their providers. Cheap to clone.
#[derive(Clone)]
pub struct UnlinkJobs {
    pub(crate) queue: JobQueue,
    pub(crate) key_ring: Arc<KeyRing>,
}

impl UnlinkJobs {
    /// Enqueues the end of the grant of `identity` at its provider.
    pub(crate) async fn end_at_provider(
        &self,
        tx: &mut Transaction,
        identity: &Identity,
    ) -> Result<(), Failure> {
        // One for each person: the newest grant stands for those before it.
        cancel(tx, identity.provider, &identity.subject).await?;
        let payload = Payload {
            provider: identity.provider.as_str().to_owned(),
            subject: identity.subject.as_str().to_owned(),
        };
        let unwritable = |_| Failure::Internal("a grant that is to be ended cannot be written down");
        let payload = serde_json::to_string(&payload).map_err(unwritable)?;
        let (key, member) = (key(identity.provider, &identity.subject), identity.member.to_string());
        let grant = self.stored_grant(identity);
        let job = NewJob::new(&PROVIDER_UNLINK).idempotency_key(Some(&key)).owner(&member).payload(&payload);
        match self.queue.enqueue(tx, job.secret(grant.as_ref().map(|grant| grant.as_slice()))).await {
            Ok(_) => Ok(()),
            Err(JobError::Db(error)) => Err(error.into()),
            Err(JobError::KeyRing(_)) => Err(Failure::Internal("a grant cannot be sealed")),
        }
    }

    /// A grant that cannot be opened is lost, which must not keep anybody from leaving.
    fn stored_grant(&self, identity: &Identity) -> Option<Zeroizing<Vec<u8>>> {
        let sealed = identity.grant_sealed.as_deref()?;
        let plain = self.key_ring.open(identities::PURPOSE, &identity.id.to_string(), sealed);
        if let Err(error) = &plain {
            tracing::error!(error = error as &dyn std::error::Error, "a provider's grant cannot be opened");
        }
        plain.map(Zeroizing::new).ok()
    }
}

/// Cancels what waits for this person: they came back by the provider, or it ended the grant itself.
pub(crate) async fn cancel(
    tx: &mut Transaction,
    provider: ProviderName,
    subject: &Subject,
) -> Result<(), DbError> {
    jobs::cancel(tx, &PROVIDER_UNLINK, &key(provider, subject)).await
}

/// The statement of [`cancel`].
pub(crate) fn cancelling(provider: ProviderName, subject: &Subject) -> Statement<'static> {
    jobs::cancelling(&PROVIDER_UNLINK, &key(provider, subject))
}

/// The grants of a member that are to be ended.
pub(crate) async fn of_member(
    connection: &mut Connection,
    member: MemberId,
) -> Result<Vec<UnlinkJob>, DbError> {
    let waiting = jobs::waiting_of_owner(connection, &PROVIDER_UNLINK, &member.to_string()).await?;
    waiting.iter().map(UnlinkJob::read).collect()
}

/// A person at a provider.
fn key(provider: ProviderName, subject: &Subject) -> String {
    format!("{}/{}", provider.as_str(), subject.as_str())
}
