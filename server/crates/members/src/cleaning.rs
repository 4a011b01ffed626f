//! What of this part's tables expires.

use db::{DbError, Transaction};

use crate::Accounts;
use crate::store::{answered_forms, answered_requests, audit_events, mail_tokens, sign_ups};

impl Accounts {
    /// Deletes at most `limit` rows of each table that are over by now; answers how many went.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_expired(&self, tx: &mut Transaction, limit: u32) -> Result<u64, DbError> {
        let now = self.clock.now();
        let tokens = mail_tokens::EXPIRING.delete(tx, now, limit).await?;
        let sign_ups = sign_ups::EXPIRING.delete(tx, now, limit).await?;
        let answered = answered_requests::EXPIRING.delete(tx, now, limit).await?;
        let forms = answered_forms::EXPIRING.delete(tx, now, limit).await?;
        Ok(tokens + sign_ups + answered + forms)
    }

    /// Deletes at most `limit` rows of each sort from the audit log that were kept long enough; answers how many went.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_old_audit(&self, tx: &mut Transaction, limit: u32) -> Result<u64, DbError> {
        audit_events::delete_old(tx, self.clock.now(), &self.audit_retention, limit).await
    }
}
