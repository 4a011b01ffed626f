//! What is deleted when a member is erased.

use db::{DbError, Transaction};
use names::MemberId;

use crate::address::MailAddress;
use crate::outgoing::MAIL;
use crate::{mailbox, seen};

/// Deletes where `member` was seen, and all mails to `addresses`, which were theirs alone.
///
/// # Errors
/// When the database refuses.
pub async fn erase(tx: &mut Transaction, member: MemberId, addresses: &[MailAddress]) -> Result<(), DbError> {
    seen::delete_of_member(tx, member).await?;
    for address in addresses {
        jobs::delete_of_owner(tx, &MAIL, address.as_str()).await?;
        mailbox::delete_to(tx, address).await?;
    }
    Ok(())
}
