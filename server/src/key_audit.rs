//! Signing keys that replace others, in the audit log.

use async_trait::async_trait;
use audit::{AuditEvent, AuditLog};
use db::{DbError, Transaction};
use names::{AuditKind, Operation, Source};
use tokens::{KeyObserver, KeyRotation};

/// Writes down that a signing key was made, and for whom: the schedule, or an operator.
#[derive(Debug)]
pub struct KeyAudit {
    audit: AuditLog,
    source: Source,
}

impl KeyAudit {
    /// Keys are made for `source`.
    pub const fn new(audit: AuditLog, source: Source) -> Self {
        Self { audit, source }
    }
}

#[async_trait]
impl KeyObserver for KeyAudit {
    async fn signing_key_rotated(
        &self,
        tx: &mut Transaction,
        operation: Option<&Operation>,
        rotation: KeyRotation,
    ) -> Result<(), DbError> {
        let kind = AuditKind::SigningKeyRotation;
        let on_schedule = || AuditEvent::new(kind, &self.source);
        let event = operation.map_or_else(on_schedule, |operation| AuditEvent::operated(kind, operation));
        let event = match rotation {
            KeyRotation::Next => event,
            KeyRotation::Compromised => event.on("compromised"),
        };
        self.audit.record(tx, &event).await
    }
}
