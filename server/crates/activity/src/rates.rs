//! How often a member may do what others see.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use db::Database;
use kernel::{Clock, KeyRing};
use limits::{ExactLimiter, LimitKeys, Quota};
use names::MemberId;

use crate::reason::Limited;

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Counted {
    Post,
    Follow,
    Block,
    Report,
}

impl Counted {
    const fn limit(self) -> (&'static str, u32, Duration) {
        const HOUR: Duration = Duration::from_hours(1);
        match self {
            Self::Post => ("activity.posts", 30, HOUR),
            Self::Follow => ("activity.follows", 200, HOUR),
            Self::Block => ("activity.blocks", 100, HOUR),
            Self::Report => ("activity.reports", 20, Duration::from_hours(24)),
        }
    }
}

/// Counts, in the database.
pub struct Rates {
    db: Database,
    limiter: ExactLimiter,
}

impl Rates {
    /// Counts in `db`.
    pub fn new(db: Database, key_ring: &KeyRing, clock: Arc<dyn Clock>) -> Self {
        Self { db, limiter: ExactLimiter::new(LimitKeys::new(key_ring), clock) }
    }

    pub(crate) async fn count(&self, what: Counted, member: MemberId) -> Result<(), Limited> {
        let (name, times, period) = what.limit();
        let quota = Quota::per(NonZeroU32::new(times).unwrap_or(NonZeroU32::MIN), period);
        let attempt = self.limiter.attempt(name, quota, &member);
        Ok(self.limiter.count_all(&self.db, &[attempt]).await?)
    }
}
