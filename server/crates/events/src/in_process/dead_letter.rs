//! What a group could not deal with.

use kernel::Timestamp;

/// A message that a group could not deal with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The group.
    pub group: String,
    /// The id of the event.
    pub event_id: String,
    /// `<topic>.dead`.
    pub topic: String,
    /// The member.
    pub key: String,
    /// The text, as it came.
    pub body: String,
    /// Why.
    pub reason: String,
    /// After how many failures.
    pub failures: u32,
    /// When.
    pub died_at: Timestamp,
}
