//! What a member could show alongside their password, or instead of it.

use db::{Database, DbError};
use names::{Acr, MemberId};

use crate::identities::method_count::MethodCount;
use crate::totp::store::seeds;

/// What members could prove. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Factors {
    pub(crate) db: Database,
    pub(crate) counts: MethodCount,
}

impl Factors {
    /// The highest class that a member has the means to prove: by a passkey that can be used here, or by a code.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn attainable(&self, member: MemberId) -> Result<Acr, DbError> {
        let mut reader = self.db.read().await?;
        if self.counts.has_passkeys(&mut reader, member).await? {
            return Ok(Acr::PhishingResistant);
        }
        Ok(if seeds::exists(&mut reader, member).await? { Acr::Two } else { Acr::One })
    }

    /// The highest class that anybody can prove here.
    pub fn best(&self) -> Acr {
        if self.counts.rp_id.is_some() { Acr::PhishingResistant } else { Acr::Two }
    }
}
