//! How often a member may do what others see.

use std::num::NonZeroU32;
use std::time::Duration;

use db::{Database, Transaction};
use limits::{Attempt, ExactLimiter, LimitContext, Quota};
use names::MemberId;

use crate::reason::Limited;

/// The actions that a member may do only so often within an hour.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Counted {
    Post,
    Follow,
    Block,
    Report,
}

impl Counted {
    const fn limit(self) -> (&'static str, u32, Duration) {
        const RATE_WINDOW: Duration = Duration::from_hours(1);
        match self {
            Self::Post => ("activity.posts", 30, RATE_WINDOW),
            Self::Follow => ("activity.follows", 200, RATE_WINDOW),
            Self::Block => ("activity.blocks", 100, RATE_WINDOW),
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
    pub fn new(db: Database, limits: LimitContext) -> Self {
        Self { db, limiter: ExactLimiter::new(limits) }
    }

    pub(crate) async fn count(&self, what: Counted, member: MemberId) -> Result<(), Limited> {
        Ok(self.limiter.count_all(&self.db, &[self.attempt(what, member)]).await?)
    }

    /// Counts what the caller's transaction is about to change: what changes nothing is not counted.
    pub(crate) async fn count_within(
        &self,
        tx: &mut Transaction,
        what: Counted,
        member: MemberId,
    ) -> Result<(), Limited> {
        Ok(self.limiter.count_within(tx, self.attempt(what, member)).await?)
    }

    fn attempt(&self, what: Counted, member: MemberId) -> Attempt {
        let (name, times, period) = what.limit();
        let quota = Quota::per(NonZeroU32::new(times).unwrap_or(NonZeroU32::MIN), period);
        self.limiter.attempt(name, quota, &member)
    }
}
