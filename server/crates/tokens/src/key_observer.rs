//! The port to what is told of signing keys.

use async_trait::async_trait;
use db::{DbError, Transaction};
use names::Operation;

/// What becomes of the keys that were there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRotation {
    /// They retire in their time.
    Next,
    /// They are gone at once: others may know one of them.
    Compromised,
}

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
        rotation: KeyRotation,
    ) -> Result<(), DbError>;
}
