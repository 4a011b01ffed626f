//! The erasure of a member, as far as this part is concerned.

use db::{DbError, Transaction};
use names::MemberId;

use crate::store::people;

/// Says, within the transaction that erases a member, that they are leaving: from its commit on nothing of them is shown. What
/// is left goes in pieces afterwards.
///
/// # Errors
/// When the database refuses.
pub async fn erase(tx: &mut Transaction, member: MemberId) -> Result<(), DbError> {
    people::leave(tx, member).await
}
