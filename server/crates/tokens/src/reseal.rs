//! Sealing again with the newest master key, so that an older one can be removed (S-KEY-7).

use crate::error::TokensError;
use crate::family::REPEAT_WINDOW;
use crate::keys::{self, SigningKeys};
use crate::redeem::{self, Families};
use crate::store::families::{self, SealedSuccessor};
use crate::store::signing_keys;
use crate::tokens::Tokens;
use db::{LentTransaction, Resealed, Transaction};

impl Tokens {
    /// Seals the values of this part's tables with the newest key of the ring, `batch` rows in a transaction, while everything
    /// runs. Afterwards no older key is needed here, but for what could not be opened.
    ///
    /// # Errors
    /// When the database refuses, or a signing key cannot be opened; what was done until then stays done, and it can be
    /// begun again.
    pub async fn reseal(&self, batch: u32) -> Result<Resealed, TokensError> {
        let mut resealed = Resealed::changed(self.keys.reseal().await?);
        resealed += self.families.reseal(batch).await?;
        Ok(resealed)
    }
}

impl Families {
    async fn reseal(&self, batch: u32) -> Result<Resealed, TokensError> {
        let (mut resealed, mut last) = (Resealed::default(), String::new());
        loop {
            let reseal = async |mut tx: LentTransaction| {
                let rows = families::with_successor(&mut tx, &last, batch.max(1)).await?;
                let Some(end) = rows.last() else { return Ok(tx.roll_back(None)) };
                let mut of_page = Resealed::default();
                for row in &rows {
                    of_page += self.reseal_successor(&mut tx, row).await?;
                }
                Ok::<_, TokensError>(tx.commit(Some((end.id.to_string(), of_page))))
            };
            let Some((end, of_page)) = self.db.transact(reseal).await? else { return Ok(resealed) };
            resealed += of_page;
            last = end;
        }
    }

    /// A successor that nobody can get any more is deleted instead. One that cannot be opened is left to the next rotation of its
    /// family, which overwrites it.
    async fn reseal_successor(
        &self,
        tx: &mut Transaction,
        row: &SealedSuccessor,
    ) -> Result<Resealed, TokensError> {
        if self.clock.now().since(row.rotated_at) > REPEAT_WINDOW {
            return Ok(Resealed::changed(families::erase(tx, row).await?));
        }
        let owner = redeem::owner(row.id, &row.current);
        match self.key_ring.reseal(redeem::PURPOSE, &owner, &row.sealed, &*self.randomness) {
            Ok(Some(sealed)) => Ok(Resealed::changed(families::reseal(tx, row, sealed).await?)),
            Ok(None) => Ok(Resealed::default()),
            Err(error) => {
                tracing::error!(
                    family_id = %row.id,
                    error = &error as &dyn std::error::Error,
                    "a sealed successor cannot be opened"
                );
                Ok(Resealed::UNOPENED)
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
