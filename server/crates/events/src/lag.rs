//! How far a group is behind, on any bus.

use kernel::Timestamp;

/// What a group has not dealt with of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lag {
    /// The consumer that is behind.
    pub group: String,
    /// The topic.
    pub topic: String,
    /// How many events.
    pub events: i64,
    /// Since when the one waits that waits longest. Brokers do not tell.
    pub since: Option<Timestamp>,
}
