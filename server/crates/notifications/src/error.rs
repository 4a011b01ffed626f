//! Errors of the mail queue.

use db::DbError;
use jobs::{Failure, JobError};
use kernel::KeyRingError;

/// Why a mail could not be enqueued, read or re-sealed.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The database refused.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The key ring could not seal or open it.
    #[error(transparent)]
    KeyRing(#[from] KeyRingError),
    /// The mail cannot be written as JSON, or read back.
    #[error("a mail cannot be written down or read back")]
    MailTemplate(#[source] serde_json::Error),
    /// The template could not be rendered.
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

/// Trying again helps unless something is wrong with the mail itself. A missing master key may be configured again.
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
