//! What can go wrong with the queue.

use db::DbError;
use jobs::{Failure, JobError};
use kernel::KeyRingError;

/// Why a mail was not queued, or the queue not read.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The key ring.
    #[error(transparent)]
    KeyRing(#[from] KeyRingError),
    /// A mail cannot be written down or read back.
    #[error("a mail cannot be written down or read back")]
    MailTemplate(#[source] serde_json::Error),
    /// A template failed.
    #[error("a mail cannot be rendered")]
    Template(#[from] askama::Error),
}

impl From<JobError> for MailError {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Db(error) => Self::Db(error),
            JobError::KeyRing(error) => Self::KeyRing(error),
        }
    }
}

/// Trying again helps unless something is wrong with the mail itself; a master key that is missing may come back with the
/// configuration from before.
impl From<MailError> for Failure {
    fn from(error: MailError) -> Self {
        match error {
            MailError::Db(error @ DbError::Unreadable { .. }) => Self::Never(error.to_string().into()),
            MailError::Db(error) => error.into(),
            MailError::KeyRing(KeyRingError::UnknownKey) => Self::Later(error.to_string()),
            error => Self::Never(error.to_string().into()),
        }
    }
}
