//! What nearly every flow works with.

use std::sync::Arc;

use audit::AuditLog;
use db::Database;
use kernel::{Clock, Randomness};

/// Where things are stored, what time it is, chance, and where what happens is written down. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    /// Where accounts are stored.
    pub db: Database,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids, tokens and codes come from.
    pub randomness: Arc<dyn Randomness>,
    /// Where what happens is written down.
    pub audit: AuditLog,
}
