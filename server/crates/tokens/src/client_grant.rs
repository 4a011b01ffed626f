//! What an app of others has of a member.

use kernel::Timestamp;

use crate::client_id::ClientId;
use crate::scope::Scope;

/// What an app of others has by those of its families that have one scope.
#[derive(Clone, Debug)]
pub struct ClientGrant {
    /// The app.
    pub client_id: ClientId,
    /// What it may do.
    pub scope: Scope,
    /// When its first family began.
    pub started_at: Timestamp,
    /// When one of them was used last.
    pub used_at: Timestamp,
}
