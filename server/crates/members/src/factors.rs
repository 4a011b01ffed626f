//! What a member could show beside their password, or instead of it.

use db::{Database, DbError};
use names::{Level, MemberId};

use crate::identities::method_count::MethodCount;
use crate::totp::store::seeds;

/// What members could prove. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Factors {
    pub(crate) db: Database,
    pub(crate) counts: MethodCount,
}

impl Factors {
    /// The highest level that a member has the means to prove: by a code, or by a passkey that can be used here.
    ///
    /// # Errors
    /// When the database cannot say.
    pub async fn attainable(&self, member: MemberId) -> Result<Level, DbError> {
        let mut reader = self.db.read().await?;
        let is_strong = seeds::exists(&mut reader, member).await?
            || self.counts.has_passkeys(&mut reader, member).await?;
        Ok(if is_strong { Level::Two } else { Level::One })
    }
}
