//! An account that was to be deleted, and is kept.

use audit::{AuditEvent, AuditKind};
use db::Transaction;
use names::MemberId;

use crate::context::Context;
use crate::error::AccountError;
use crate::lifecycle::store::deletions;
use crate::request_context::RequestContext;

/// Keeps a member whose account was to be deleted.
pub(crate) async fn keep(
    context: &Context,
    tx: &mut Transaction,
    member: MemberId,
    request: &RequestContext,
) -> Result<(), AccountError> {
    if !deletions::revive(tx, member, context.clock.now()).await? {
        return Err(AccountError::ChangedMeanwhile);
    }
    Ok(context
        .audit
        .record(tx, &AuditEvent::new(AuditKind::DeletionCancelled, &request.source).about(member.uuid()))
        .await?)
}
