//! Requests that are refused to somebody, in the audit log: access that is denied, and limits that are exceeded (S-LOG-1).
//!
//! Whatever refuses, in the gateway or in our own routes, says so in the answer's [`RefusalMark`], so one look at the answer
//! finds it. What services behind the gateway refuse is theirs to write down.

use audit::{AuditEvent, AuditLog};
use axum::response::Response;
use http::StatusCode;
use names::{AuditKind, Source};
use web::{ClientAddress, RefusalMark, RequestId};

/// Where they are written.
#[derive(Clone, Debug)]
pub struct RefusedRequests(AuditLog);

impl RefusedRequests {
    /// Writes into this log.
    pub const fn new(audit: AuditLog) -> Self {
        Self(audit)
    }

    /// Counts a request that was refused, once. Repetitions share a row, which is written later: nobody waits for it.
    pub fn note(&self, id: &RequestId, client: ClientAddress, response: &mut Response) {
        let Some(mark) = response.extensions_mut().remove::<RefusalMark>() else { return };
        let kind = match mark.status {
            StatusCode::FORBIDDEN => AuditKind::AccessDenied,
            StatusCode::TOO_MANY_REQUESTS => AuditKind::LimitExceeded,
            _ => return,
        };
        let source = Source::request(id.as_str(), client.network(), "");
        self.0.count_refusal(&AuditEvent::new(kind, &source).failed(mark.code));
    }
}
