//! Re-sealing with the newest master key, so that an older one can be removed (S-KEY-7).

use db::Database;

use crate::error::MailError;
use crate::mailbox;
use crate::mails::Mails;
use crate::outgoing::MAIL;

impl Mails {
    /// Seals the values of this part's tables with the newest key of the ring, `batch` rows in a transaction, while everything
    /// runs. Returns how many rows were changed. Afterwards no older key is needed here, but that a sign-in from a known place is
    /// taken for a new one, once, where nobody signed in from there since.
    ///
    /// # Errors
    /// When the database refuses; what was done until then stays done, and it can be begun again.
    pub async fn reseal(&self, db: &Database, batch: u32) -> Result<u64, MailError> {
        Ok(self.queue.reseal(db, &MAIL, batch).await? + mailbox::reseal(db, self, batch.max(1)).await?)
    }
}
