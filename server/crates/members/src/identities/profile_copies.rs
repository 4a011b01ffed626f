//! What a profile has from an identity, as long as the member has that identity: an address and a picture.

use db::{DbError, Transaction};

use crate::context::Context;
use crate::email::contact::mailbox_of;
use crate::identities::store::identities::{self, Identity};
use crate::identities::store::provider_picture;
use crate::member_observer::MemberChanges;
use crate::model::member::Member;
use crate::model::store::members;
use crate::password::store::local_accounts;

/// Takes out of the profile what it has from an identity that has gone.
pub(crate) async fn take_away(
    context: &Context,
    changes: &MemberChanges,
    tx: &mut Transaction,
    gone: &Identity,
) -> Result<(), DbError> {
    let Some(member) = members::find(tx, gone.member).await? else { return Ok(()) };
    let left = identities::of_member(tx, gone.member).await?;
    let address_changed = take_address(context, tx, &member, gone, &left).await?;
    let picture_changed = take_picture(context, tx, &member, gone, &left).await?;
    if address_changed || picture_changed {
        changes.tell_after_commit(tx, gone.member);
    }
    Ok(())
}

/// The address goes unless it is the member's by something else. The mailbox that they have takes its place, if they have one.
async fn take_address(
    context: &Context,
    tx: &mut Transaction,
    member: &Member,
    gone: &Identity,
    left: &[Identity],
) -> Result<bool, DbError> {
    let Some(address) = gone.email.as_ref().filter(|address| member.email.as_ref() == Some(address)) else {
        return Ok(false);
    };
    let account = local_accounts::find_by_member(tx, gone.member).await?;
    if account.is_some_and(|account| account.email.as_str() == address)
        || left.iter().any(|identity| identity.email.as_ref() == Some(address))
    {
        return Ok(false);
    }
    let mailbox = mailbox_of(tx, gone.member).await?;
    members::set_email(tx, gone.member, mailbox.as_ref(), context.clock.now()).await?;
    Ok(true)
}

/// The picture is that of the oldest identity, so it goes with that one. The next oldest brings its own at its next sign-in.
async fn take_picture(
    context: &Context,
    tx: &mut Transaction,
    member: &Member,
    gone: &Identity,
    left: &[Identity],
) -> Result<bool, DbError> {
    let is_older = |other: &Identity| (other.created_at, other.id) < (gone.created_at, gone.id);
    if member.picture.is_none() || left.iter().any(is_older) {
        return Ok(false);
    }
    provider_picture::set(tx, gone.member, None, context.clock.now()).await?;
    Ok(true)
}
