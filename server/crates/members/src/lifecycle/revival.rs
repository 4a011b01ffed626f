//! An account that was to be deleted, and is kept.

use audit::{AuditEvent, AuditKind};
use db::{DbError, Transaction};
use names::MemberId;
use web::RequestContext;

use crate::context::Context;
use crate::lifecycle::store::deletions;
use crate::model::member::Member;
use crate::model::store::members;

/// Holds the row of a member who signs in until the commit, and reads it. Signing in keeps an account that was to be deleted. `None`
/// when they may not sign in.
pub(crate) async fn hold(
    context: &Context,
    tx: &mut Transaction,
    member: MemberId,
    request: &RequestContext,
) -> Result<Option<Member>, DbError> {
    let held = members::holding(tx.dialect(), member).fetch_all(&mut **tx).await?;
    match members::read_held(&held)? {
        Some(member) => Ok(Some(member)),
        None => find_kept(context, tx, member, request).await,
    }
}

/// A member whose account was to be deleted, and is kept; `None` for any other.
pub(crate) async fn find_kept(
    context: &Context,
    tx: &mut Transaction,
    member: MemberId,
    request: &RequestContext,
) -> Result<Option<Member>, DbError> {
    if keep(context, tx, member, request).await? { members::find(tx, member).await } else { Ok(None) }
}

/// Cancels the deletion of a member's account; `false` if none was scheduled.
pub(crate) async fn keep(
    context: &Context,
    tx: &mut Transaction,
    member: MemberId,
    request: &RequestContext,
) -> Result<bool, DbError> {
    if !deletions::revive(tx, member, context.clock.now()).await? {
        return Ok(false);
    }
    let kept = AuditEvent::new(AuditKind::DeletionCancelled, &request.source).about(member.uuid());
    context.audit.record(tx, &kept).await?;
    Ok(true)
}
