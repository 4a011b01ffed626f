//! An event: id, time and payload, and the one JSON text of it.

use kernel::{Clock, Randomness, Timestamp};
use names::MemberId;

use crate::envelope::Envelope;
use crate::event_id::EventId;
use crate::moment::whole_seconds;
use crate::payload::Payload;
use crate::payload::Topic;

/// The longest JSON text of an event, in bytes. Longer texts are not events of ours (S-EVT-7).
pub const MAX_BODY_BYTES: usize = 8000;

/// Something that happened to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    id: EventId,
    at: Timestamp,
    payload: Payload,
}

/// A text is not the event that it should be.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// It is longer than [`MAX_BODY_BYTES`].
    #[error("the event has {bytes} bytes, more than {MAX_BODY_BYTES}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It does not have the shape of the topic's events.
    #[error("the event does not have the shape of its topic")]
    Shape(#[source] serde_json::Error),
    /// It is an event of another topic.
    #[error("the event is of another topic")]
    OtherTopic,
}

impl Event {
    /// A new event, told now. Texts are cut and times are rounded down to what the schemas in `docs/events/` hold.
    pub fn new(payload: impl Into<Payload>, clock: &dyn Clock, randomness: &dyn Randomness) -> Self {
        Self {
            id: EventId::new(clock, randomness),
            at: whole_seconds(clock.now()),
            payload: payload.into().fitted(),
        }
    }

    /// Reads an event that came by `topic`. It is input like any other: its length and its shape are checked.
    ///
    /// # Errors
    /// When the text is not an event of this topic.
    pub fn parse(topic: Topic, body: &str) -> Result<Self, EventError> {
        if body.len() > MAX_BODY_BYTES {
            return Err(EventError::TooLong { bytes: body.len() });
        }
        let envelope = Payload::read(topic, body).map_err(EventError::Shape)?;
        if envelope.event_type != topic.event_type() {
            return Err(EventError::OtherTopic);
        }
        Ok(Self { id: envelope.event_id, at: envelope.timestamp, payload: envelope.payload })
    }

    /// The JSON text that goes out.
    ///
    /// # Errors
    /// Never with the payloads that exist; the serialiser has an error in its signature.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Envelope {
            event_id: self.id,
            event_type: self.topic().event_type().to_owned(),
            timestamp: self.at,
            payload: &self.payload,
        })
    }

    /// The id that tells consumers whether they have seen this event.
    pub const fn id(&self) -> EventId {
        self.id
    }

    /// When it happened, in whole seconds.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// What happened, with the values that consumers need.
    pub const fn payload(&self) -> &Payload {
        &self.payload
    }

    /// The topic that carries it.
    pub const fn topic(&self) -> Topic {
        self.payload.topic()
    }

    /// The member whom it is about.
    pub const fn key(&self) -> MemberId {
        self.payload.key()
    }
}
