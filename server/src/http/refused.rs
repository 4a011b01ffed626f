//! Requests that are refused to somebody, in the audit log: access that is denied, and limits that are exceeded (S-LOG-1).
//!
//! Whatever refuses, in the gateway or in our own routes, says so in the answer's [`RefusalMark`], so one look at the answer
//! finds it. What services behind the gateway refuse is theirs to write down.

use audit::{AuditEvent, AuditLog};
use axum::response::Response;
use http::StatusCode;
use names::{Actor, AuditKind, MemberId, Source};
use web::{ClientAddress, Identified, RefusalMark, RequestId};

/// Where they are written.
#[derive(Clone, Debug)]
pub struct RefusedRequests(AuditLog);

impl RefusedRequests {
    /// Writes into this log.
    pub const fn new(audit: AuditLog) -> Self {
        Self(audit)
    }

    /// Counts a request that was refused, once, with whose it was if that is known. Repetitions share a row, which is written later: nobody waits for it.
    pub fn note(&self, id: &RequestId, client: ClientAddress, response: &mut Response) {
        let Some(mark) = response.extensions_mut().remove::<RefusalMark>() else { return };
        let kind = match mark.status {
            StatusCode::FORBIDDEN => AuditKind::AccessDenied,
            StatusCode::TOO_MANY_REQUESTS => AuditKind::LimitExceeded,
            _ => return,
        };
        let Identified { member, client: program } = mark.sender.unwrap_or_default();
        let actor = if program.is_empty() { Actor::Member } else { Actor::Client };
        let source = Source::request(id.as_str(), client.network(), "").by(actor);
        let refused = AuditEvent::new(kind, &source).failed(mark.code);
        self.0.count_refusal(&refused.about_known(member.map(MemberId::uuid)).with_client(&program));
    }
}
