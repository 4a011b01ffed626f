//! The families that a member has at this moment, for the member to look at, and what apps of others have by them.

use db::{Connection, Transaction};
use kernel::Timestamp;
use names::{MemberId, SessionId};

use crate::client_grant::ClientGrant;
use crate::client_id::ClientId;
use crate::error::TokensError;
use crate::family::{Family, FamilyRow};
use crate::redeem::Families;
use crate::store::live_families::Surplus;
use crate::store::{grants, live_families};

/// A token family that has neither ended nor expired.
#[derive(Clone, Debug)]
pub struct LiveFamily {
    /// The family.
    pub family: Family,
    /// When it was used last: its last rotation, or its beginning.
    pub used_at: Timestamp,
}

impl From<FamilyRow> for LiveFamily {
    fn from(FamilyRow { family, rotated_at, .. }: FamilyRow) -> Self {
        Self { family, used_at: rotated_at }
    }
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
        let rows = live_families::of_client(connection, subject, client_id, now, limit).await?;
        Ok(rows.into_iter().map(LiveFamily::from).collect())
    }

    /// The sessions of the families of `subject` by the client `client_id` that are too many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn surplus_families(
        &self,
        connection: &mut Connection,
        subject: MemberId,
        client_id: &ClientId,
        surplus: Surplus,
    ) -> Result<Vec<SessionId>, TokensError> {
        let now = self.clock.now();
        Ok(live_families::surplus_of_client(connection, subject, client_id, now, surplus).await?)
    }

    /// Deletes the families of a session by the client `client_id` that have ended. Their tokens are then unknown, and refused as before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_ended(
        &self,
        tx: &mut Transaction,
        session: SessionId,
        client_id: &ClientId,
    ) -> Result<(), TokensError> {
        Ok(live_families::delete_ended(tx, session, client_id).await?)
    }

    /// Whether `subject` has a family of this session by the client `client_id`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn is_live(
        &self,
        connection: &mut Connection,
        session: SessionId,
        subject: MemberId,
        client_id: &ClientId,
    ) -> Result<bool, TokensError> {
        let now = self.clock.now();
        Ok(live_families::is_of_client(connection, session, subject, client_id, now).await?)
    }

    /// What all clients but our own site and apps have of `subject`: of the `limit` clients that were used last, all.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn grants_of_clients(
        &self,
        connection: &mut Connection,
        subject: MemberId,
        limit: u32,
    ) -> Result<Vec<ClientGrant>, TokensError> {
        Ok(grants::live(connection, subject, self.clock.now(), limit).await?)
    }
}
