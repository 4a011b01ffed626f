//! Deletes signing keys that are no longer needed.

use db::{DbError, Transaction};

use crate::id_token_hint::KEY_RETENTION;
use crate::key_schedule::{KeySchedule, KeyState, KeyTimes};
use crate::keys::SigningKeys;
use crate::store::retired_keys::{self, RetiredKey};
use crate::store::signing_keys::{self, SigningKeyRow};

impl SigningKeys {
    /// Deletes the signing keys whose tokens have all expired; returns how many. Their public halves stay for a while, for ID
    /// tokens that come back as hints.
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
                self.retire(tx, &row, &times).await?;
                deleted += signing_keys::delete(tx, &row.kid).await?;
            }
        }
        Ok(deleted)
    }

    /// Keeps the public half of a key that is about to go. A key that cannot be unsealed is no reason to keep its private half.
    async fn retire(
        &self,
        tx: &mut Transaction,
        row: &SigningKeyRow,
        all: &[KeyTimes],
    ) -> Result<(), DbError> {
        let Some(stopped) = KeySchedule::stops(all, row.times) else { return Ok(()) };
        match self.open(row, &self.set()) {
            Ok(held) => {
                let key = RetiredKey { kind: row.kind, public: held.key.public_key().to_vec() };
                retired_keys::insert(tx, &row.kid, key, stopped.plus(KEY_RETENTION)).await
            }
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::error!(error, kid = row.kid, "a signing key that is gone cannot be opened");
                Ok(())
            }
        }
    }
}
