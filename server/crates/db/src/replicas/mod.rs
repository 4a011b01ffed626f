//! The programs that share a database: each [says regularly](Replica::beat) that it is there and how far its clock is off, and
//! those that want a [leader lease](LeaderLease) agree here which of them has it.

mod clock_offset;
mod leader_lease;
mod replica;
mod replica_id;
mod replica_row;
pub(crate) mod store;

pub use leader_lease::LeaderLease;
pub use replica::{BEAT_INTERVAL, KnownReplica, MAX_CLOCK_SKEW, Replica, beating, known, sealing_otherwise};
pub use replica_id::ReplicaId;
pub use replica_row::ReplicaRow;
