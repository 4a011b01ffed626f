//! Passkeys of a domain that is no longer ours: the members whom a configuration change would lock out.

use db::{Database, DbError};

use crate::passkeys::store::passkeys;

/// How many members could not sign in any more if passkeys were made for `rp_id` from now on, since all that they have is
/// passkeys of another domain.
///
/// # Errors
/// When the database refuses.
pub async fn stranded_by(db: &Database, rp_id: &str) -> Result<u64, DbError> {
    let mut reader = db.read().await?;
    passkeys::count_stranded(&mut reader, rp_id).await
}
