//! What nearly every flow works with.

use std::sync::Arc;

use audit::{AuditEvent, AuditKind, AuditLog};
use db::{Database, DbError, Transaction};
use kernel::{Clock, Randomness};
use names::MemberId;
use web::RequestContext;

/// The database, the clock, randomness and the audit log. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    /// Where accounts are stored.
    pub db: Database,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids, tokens and codes come from.
    pub randomness: Arc<dyn Randomness>,
    /// Where security events are recorded.
    pub audit: AuditLog,
}

impl Context {
    /// Records what a member did, in the transaction of the change.
    pub(crate) async fn record(
        &self,
        tx: &mut Transaction,
        what: AuditKind,
        member: MemberId,
        request: &RequestContext,
    ) -> Result<(), DbError> {
        self.audit.record(tx, &AuditEvent::new(what, &request.source).about(member.uuid())).await
    }
}
