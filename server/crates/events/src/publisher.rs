//! The side of the bus into which the relay publishes.

use std::fmt;

use async_trait::async_trait;
use db::{DbError, Unit};
use names::MemberId;

use crate::bus::BusError;
use crate::event::MAX_BODY_BYTES;
use crate::event_id::EventId;
use crate::outbox::sequence::Sequence;
use crate::payload::Topic;

/// An event on its way.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The id of the event.
    pub event_id: EventId,
    /// Where it goes.
    pub topic: Topic,
    /// The member. Messages of one key keep their order.
    pub key: MemberId,
    /// Its number among the events of this key.
    pub sequence: Sequence,
    /// The JSON text.
    pub body: String,
    /// W3C's `traceparent`, where it was written for a request.
    pub traceparent: Option<String>,
}

/// Without the body, which holds personal data.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} on {}", self.event_id, self.key, self.topic)
    }
}

/// What became of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acknowledgement {
    /// The bus has it, and keeps it even if it is killed now (Kafka: `acks=all`).
    Stored,
    /// The bus does not have it, or nobody knows; why.
    Refused(String),
}

/// Takes messages for all groups, those of one topic and key in the order in which they were published.
#[async_trait]
pub trait Publisher: Send + Sync + fmt::Debug {
    /// Publishes; the answer holds one acknowledgement for each message, in order. The same message may come again:
    /// it may then be delivered again. No two messages of a batch have the same key. It ends within seconds even when
    /// nobody answers.
    ///
    /// # Errors
    /// When the bus is away: nothing is known about any of the messages, and none of them is at fault.
    async fn publish(&self, batch: &[Message]) -> Result<Vec<Acknowledgement>, BusError>;

    /// The bus, where it is in the database of the outbox.
    fn in_database(&self) -> Option<&dyn BusInDatabase> {
        None
    }

    /// Whether the bus is known to be away, so that there is no point in asking it. It notices by itself when that is over.
    fn is_away(&self) -> bool {
        false
    }
}

/// A bus in the database of the outbox: by the same commit it has messages, and they are marked.
pub trait BusInDatabase: Send + Sync {
    /// Adds what publishes these: once for each group, unless it has the message and did not deal with it yet.
    ///
    /// # Errors
    /// When a value cannot be sent.
    fn add_to(&self, unit: &mut Unit, batch: &[&Message]) -> Result<(), DbError>;
}

/// Why a message cannot go out on any bus.
pub(crate) fn too_long(message: &Message) -> Option<String> {
    let bytes = message.body.len();
    (bytes > MAX_BODY_BYTES).then(|| format!("{bytes} bytes are more than {MAX_BODY_BYTES}"))
}
