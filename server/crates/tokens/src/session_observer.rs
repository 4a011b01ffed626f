//! The port that reports sessions that end.

use async_trait::async_trait;
use db::{DbError, Transaction};
use names::{MemberId, SessionId};

/// The port to observers of sessions that end, in the layers above. Whatever ends a session revokes its tokens here, so no caller
/// can forget to notify them.
#[async_trait]
pub trait SessionObserver: Send + Sync {
    /// Called in the transaction that ends a session.
    ///
    /// # Errors
    /// When the database refuses; then the session does not end.
    async fn session_ended(&self, tx: &mut Transaction, session: SessionId) -> Result<(), DbError>;

    /// Called in the transaction that ends all that a member has, but for the session `kept`.
    ///
    /// # Errors
    /// When the database refuses; then nothing ends.
    async fn sessions_of_member_ended(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        kept: Option<SessionId>,
    ) -> Result<(), DbError>;
}
