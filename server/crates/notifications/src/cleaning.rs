//! Deleting what has expired, in small batches.

use db::{DbError, Transaction};
use kernel::Timestamp;

use crate::{mailbox, seen};

/// How many rows went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Of `mailbox_mails`.
    pub mailbox: u64,
    /// Of `seen_places`.
    pub places: u64,
}

impl Cleaned {
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.mailbox + self.places
    }
}

/// Deletes at most `limit` rows of each table that were kept long enough at `now`.
///
/// # Errors
/// When the database refuses.
pub async fn delete_expired(tx: &mut Transaction, now: Timestamp, limit: u32) -> Result<Cleaned, DbError> {
    Ok(Cleaned {
        mailbox: mailbox::EXPIRING.delete(tx, now, limit).await?,
        places: seen::EXPIRING.delete(tx, now, limit).await?,
    })
}
