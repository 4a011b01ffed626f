//! A job, before it is enqueued and as it is stored.

use std::time::Duration;

use kernel::{Purpose, Timestamp};
use names::define_id;

/// A kind of job: a constant of the part whose flow it belongs to.
#[derive(Debug)]
pub struct JobKind {
    /// Its name in the table, in metrics and in logs; at most 32 characters of ASCII.
    pub name: &'static str,
    /// The purpose for which the secrets of its jobs are sealed.
    pub purpose: Purpose,
    /// The owner for which the secret of a job is sealed. It contains at least the job's id, so that nobody who can write to the
    /// table can move a secret to another job (S-KEY-3). It must not change between versions of the program.
    pub sealed_for: fn(&Job) -> String,
    /// How long after it was enqueued a job that is not done is deleted. `None`: never.
    pub longest_wait: Option<Duration>,
    /// How long the row of a done job stays, so that its idempotency key prevents another one. `None`: it is deleted at once.
    pub keep_done: Option<Duration>,
    /// How long a dead job stays for operators to look at. `None`: it is deleted at once.
    pub keep_dead: Option<Duration>,
    /// Whether an operator may retry this job when it is dead. If so, it keeps its secret until the row is deleted.
    pub can_be_retried: fn(&Job) -> bool,
    /// What its jobs hold, in Markdown. This and the next two are for the table of stored data in docs/operations.md.
    pub holds: &'static str,
    /// How long they are kept.
    pub kept: &'static str,
    /// What happens to them when their member is erased.
    pub erasure: &'static str,
}

define_id!(
    /// The id of a job.
    JobId
);

/// A job to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewJob<'a> {
    /// The kind of job.
    pub kind: &'static JobKind,
    /// While there is a job of this kind with this key, no other is added. `None` for jobs that cannot be enqueued twice.
    pub idempotency_key: Option<&'a str>,
    /// Whom it concerns, as the flow names them. Erasure and export find the job by it.
    pub owner: Option<&'a str>,
    /// What the handler needs, in the clear.
    pub payload: &'a str,
    /// What the handler needs and nobody else may read; it is sealed.
    pub secret: Option<&'a [u8]>,
    /// After how long it is due. No worker claims it before.
    pub delay: Duration,
}

impl<'a> NewJob<'a> {
    /// An empty job of this kind that is due at once.
    pub const fn new(kind: &'static JobKind) -> Self {
        Self { kind, idempotency_key: None, owner: None, payload: "", secret: None, delay: Duration::ZERO }
    }

    /// Sets the idempotency key.
    #[must_use]
    pub const fn idempotency_key(self, key: Option<&'a str>) -> Self {
        Self { idempotency_key: key, ..self }
    }

    /// Sets whom the job concerns: erasure and export find it so.
    #[must_use]
    pub const fn owner(self, owner: &'a str) -> Self {
        Self { owner: Some(owner), ..self }
    }

    /// Sets the payload.
    #[must_use]
    pub const fn payload(self, payload: &'a str) -> Self {
        Self { payload, ..self }
    }

    /// Sets the part of the payload that is sealed before it is stored.
    #[must_use]
    pub const fn secret(self, secret: Option<&'a [u8]>) -> Self {
        Self { secret, ..self }
    }

    /// Sets how long after the commit the job is due.
    #[must_use]
    pub const fn delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

/// A job of the table. Its columns are not parsed: the handler does that, so that one bad row does not hold up the others.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its kind.
    pub kind: &'static JobKind,
    /// Its id.
    pub id: String,
    /// See [`NewJob::idempotency_key`].
    pub idempotency_key: Option<String>,
    /// See [`NewJob::owner`].
    pub owner: Option<String>,
    /// See [`NewJob::payload`].
    pub payload: String,
    /// How many attempts there were before this one.
    pub attempts: u32,
    /// When it was enqueued.
    pub created_at: Timestamp,
    pub(crate) due_at: Timestamp,
    pub(crate) sealed: Option<Vec<u8>>,
    pub(crate) failure: Option<String>,
}

impl Job {
    /// When it is due. For a dead job, when its last claim ended.
    pub const fn due_at(&self) -> Timestamp {
        self.due_at
    }

    /// What went wrong the last time, in short and for operators: no address is in it.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Whether it still has its secret.
    pub const fn has_secret(&self) -> bool {
        self.sealed.is_some()
    }
}
