//! The address that is in a member's profile. It may be what a provider said of them, as long as they have that identity.

use db::{DbError, Transaction};

use crate::context::Context;
use crate::email::contact::mailbox_of;
use crate::identities::store::identities::{self, Identity};
use crate::member_observer::MemberChanges;
use crate::model::store::members;
use crate::password::store::local_accounts;

/// Takes the address of an identity that has gone out of the profile, unless it is the member's by something else. The mailbox that they have
/// takes its place, if they have one.
pub(crate) async fn take_away(
    context: &Context,
    changes: &MemberChanges,
    tx: &mut Transaction,
    gone: &Identity,
) -> Result<(), DbError> {
    let (member, Some(address)) = (gone.member, &gone.email) else { return Ok(()) };
    let shown = members::find(tx, member).await?.and_then(|member| member.email);
    if shown.as_ref() != Some(address) {
        return Ok(());
    }
    let account = local_accounts::find_by_member(tx, member).await?;
    let linked = identities::of_member(tx, member).await?;
    if account.is_some_and(|account| account.email.as_str() == address)
        || linked.iter().any(|identity| identity.email.as_ref() == Some(address))
    {
        return Ok(());
    }
    let left = mailbox_of(tx, member).await?;
    members::set_email(tx, member, left.as_ref(), context.clock.now()).await?;
    changes.tell_after_commit(tx, member);
    Ok(())
}
