//! Whom limits refused, on every replica.

use db::replicas::ReplicaId;
use db::{Connection, DbError};
use limits::{LimitContext, RefusedBy, refused_by_all};

/// Whom the replicas refused.
pub struct Refused {
    /// What this one counts with.
    pub limits: LimitContext,
    /// The name of this one.
    pub replica: ReplicaId,
}

impl Refused {
    /// Within the hour, the last one first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn by_all(&self, connection: &mut Connection) -> Result<Vec<RefusedBy>, DbError> {
        refused_by_all(connection, &self.replica, &self.limits).await
    }
}
