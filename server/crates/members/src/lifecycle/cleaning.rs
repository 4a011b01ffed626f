//! What of this part's tables expires.

use db::{DbError, Transaction};
use kernel::Timestamp;

use crate::email::store::mail_tokens;
use crate::lifecycle::store::sign_ups;
use crate::store::answered_forms;

/// Deletes at most `limit` rows of each table that are over by `now`; answers how many went.
///
/// # Errors
/// When the database refuses.
pub async fn delete_expired(tx: &mut Transaction, now: Timestamp, limit: u32) -> Result<u64, DbError> {
    let tokens = mail_tokens::EXPIRING.delete(tx, now, limit).await?;
    let sign_ups = sign_ups::EXPIRING.delete(tx, now, limit).await?;
    let forms = answered_forms::EXPIRING.delete(tx, now, limit).await?;
    Ok(tokens + sign_ups + forms)
}
