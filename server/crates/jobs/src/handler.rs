//! What the part that owns a kind of job does with one.

use std::borrow::Cow;

use db::{DbError, Transaction};

use crate::job::Job;

/// Does the jobs of one kind.
pub trait Handler: Send + Sync {
    /// Does one job. No transaction is open, and others may be done at the same time. In the end it completes the job, in the
    /// transaction of what it changes in the database, and commits. A panic counts as a failure.
    ///
    /// # Errors
    /// When the job was not done.
    fn handle(&self, job: &Job) -> impl Future<Output = Result<Completed, Failure>> + Send;

    /// What changes when a job is given up, in that transaction.
    ///
    /// # Errors
    /// When the database refuses; then the job dies later.
    fn on_dead(
        &self,
        _tx: &mut Transaction,
        _job: &Job,
        _reason: &DeathReason,
    ) -> impl Future<Output = Result<(), DbError>> + Send {
        async { Ok(()) }
    }

    /// Counts what became of a job, in the flow's own metric.
    fn count(&self, _job: &Job, _outcome: Outcome) {}
}

/// Proof that a handler completed its job; [`crate::queue::JobQueue::complete`] makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "what the job changes is to be changed by the first to complete it, and by nobody else"]
pub struct Completed {
    pub(crate) first: bool,
}

impl Completed {
    /// Whether the job was still waiting. If not, another worker completed it, or it was cancelled, and its changes must not be
    /// made now.
    pub const fn first(self) -> bool {
        self.first
    }
}

/// Why a job was not done.
#[derive(Debug)]
pub enum Failure {
    /// Why it did not work; trying later may help. It goes to the log, so it must contain no secret.
    Later(String),
    /// Why it cannot work; trying again does not help.
    Never(Cow<'static, str>),
    /// The database is away; nothing is wrong with the job.
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
    /// It failed, or was claimed, too often; what was wrong the last time.
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

/// What became of a job that a worker had.
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
