//! A mailbox that is a member's no more. For a while it is told what must not be done to their account unnoticed.

use db::{Connection, DbError, Transaction};
use kernel::{NewId as _, Timestamp};
use names::MemberId;

use crate::context::Context;
use crate::email::store::former_mailboxes::{self, Former, FormerMailboxId};
use crate::identities::store::identities::Identity;
use crate::password::store::local_accounts;

/// Keeps one in the transaction in which it goes.
pub(crate) async fn keep(context: &Context, tx: &mut Transaction, former: Former<'_>) -> Result<(), DbError> {
    let id = FormerMailboxId::new(&*context.clock, &*context.randomness);
    former_mailboxes::keep(tx, id, former, context.clock.now()).await
}

/// The same for that of an identity that goes, or that vouches for another one from now on.
pub(crate) async fn keep_vouched(
    context: &Context,
    tx: &mut Transaction,
    known: &Identity,
) -> Result<(), DbError> {
    let Some(address) = known.vouched() else { return Ok(()) };
    let is_settled = is_settled(known, context.clock.now());
    keep(context, tx, Former { member: known.member, address: &address, is_settled }).await
}

/// Whether the mailbox of an identity is nothing that somebody has only just brought: the account at a provider is enough to have it vouch for
/// another address.
pub(crate) fn is_settled(known: &Identity, now: Timestamp) -> bool {
    known.vouched().is_some() && known.vouched_since.is_none_or(|since| is_long_ago(since, now))
}

/// Whether the member has had the mailbox for long that they proved: it is nothing that somebody prepared for the owner of the next one.
pub(crate) async fn is_proven_for_long(
    connection: &mut Connection,
    member: MemberId,
    now: Timestamp,
) -> Result<bool, DbError> {
    let since = local_accounts::proven_since(connection, member).await?;
    Ok(since.is_some_and(|since| is_long_ago(since, now)))
}

fn is_long_ago(since: Timestamp, now: Timestamp) -> bool {
    now.since(since) >= former_mailboxes::RETENTION
}
