//! Re-sealing with the newest master key, so that an older one can be removed (S-KEY-7).

use db::{Database, Resealed};

use crate::error::MailError;
use crate::mailbox;
use crate::mails::Mails;
use crate::outgoing::MAIL;

impl Mails {
    /// Re-seals the values of this part's tables with the newest master key, `batch` rows in a transaction, while the program
    /// runs. Afterwards an older key is needed only for the checksums of
    /// [seen places](crate::seen_places): without it, places from which a member did not sign in since the rotation are forgotten.
    ///
    /// # Errors
    /// When the database refuses. Batches that were committed stay; it can be called again.
    pub async fn reseal(&self, db: &Database, batch: u32) -> Result<Resealed, MailError> {
        let mut resealed = self.queue.reseal(db, &MAIL, batch).await?;
        resealed += mailbox::reseal(db, self, batch.max(1)).await?;
        Ok(resealed)
    }
}
