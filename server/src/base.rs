//! What every service is made from.

use std::sync::Arc;

use audit::AuditLog;
use authorization::SessionEnds;
use db::Database;
use jobs::JobQueue;
use kernel::{Context, KeyRing};
use names::Source;
use tokens::Tokens;

use crate::config::Config;
use crate::key_audit::KeyAudit;

/// What every service is made from. Cheap to clone.
#[derive(Clone)]
pub struct Base {
    /// The database.
    pub db: Database,
    /// The key ring.
    pub key_ring: Arc<KeyRing>,
    /// Time and chance.
    pub context: Context,
}

impl Base {
    /// The tokens; keys that replace others are written down in `audit`, made for `source`, and apps are told of sessions that end.
    ///
    /// # Errors
    /// When a setting cannot be worked with.
    pub fn tokens(
        &self,
        config: &Config,
        audit: &AuditLog,
        source: Source,
    ) -> Result<Tokens, tokens::SettingsError> {
        let settings = config.tokens.settings(config.session.idle.get());
        let Self { db, key_ring, context } = self.clone();
        let tokens = Tokens::new(settings, db, key_ring, context)?;
        tokens.revoker.observe(Arc::new(SessionEnds::new(self.queue())));
        tokens.keys.observe(Arc::new(KeyAudit::new(audit.clone(), source)));
        Ok(tokens)
    }

    /// The queue of work that is done later.
    pub fn queue(&self) -> JobQueue {
        let Self { key_ring, context, .. } = self.clone();
        JobQueue::new(key_ring, context.clock, context.randomness)
    }

    /// The audit log.
    pub fn audit(&self, config: &Config) -> AuditLog {
        let Self { db, context, .. } = self.clone();
        AuditLog::new(db, context.clock, context.randomness, config.audit.retention())
    }
}
