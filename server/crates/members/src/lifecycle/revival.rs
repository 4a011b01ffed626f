//! An account that was to be deleted, and is kept.

use audit::{AuditEvent, AuditKind};
use db::{DbError, Transaction};
use names::MemberId;
use web::RequestContext;

use crate::context::Context;
use crate::lifecycle::store::deletions;

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
