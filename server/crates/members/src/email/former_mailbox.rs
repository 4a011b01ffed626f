//! A mailbox that is a member's no more. For a while it is told what must not be done to their account unnoticed.

use db::{DbError, Transaction};
use kernel::NewId as _;
use names::{EmailAddress, MemberId};

use crate::context::Context;
use crate::email::store::former_mailboxes::{self, FormerMailboxId};

/// Keeps it, in the transaction in which the member gets another one.
pub(crate) async fn keep(
    context: &Context,
    tx: &mut Transaction,
    member: MemberId,
    address: &EmailAddress,
) -> Result<(), DbError> {
    let id = FormerMailboxId::new(&*context.clock, &*context.randomness);
    former_mailboxes::keep(tx, id, member, address, context.clock.now()).await
}
