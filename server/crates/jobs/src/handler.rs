//! The code that does a job.

use std::borrow::Cow;

use db::{DbError, Transaction};

use crate::job::Job;

/// Does the jobs of one kind. The part that owns the kind implements it.
pub trait Handler: Send + Sync {
    /// Does one job. No transaction is open, and other jobs may run at the same time. When the work is done, the handler completes
    /// the job in the transaction that stores its changes. A panic counts as a failure.
    ///
    /// # Errors
    /// When the job was not done.
    fn handle(&self, job: &Job) -> impl Future<Output = Result<Completed, Failure>> + Send;

    /// Stores what changes when a job is given up, in the transaction that marks it as dead.
    ///
    /// # Errors
    /// When the database refuses; then the job stays and is given up later.
    fn on_dead(
        &self,
        _tx: &mut Transaction,
        _job: &Job,
        _reason: &DeathReason,
    ) -> impl Future<Output = Result<(), DbError>> + Send {
        async { Ok(()) }
    }

    /// Counts the outcome of a job in a metric of the flow.
    fn count(&self, _job: &Job, _outcome: Outcome) {}
}

/// Proof that a handler completed its job; [`crate::queue::JobQueue::complete`] makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only the first to complete a job may store its changes"]
pub struct Completed {
    pub(crate) first: bool,
}

impl Completed {
    /// Whether the job was still waiting. If not, another worker completed it or it was cancelled, and its changes must not be
    /// stored.
    pub const fn first(self) -> bool {
        self.first
    }
}

/// Why a job was not done.
#[derive(Debug)]
pub enum Failure {
    /// It failed for this reason; trying later may help. The reason goes to the log, so it must contain no secret.
    Later(String),
    /// It cannot succeed, for this reason; trying again does not help.
    Never(Cow<'static, str>),
    /// This program cannot do it and another one can, for this reason: it is left to that one, and does not count as an attempt.
    NotHere(&'static str),
    /// The database cannot be reached; nothing is wrong with the job.
    Away(DbError),
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(_) => Self::Away(error),
            other => Self::Later(other.to_string()),
        }
    }
}

/// Why a job is dead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeathReason {
    /// It failed or was claimed too often; the reason of the last failure.
    Exhausted(String),
    /// Trying again would not have helped.
    Refused(Cow<'static, str>),
}

impl DeathReason {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Exhausted(reason) => reason,
            Self::Refused(reason) => reason,
        }
    }
}

/// What became of a job that a worker claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// It will be tried again.
    Postponed,
    /// It was given up.
    Dead,
}

impl Outcome {
    /// Its label in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Postponed => "postponed",
            Self::Dead => "dead",
        }
    }
}
