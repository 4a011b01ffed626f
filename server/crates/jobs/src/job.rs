//! A job, before it is enqueued and as it is in the table.

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
    /// After how long a job that could not be done is dropped. `None`: never.
    pub longest_wait: Option<Duration>,
    /// How long a row stays when its job is done, and its idempotency key prevents another one. `None`: it is deleted at once.
    pub keep_done: Option<Duration>,
    /// How long a dead job stays, for somebody to look at. `None`: it is deleted at once.
    pub keep_dead: Option<Duration>,
    /// Whether an operator may have this dead job tried again. Its secret stays with it until then, and goes with the row.
    pub can_be_retried: fn(&Job) -> bool,
    /// What its jobs hold, in Markdown; for docs/operations.md, like the next two.
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
    /// Which kind of job it is, and so which worker does it.
    pub kind: &'static JobKind,
    /// What it is for. While a job of this kind has this key, no other is added. `None` for what cannot happen twice.
    pub idempotency_key: Option<&'a str>,
    /// Whom it concerns, in the words of its flow: it is found by this when they are erased or want to know what is kept about
    /// them.
    pub owner: Option<&'a str>,
    /// What the handler has to know, in the clear.
    pub payload: &'a str,
    /// What the handler has to know and nobody else may.
    pub secret: Option<&'a [u8]>,
    /// When it is due: no worker claims it before.
    pub delay: Duration,
}

impl<'a> NewJob<'a> {
    /// A job of this kind that is due at once, with nothing in it yet.
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

/// A job that waits. Its columns are as in the table, and its handler finds out whether they can be read, so that one bad row
/// does not hold up the others.
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
}

impl Job {
    /// When it is due; when the last claim ended, if it is dead.
    pub const fn due_at(&self) -> Timestamp {
        self.due_at
    }

    /// Whether what must stay secret is still with it.
    pub const fn has_secret(&self) -> bool {
        self.sealed.is_some()
    }
}
