//! Signing keys that replace others, in the audit log.

use async_trait::async_trait;
use audit::{AuditEvent, AuditLog};
use db::{DbError, Transaction};
use names::{AuditKind, Source};
use tokens::KeyObserver;

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
    async fn signing_key_rotated(&self, tx: &mut Transaction) -> Result<(), DbError> {
        self.audit.record(tx, &AuditEvent::new(AuditKind::SigningKeyRotation, &self.source)).await
    }
}
