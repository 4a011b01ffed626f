//! Erasure of a member.

use db::{DbError, Transaction};
use names::EmailAddress;

use crate::mailbox;
use crate::outgoing::MAIL;

/// Deletes all mails to `addresses`, which no other member has.
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
