//! What is deleted when a member is erased.

use db::{DbError, Transaction};
use names::EmailAddress;

use crate::mailbox;
use crate::outgoing::MAIL;

/// Deletes all mails to `addresses`, which were theirs alone.
///
/// # Errors
/// When the database refuses.
pub async fn erase(tx: &mut Transaction, addresses: &[EmailAddress]) -> Result<(), DbError> {
    for address in addresses {
        jobs::delete_of_owner(tx, &MAIL, address.as_str()).await?;
        mailbox::delete_to(tx, address).await?;
    }
    Ok(())
}
