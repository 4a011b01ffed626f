//! A job, before it is written down and as it is in the table.

use std::time::Duration;

use kernel::{Purpose, Timestamp};
use names::define_id;

/// A kind of job: a constant of the part whose flow it belongs to.
#[derive(Debug)]
pub struct JobKind {
    /// Its name in the table, in metrics and in logs; at most 32 characters of ASCII.
    pub name: &'static str,
    /// What the secrets of its jobs are sealed for.
    pub purpose: Purpose,
    /// Whom the secret of a job is sealed for: at least its id, so that nobody who can write to the table can give the
    /// secret of one job to another (S-KEY-3). It must be the same before and after an update of the program.
    pub sealed_for: fn(&Job) -> String,
    /// A job that could not be done for so long is dropped. `None` where it waits as long as it takes.
    pub longest_wait: Option<Duration>,
    /// How long a row stays when its job is done; for so long its idempotency key keeps out another one. `None`: it goes at
    /// once.
    pub keep_done: Option<Duration>,
    /// How long a dead job stays, for somebody to look at. `None`: it goes at once.
    pub keep_dead: Option<Duration>,
    /// What its jobs hold, in Markdown; for docs/operations.md, like the next two.
    pub holds: &'static str,
    /// For how long.
    pub kept: &'static str,
    /// What becomes of them when the member whom they concern is erased.
    pub erasure: &'static str,
}

define_id!(
    /// The id of a job.
    JobId
);

/// A job to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewJob<'a> {
    /// Which worker does it.
    pub kind: &'static JobKind,
    /// What it is for. While a job of this kind has this key, no other is added. `None` for what cannot come up twice.
    pub idempotency_key: Option<&'a str>,
    /// Whom it concerns, in the words of its flow: by this it is found when they are erased or want to know what is kept
    /// about them.
    pub owner: Option<&'a str>,
    /// What the worker has to know, in the clear.
    pub payload: &'a str,
    /// What the worker has to know and nobody else may.
    pub secret: Option<&'a [u8]>,
    /// No worker takes it before.
    pub delay: Duration,
}

impl<'a> NewJob<'a> {
    /// A job of this kind that is due at once and says nothing yet.
    pub const fn new(kind: &'static JobKind) -> Self {
        Self { kind, idempotency_key: None, owner: None, payload: "", secret: None, delay: Duration::ZERO }
    }

    /// The same with this key.
    #[must_use]
    pub const fn idempotency_key(self, key: Option<&'a str>) -> Self {
        Self { idempotency_key: key, ..self }
    }

    /// The same for this owner.
    #[must_use]
    pub const fn owner(self, owner: &'a str) -> Self {
        Self { owner: Some(owner), ..self }
    }

    /// The same with this payload.
    #[must_use]
    pub const fn payload(self, payload: &'a str) -> Self {
        Self { payload, ..self }
    }

    /// The same with this secret.
    #[must_use]
    pub const fn secret(self, secret: Option<&'a [u8]>) -> Self {
        Self { secret, ..self }
    }

    /// The same, to be done after a while.
    #[must_use]
    pub const fn delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

/// A job that waits. Its columns are as they are in the table: whether they can be read is for its handler to find out,
/// so that one bad row does not hold up the others.
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
    /// How often a worker took it, before this time.
    pub attempts: u32,
    /// When it was written down.
    pub created_at: Timestamp,
    pub(crate) due_at: Timestamp,
    pub(crate) sealed: Option<Vec<u8>>,
}
