//! What a command needs that runs beside the server: the database, the key ring, the tokens, the audit log.

use std::sync::Arc;

use audit::AuditLog;
use db::{Database, OpenError};
use kernel::{Context, OsRandomness, SystemClock};
use names::{Actor, OperatedBy, Operation, OperatorReason, Source};
use tokens::Tokens;
use web::RequestId;

use crate::base::Base;
use crate::config::Config;
use crate::master_key::{self, MasterKeyError};

/// What `--reason` is, where a command goes without one.
pub(super) const REASON: &str = "Why, for the audit log";
/// The reason of an operator who gave none.
pub(super) const NO_REASON: &str = "(none given)";

/// The services of a command. Close its database when the work is done.
pub(super) struct CommandContext {
    pub(super) base: Base,
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
    /// What flows of members work with.
    pub(super) fn of_members(&self) -> members::Context {
        let Context { clock, randomness } = self.base.context.clone();
        members::Context { db: self.base.db.clone(), clock, randomness, audit: self.audit.clone() }
    }

    /// What the operator at the command line does, for this reason.
    pub(super) fn operation(&self, reason: OperatorReason) -> Operation {
        Operation { source: self.source.clone(), by: OperatedBy::CommandLine, reason }
    }

    /// Opens what the configuration names.
    pub(super) async fn open(config: &Config) -> Result<Self, CommandContextError> {
        let key_ring = Arc::new(master_key::ring(&config.master_keys, &config.data_dir, &OsRandomness)?);
        let db = Database::open(&config.database).await?;
        let base = Base::new(db, key_ring, Context::system());
        let audit = base.audit(config);
        let run = RequestId::new(&SystemClock, &OsRandomness);
        let source = Source::request(run.as_str(), String::new(), "").by(Actor::Operator);
        let tokens = base.tokens(config, &audit, source.clone())?;
        Ok(Self { base, tokens, audit, source })
    }
}
