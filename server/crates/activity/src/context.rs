//! What nearly every flow works with.

use std::sync::Arc;

use audit::AuditLog;
use db::Database;
use jobs::JobQueue;
use kernel::{Clock, Randomness, Timestamp};

use crate::settings::Settings;

/// Where things are stored, what time it is, chance, the queue, the audit log, and how feeds are kept. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// Where posts and follows are stored.
    pub db: Database,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub randomness: Arc<dyn Randomness>,
    /// Where work is left that is too long for one transaction.
    pub queue: JobQueue,
    /// Where it is written down what operators do.
    pub audit: AuditLog,
    /// How feeds are kept.
    pub settings: Settings,
}

impl Context {
    /// The current moment.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
