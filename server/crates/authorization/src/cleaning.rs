//! Deleting what has expired, in small batches.

use db::{DbError, Transaction};
use kernel::Timestamp;

use crate::store::{codes, requests};

/// Deletes at most `limit` expired rows of each table of this part; answers how many went.
///
/// # Errors
/// When the database refuses.
pub async fn delete_expired(tx: &mut Transaction, now: Timestamp, limit: u32) -> Result<u64, DbError> {
    let requests = requests::EXPIRING.delete(tx, now, limit).await?;
    Ok(requests + codes::EXPIRING.delete(tx, now, limit).await?)
}
