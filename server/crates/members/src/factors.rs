//! What a member could show beside their password, or instead of it.

use db::{Connection, Database, DbError};
use names::{Level, MemberId};

use crate::totp::store::seeds;

/// What members could prove. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Factors {
    pub(crate) db: Database,
}

impl Factors {
    /// The highest level that a member has the means to prove.
    ///
    /// # Errors
    /// When the database cannot say.
    pub async fn attainable(&self, member: MemberId) -> Result<Level, DbError> {
        attainable(&mut *self.db.read().await?, member).await
    }
}

/// The same within a transaction.
pub(crate) async fn attainable(connection: &mut Connection, member: MemberId) -> Result<Level, DbError> {
    let has_codes = seeds::exists(connection, member).await?;
    Ok(if has_codes { Level::Two } else { Level::One })
}
