//! The audit log in the file that a member takes along: all of it, read while the file is sent, since there may be very much.

use audit::AuditLog;
use db::DbError;
use futures::stream::{self, StreamExt as _};
use names::MemberId;
use web::streamed::{Pieces, list};

/// Their rows, the newest first.
pub(crate) fn log_of(audit: AuditLog, member: MemberId) -> Pieces<DbError> {
    let batches = stream::try_unfold(None, move |after| {
        let audit = audit.clone();
        async move {
            let batch = audit.exported(member.uuid(), after).await?;
            Ok(batch.last.map(|last| (batch.rows, Some(last))))
        }
    });
    list(batches.boxed())
}
