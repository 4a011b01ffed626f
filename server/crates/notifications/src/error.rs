//! What can go wrong with the queue.

use db::DbError;
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
    /// A letter cannot be written down or read back.
    #[error("a letter cannot be written down or read back")]
    MailTemplate(#[source] serde_json::Error),
    /// A template failed.
    #[error("a letter cannot be rendered")]
    Template(#[from] askama::Error),
}
