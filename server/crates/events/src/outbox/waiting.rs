//! What waits for the bus, as operators see it.

use kernel::Timestamp;

/// So many events at most are counted: after a long outage nobody waits for a count of all.
pub const MAX_COUNTED: u32 = 10_000;

/// The events of one topic that wait for the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingEvents {
    /// The topic.
    pub topic: String,
    /// How many, among the oldest [`MAX_COUNTED`] of all topics.
    pub events: i64,
    /// When the oldest of them happened.
    pub since: Timestamp,
}
