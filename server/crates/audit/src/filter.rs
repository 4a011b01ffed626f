//! Which rows operators look for.

use kernel::Timestamp;
use kernel::id::Uuid;

use names::{Actor, AuditKind};

/// Which rows are wanted.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// About this member alone.
    pub member: Option<Uuid>,
    /// Of this kind alone.
    pub kind: Option<AuditKind>,
    /// By this actor alone.
    pub actor: Option<Actor>,
    /// Not from before.
    pub since: Option<Timestamp>,
}
