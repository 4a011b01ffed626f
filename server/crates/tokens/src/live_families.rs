//! The families that a member has at this moment, for the member to look at.

use db::Connection;
use kernel::Timestamp;
use names::MemberId;

use crate::client_id::ClientId;
use crate::error::TokensError;
use crate::family::Family;
use crate::redeem::Families;
use crate::store::families;

/// A family that lives.
#[derive(Clone, Debug)]
pub struct LiveFamily {
    /// The family.
    pub family: Family,
    /// When it was used last: its last rotation, or its beginning.
    pub used_at: Timestamp,
}

impl Families {
    /// The families of `subject` by the client `client_id`, the one used last first, at most `limit`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn live_families(
        &self,
        connection: &mut Connection,
        subject: MemberId,
        client_id: &ClientId,
        limit: u32,
    ) -> Result<Vec<LiveFamily>, TokensError> {
        let now = self.clock.now();
        let rows = families::live_of_client(connection, subject, client_id, now, limit).await?;
        Ok(rows.into_iter().map(|row| LiveFamily { family: row.family, used_at: row.rotated_at }).collect())
    }
}
