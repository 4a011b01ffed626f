//! Sealing anew with the newest master key, so that an older one can be removed (S-KEY-7).

use db::{Database, Transaction};

use crate::mails::{self, PURPOSE};
use crate::outgoing::{self, Waiting};
use crate::{MailError, Mails, mailbox};

impl Mails {
    /// Seals the values of this part's tables with the newest key of the ring, `batch` rows in a transaction, while
    /// everything runs. Answers how many rows were changed. Afterwards no older key is needed here, but that a sign-in
    /// from a known place is taken for a new one, once, where nobody signed in from there since.
    ///
    /// # Errors
    /// When the database refuses; what was done until then stays done, and it can be begun again.
    pub async fn reseal(&self, db: &Database, batch: u32) -> Result<u64, MailError> {
        Ok(self.reseal_outgoing(db, batch.max(1)).await? + mailbox::reseal(db, self, batch.max(1)).await?)
    }

    async fn reseal_outgoing(&self, db: &Database, batch: u32) -> Result<u64, MailError> {
        let (mut changed, mut last) = (0, String::new());
        loop {
            let mut tx = db.begin().await?;
            let rows = outgoing::with_letter(&mut tx, &last, batch).await?;
            let Some(end) = rows.last() else { return Ok(changed) };
            last.clone_from(&end.id);
            for row in &rows {
                changed += self.reseal_letter(&mut tx, row).await?;
            }
            tx.commit().await?;
        }
    }

    /// A letter that cannot be opened is left to the sender, which gives it up.
    async fn reseal_letter(&self, tx: &mut Transaction, row: &Waiting) -> Result<u64, MailError> {
        let owner = mails::owner(&row.id, &row.recipient, &row.language);
        match self.key_ring.reseal(PURPOSE, &owner, &row.sealed, &*self.randomness) {
            Ok(Some(sealed)) => Ok(outgoing::reseal(tx, row, sealed).await?),
            Ok(None) => Ok(0),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(mail = row.id, error, "a sealed letter cannot be opened");
                Ok(0)
            }
        }
    }
}
