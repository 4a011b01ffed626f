//! What is deleted when a member is erased.

use db::{DbError, Transaction};
use names::MemberId;

use crate::{in_process, outbox};

/// Deletes the events of `key` that a bus has taken, and what the in-process bus still holds of them. What no bus has taken yet
/// was promised to other services: it stays until it is published, and goes with its time then.
///
/// # Errors
/// When the database refuses.
pub async fn erase(tx: &mut Transaction, key: MemberId) -> Result<(), DbError> {
    let key = key.to_string();
    outbox::store::erase(tx, &key).await?;
    in_process::store::erase(tx, &key).await
}
