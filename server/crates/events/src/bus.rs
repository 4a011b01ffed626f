//! The bus, as relay and consumers see it. Whatever carries events (the [in-process bus](crate::in_process::InProcessBus), Kafka)
//! keeps the promises written here; `tests/events/contract.rs` holds every implementation against them.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use db::DbError;
use kernel::Timestamp;
use names::MemberId;

use crate::event_id::EventId;
use crate::outbox::sequence::Sequence;
use crate::payload::Topic;

/// The name of a consumer, and of its group: of all that bear it, one gets each message. Lower-case letters, digits and
/// hyphens, at most 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerName(&'static str);

impl ConsumerName {
    /// The consumer with this name.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

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

/// A message as a group gets it. All of it is input: nothing is known of its body but what was checked.
#[derive(Clone)]
pub struct Delivery {
    /// On which topic it came.
    pub topic: Topic,
    /// Its key, as text.
    pub key: String,
    /// Its number among those of this key.
    pub sequence: Sequence,
    /// The text that should be an event.
    pub body: String,
    /// How often the group failed with it so far.
    pub failures: u32,
    /// Until when nobody else gets it; `None` where the bus needs no such time.
    pub held_until: Option<Timestamp>,
    /// By what the bus knows it.
    pub receipt: String,
}

/// Without the body, which holds personal data.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} on {}", self.receipt, self.key, self.topic)
    }
}

/// The bus does not answer, or refuses. What was asked may or may not have happened.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The database in which the in-process bus lives.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A broker.
    #[error("the broker does not answer as it should")]
    Broker(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Carries messages to groups of consumers, each at least once, those of one topic and key in their order.
#[async_trait]
pub trait Bus: Send + Sync + fmt::Debug {
    /// Publishes; the answer holds one acknowledgement for each message, in order. The same message may come again:
    /// it may then be delivered again. No two messages of a batch have the same key. It ends within seconds even when
    /// nobody answers.
    ///
    /// # Errors
    /// When nothing is known about any of them.
    async fn publish(&self, batch: &[Message]) -> Result<Vec<Acknowledgement>, BusError>;

    /// Joins the group `name`. Once this has returned, the group gets all that is published to `topics`, also while
    /// nobody of it runs; whether it gets what was published before its first subscription is the bus's to say.
    ///
    /// # Errors
    /// When the bus does not answer.
    async fn subscribe(
        &self,
        name: ConsumerName,
        topics: &[Topic],
    ) -> Result<Box<dyn Subscription>, BusError>;
}

/// The membership of one consumer in its group. It is left by dropping it.
#[async_trait]
pub trait Subscription: Send + Sync + fmt::Debug {
    /// What is to be dealt with now: at most `most`, and of each topic and key only the first message that is not yet
    /// acknowledged or buried, so that a failure never lets a later one pass. Empty when there is nothing.
    ///
    /// # Errors
    /// When the bus does not answer.
    async fn receive(&mut self, most: u32) -> Result<Vec<Delivery>, BusError>;

    /// It is dealt with: the group does not get it again.
    ///
    /// # Errors
    /// When the bus does not answer; then it may come again.
    async fn acknowledge(&mut self, delivery: &Delivery) -> Result<(), BusError>;

    /// It is to come again after `pause`, with `failures` as its count. Later messages of its key wait for it, those of
    /// other keys do not.
    ///
    /// # Errors
    /// When the bus does not answer; then it comes again when the hold on it ends.
    async fn postpone(&mut self, delivery: &Delivery, failures: u32, pause: Duration)
    -> Result<(), BusError>;

    /// It goes to `<topic>.dead` with the reason, and the group does not get it again. In this order: a crash between
    /// the two must double it rather than lose it.
    ///
    /// # Errors
    /// When the bus does not answer; then it may come again.
    async fn bury(&mut self, delivery: &Delivery, reason: &str) -> Result<(), BusError>;
}
