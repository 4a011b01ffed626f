//! A dead letter, as it is kept.

use kernel::Timestamp;

use crate::outbox::sequence::Sequence;

/// Where a list of dead letters goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterPlace {
    /// When the last one shown was put aside.
    pub died_at: Timestamp,
    /// Its group.
    pub group: String,
    /// Its event.
    pub event_id: String,
}

/// A message that a group could not deal with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The consumer that gave it up.
    pub group: String,
    /// The id of the event; a place in the log, where it has none.
    pub event_id: String,
    /// `<topic>.dead`.
    pub topic: String,
    /// The id of the member whom the event is about.
    pub key: String,
    /// Its number among those of this key.
    pub sequence: Sequence,
    /// The text, as it came.
    pub body: String,
    /// The error of the last attempt.
    pub reason: String,
    /// After how many failures.
    pub failures: u32,
    /// When the consumer gave it up.
    pub died_at: Timestamp,
    /// Topic, partition and offset, where it came from a broker.
    pub origin: String,
}
