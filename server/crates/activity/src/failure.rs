//! What no caller can help.

use db::DbError;
use jobs::JobError;
use web::{Refusal, Refuse};

/// The database, or an internal error.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The database refused, or could not be reached.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The queue.
    #[error(transparent)]
    Queue(JobError),
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Db(error) => Self::Db(error),
            other @ JobError::KeyRing(_) => Self::Queue(other),
        }
    }
}

impl Failure {
    /// As a failure of the database, for those who know no other: no job of this part has a secret.
    pub(crate) fn into_db(self) -> DbError {
        match self {
            Self::Db(error) => error,
            Self::Queue(_) => DbError::Unreadable { column: "jobs.sealed" },
        }
    }
}

impl Refuse for Failure {
    fn refusal(&self) -> Refusal {
        match self {
            Self::Db(DbError::Unavailable(_)) => Refusal::unavailable(),
            Self::Db(_) | Self::Queue(_) => Refusal::internal(),
        }
    }
}
