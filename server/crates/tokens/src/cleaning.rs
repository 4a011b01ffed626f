//! Deleting what has expired, in small batches.

use db::Transaction;

use crate::error::TokensError;
use crate::key_schedule::KeyState;
use crate::store::{families, revocations, signing_keys};
use crate::tokens::Tokens;

/// How many rows went, by table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// Of `refresh_families`.
    pub families: u64,
    /// Of `revocations`.
    pub revocations: u64,
    /// Of `signing_keys`.
    pub signing_keys: u64,
}

impl Deleted {
    /// All together; zero when nothing is left to do.
    pub const fn total(self) -> u64 {
        self.families + self.revocations + self.signing_keys
    }
}

impl Tokens {
    /// Deletes at most `limit` expired rows of each table.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_expired(&self, tx: &mut Transaction, limit: u32) -> Result<Deleted, TokensError> {
        let now = self.clock.now();
        let families = families::EXPIRING.delete(tx, now, limit).await?;
        let revocations = revocations::EXPIRING.delete(tx, now, limit).await?;
        let rows = signing_keys::all(tx).await?;
        let times: Vec<_> = rows.iter().map(|row| row.times).collect();
        let mut keys = 0;
        for row in rows {
            if self.schedule.state(&times, row.times, now) == KeyState::Gone {
                keys += signing_keys::delete(tx, &row.kid).await?;
            }
        }
        Ok(Deleted { families, revocations, signing_keys: keys })
    }
}
