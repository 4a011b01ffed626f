//! Sealing again with the newest master key, so that an older one can be removed (S-KEY-7).

use crate::error::TokensError;
use crate::family::GRACE;
use crate::keys::{self, SigningKeys};
use crate::redeem::{self, Families};
use crate::store::families::{self, SealedSuccessor};
use crate::store::signing_keys;
use crate::tokens::Tokens;
use db::{LentTransaction, Transaction};

impl Tokens {
    /// Seals the values of this part's tables with the newest key of the ring, `batch` rows in a transaction, while everything
    /// runs. Afterwards no older key is needed here. Returns how many rows were changed.
    ///
    /// # Errors
    /// When the database refuses, or a signing key cannot be opened; what was done until then stays done, and it can be
    /// begun again.
    pub async fn reseal(&self, batch: u32) -> Result<u64, TokensError> {
        Ok(self.keys.reseal().await? + self.families.reseal(batch).await?)
    }
}

impl Families {
    async fn reseal(&self, batch: u32) -> Result<u64, TokensError> {
        let (mut changed, mut last) = (0, String::new());
        loop {
            let reseal = async |mut tx: LentTransaction| {
                let rows = families::with_successor(&mut tx, &last, batch.max(1)).await?;
                let Some(end) = rows.last() else { return Ok(tx.roll_back(None)) };
                let mut changed = 0;
                for row in &rows {
                    changed += self.reseal_successor(&mut tx, row).await?;
                }
                Ok::<_, TokensError>(tx.commit(Some((end.id.to_string(), changed))))
            };
            let Some((end, of_page)) = self.db.transact(reseal).await? else { return Ok(changed) };
            changed += of_page;
            last = end;
        }
    }

    /// A successor that nobody can get any more is deleted instead. One that cannot be opened is left to the next rotation of its
    /// family, which overwrites it.
    async fn reseal_successor(
        &self,
        tx: &mut Transaction,
        row: &SealedSuccessor,
    ) -> Result<u64, TokensError> {
        if self.clock.now().since(row.rotated_at) > GRACE {
            return Ok(families::erase(tx, row).await?);
        }
        let owner = redeem::owner(row.id, &row.current);
        match self.key_ring.reseal(redeem::PURPOSE, &owner, &row.sealed, &*self.randomness) {
            Ok(Some(sealed)) => Ok(families::reseal(tx, row, sealed).await?),
            Ok(None) => Ok(0),
            Err(error) => {
                tracing::error!(
                    family_id = %row.id,
                    error = &error as &dyn std::error::Error,
                    "a sealed successor cannot be opened"
                );
                Ok(0)
            }
        }
    }
}

impl SigningKeys {
    async fn reseal(&self) -> Result<u64, TokensError> {
        let reseal = async |mut tx: LentTransaction| {
            let mut changed = 0;
            for row in signing_keys::all(&mut tx).await? {
                let owner = signing_keys::owner(&row.kid, row.kind, row.times);
                let sealed = self.key_ring.reseal(keys::PURPOSE, &owner, &row.sealed, &*self.randomness)?;
                if let Some(sealed) = sealed {
                    changed += signing_keys::reseal(&mut tx, &row, sealed).await?;
                }
            }
            Ok::<_, TokensError>(tx.commit(changed))
        };
        self.db.transact(reseal).await
    }
}
