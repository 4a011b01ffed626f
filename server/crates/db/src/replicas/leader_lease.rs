//! Work that one of several replicas does for all of them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use kernel::{Clock, Timestamp};

/// The right to do something for all replicas, which one of them has at a time and renews with each
/// [beat](crate::replicas::Replica::beat). Cheap to clone.
///
/// It saves the others the work, and no more: a replica that is stopped in the middle of it, or whose clock is off, may go on
/// while another has begun. What must happen once is decided by a conditional update or a unique index, as everywhere.
#[derive(Clone)]
pub struct LeaderLease {
    name: &'static str,
    clock: Arc<dyn Clock>,
    /// In milliseconds; 0 while another replica has it.
    held_until: Arc<AtomicI64>,
}

impl LeaderLease {
    pub(super) fn new(name: &'static str, clock: Arc<dyn Clock>) -> Self {
        Self { name, clock, held_until: Arc::default() }
    }

    /// What it is for.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether this replica has it. Looks at nothing but the clock, so ask before each piece of work.
    pub fn is_held(&self) -> bool {
        self.clock.now().millis() < self.held_until.load(Ordering::Acquire)
    }

    /// Notes until when this replica has the lease, or that it has lost it.
    pub(super) fn note(&self, until: Option<Timestamp>) {
        let before = self.held_until.swap(until.map_or(0, Timestamp::millis), Ordering::AcqRel);
        let lease = self.name;
        metrics::gauge!("daemun_leader_leases_held", "lease" => lease)
            .set(f64::from(u8::from(until.is_some())));
        if before == 0 && until.is_some() {
            tracing::info!(event = "leader_lease_taken", lease, "leader lease acquired");
        } else if before != 0 && until.is_none() {
            tracing::info!(event = "leader_lease_lost", lease, "leader lease lost to another replica");
        }
    }
}

impl fmt::Debug for LeaderLease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LeaderLease({})", self.name)
    }
}
