//! Deleting signing keys that nobody needs any more.

use db::{DbError, Transaction};

use crate::key_schedule::KeyState;
use crate::store::signing_keys;
use crate::tokens::Tokens;

impl Tokens {
    /// Deletes the signing keys whose tokens have all expired; answers how many went.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_gone_keys(&self, tx: &mut Transaction) -> Result<u64, DbError> {
        let now = self.clock.now();
        let rows = signing_keys::all(tx).await?;
        let times: Vec<_> = rows.iter().map(|row| row.times).collect();
        let mut deleted = 0;
        for row in rows {
            if self.schedule.state(&times, row.times, now) == KeyState::Gone {
                deleted += signing_keys::delete(tx, &row.kid).await?;
            }
        }
        Ok(deleted)
    }
}
