//! The port to what is told of signing keys.

use async_trait::async_trait;
use db::{DbError, Transaction};
use names::Operation;

/// The port to the log of signing keys that change, which is above this part.
#[async_trait]
pub trait KeyObserver: Send + Sync {
    /// Called in the transaction that adds a key beside or in place of others, on the replica that makes it: on schedule, or because
    /// an operator asked for it.
    ///
    /// # Errors
    /// When the database refuses; then there is no new key.
    async fn signing_key_rotated(
        &self,
        tx: &mut Transaction,
        operation: Option<&Operation>,
    ) -> Result<(), DbError>;
}
