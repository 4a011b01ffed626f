//! What the limiters of a program share.

use std::sync::Arc;

use kernel::{Clock, KeyRing};

use crate::key::LimitKeys;
use crate::refused_lately::RefusedLately;

/// What the limiters of a program share: how keys are hashed, the clock, and who was refused. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LimitContext {
    pub(crate) keys: LimitKeys,
    pub(crate) clock: Arc<dyn Clock>,
    /// Whom they refused, for operators.
    pub refused: Arc<RefusedLately>,
}

impl LimitContext {
    /// Nobody was refused yet. A program has one, so that all its refusals are in one list.
    pub fn new(key_ring: &KeyRing, clock: Arc<dyn Clock>) -> Self {
        Self::of(LimitKeys::new(key_ring), clock)
    }

    pub(crate) fn of(keys: LimitKeys, clock: Arc<dyn Clock>) -> Self {
        Self { keys, clock, refused: Arc::default() }
    }
}
