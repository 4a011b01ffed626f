//! What every service is made from.

use std::sync::Arc;

use audit::AuditLog;
use authorization::SessionEnds;
use db::Database;
use db::replicas::ReplicaId;
use jobs::JobQueue;
use kernel::{Context, KeyRing};
use limits::LimitContext;
use names::Source;
use tokens::Tokens;

use crate::config::Config;
use crate::key_audit::KeyAudit;

/// Where Linux has the name of the machine.
const HOST: &str = "/proc/sys/kernel/hostname";

/// What every service is made from. Cheap to clone.
#[derive(Clone)]
pub struct Base {
    /// The database.
    pub db: Database,
    /// The key ring.
    pub key_ring: Arc<KeyRing>,
    /// What limits are counted with, and whom they refused.
    pub limits: LimitContext,
    /// The name of this program among those on the database.
    pub replica: ReplicaId,
    /// The clock, and where random values come from.
    pub context: Context,
}

impl Base {
    /// A program with a name of its own that has refused nobody yet.
    pub fn new(db: Database, key_ring: Arc<KeyRing>, context: Context) -> Self {
        let limits = LimitContext::new(&key_ring, Arc::clone(&context.clock));
        let replica =
            ReplicaId::new(&std::fs::read_to_string(HOST).unwrap_or_default(), &*context.randomness);
        Self { db, key_ring, limits, replica, context }
    }

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
        let Self { db, key_ring, context, .. } = self.clone();
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

    /// The audit log, with the retention that is configured.
    pub fn audit(&self, config: &Config) -> AuditLog {
        let Self { db, context, .. } = self.clone();
        AuditLog::new(db, context.clock, context.randomness, config.audit.retention())
    }
}
