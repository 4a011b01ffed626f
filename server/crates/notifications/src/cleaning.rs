//! Deleting what has expired, in small batches.

use db::{DbError, Transaction};
use kernel::Timestamp;

use crate::{mailbox, outgoing, seen};

/// How many rows went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Of `outgoing_mails`: mails that were sent or given up.
    pub outgoing: u64,
    /// Of `mailbox_mails`.
    pub mailbox: u64,
    /// Of `seen_places`.
    pub places: u64,
}

impl Cleaned {
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.outgoing + self.mailbox + self.places
    }
}

/// Deletes at most `limit` rows of each table that were kept long enough at `now`.
///
/// # Errors
/// When the database refuses.
pub async fn delete_expired(tx: &mut Transaction, now: Timestamp, limit: u32) -> Result<Cleaned, DbError> {
    Ok(Cleaned {
        outgoing: outgoing::EXPIRING.delete(tx, now, limit).await?,
        mailbox: mailbox::EXPIRING.delete(tx, now, limit).await?,
        places: seen::EXPIRING.delete(tx, now, limit).await?,
    })
}
