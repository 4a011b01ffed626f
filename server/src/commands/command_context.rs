//! What a command needs beside a serving program: the database, the key ring, the tokens, the audit log.

use std::sync::Arc;

use audit::AuditLog;
use db::{Database, OpenError};
use kernel::{KeyRing, OsRandomness, SystemClock};
use names::{Actor, Source};
use tokens::Tokens;
use web::RequestId;

use crate::config::Config;
use crate::key_audit::KeyAudit;
use crate::master_key::{self, MasterKeyError};

/// What a command works with. Close its database when the work is done.
pub(super) struct CommandContext {
    pub(super) db: Database,
    pub(super) key_ring: Arc<KeyRing>,
    pub(super) tokens: Tokens,
    pub(super) audit: AuditLog,
    /// The operator at the command line; what one command does has one id.
    pub(super) source: Source,
}

/// Why it cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommandContextError {
    #[error(transparent)]
    Database(#[from] OpenError),
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    #[error(transparent)]
    Settings(#[from] tokens::SettingsError),
}

impl CommandContext {
    /// Opens what the configuration names.
    pub(super) async fn open(config: &Config) -> Result<Self, CommandContextError> {
        let key_ring = Arc::new(master_key::ring(&config.master_keys, &config.data_dir, &OsRandomness)?);
        let db = Database::open(&config.database_url).await?;
        let settings = config.tokens.settings(config.session.idle.get());
        let environment = || (Arc::new(SystemClock) as Arc<_>, Arc::new(OsRandomness) as Arc<_>);
        let tokens = Tokens::new(settings, db.clone(), Arc::clone(&key_ring), environment())?;
        let (clock, randomness) = environment();
        let audit = AuditLog::new(db.clone(), clock, randomness, config.audit.retention());
        let run = RequestId::new(&SystemClock, &OsRandomness);
        let source = Source::request(run.as_str(), String::new(), "").by(Actor::Operator);
        tokens.observe_keys(Arc::new(KeyAudit::new(audit.clone(), source.clone())));
        Ok(Self { db, key_ring, tokens, audit, source })
    }
}
