//! What is deleted when a member is erased.

use db::{DbError, Transaction};
use names::MemberId;

use crate::outbox;

/// Deletes the events of `key` that a bus has taken. What no bus has taken yet was promised to other services: it stays until it
/// is published, and expires then.
///
/// # Errors
/// When the database refuses.
pub async fn erase(tx: &mut Transaction, key: MemberId) -> Result<(), DbError> {
    outbox::store::erase(tx, &key.to_string()).await
}
