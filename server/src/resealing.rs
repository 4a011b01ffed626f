//! Sealing all that is stored with the newest master key, part by part: at the command line, or because an administrator ordered it.

use admin::Resealer;
use async_trait::async_trait;
use audit::{AuditEvent, AuditLog};
use db::{DbError, Reseal, Resealed, Transaction};
use kernel::MasterKeyId;
use names::{AuditKind, Operation};
use tokens::Tokens;

use crate::base::Base;
use crate::parts::list::PARTS;
use crate::parts::reseal::{ResealError, Resealing};

/// How many rows one transaction re-seals: few enough that no request waits noticeably.
const BATCH: u32 = 200;

/// Goes over every part of the program.
pub struct EveryPartSealed {
    /// The database and the key ring.
    pub base: Base,
    /// The tokens.
    pub tokens: Tokens,
    /// Where it is written down.
    pub audit: AuditLog,
}

impl EveryPartSealed {
    /// Seals what one part stores.
    ///
    /// # Errors
    /// When the database refuses; what was done until then stays done, and it can be begun again.
    pub async fn part(&self, number: usize) -> Result<Resealed, ResealError> {
        let Some(part) = PARTS.get(number) else { return Ok(Resealed::default()) };
        let jobs: Vec<_> = PARTS.iter().flat_map(|part| part.jobs).copied().collect();
        let Base { db, key_ring, context, .. } = &self.base;
        let by_id = Reseal { key_ring, randomness: &*context.randomness, batch: BATCH };
        let mut resealed = part.storage.reseal(db, by_id).await?;
        if let Some(rule) = part.reseal {
            let by_rule = Resealing { base: &self.base, tokens: &self.tokens, jobs: &jobs, batch: BATCH };
            resealed += rule(&by_rule).await?;
        }
        Ok(resealed)
    }
}

#[async_trait]
impl Resealer for EveryPartSealed {
    fn newest(&self) -> MasterKeyId {
        self.base.key_ring.newest()
    }

    fn steps(&self) -> usize {
        PARTS.len()
    }

    async fn step(&self, step: usize) -> Result<Resealed, String> {
        self.part(step).await.map_err(|error| error.to_string())
    }

    async fn note(&self, tx: &mut Transaction, operation: &Operation) -> Result<(), DbError> {
        self.audit.record(tx, &AuditEvent::operated(AuditKind::MasterKeyRotation, operation)).await
    }
}
