//! The side of the bus from which consumers read, each as a member of a group.
//!
//! A group deals with messages one by one: each is acknowledged, fails and comes again, or is buried. A bus with a row for
//! each message keeps that in the row, with a lease for the time in which a member has it. A bus with a log and one offset
//! for each group (Kafka) keeps it in the memory of the member that has the partition, and moves the offset up to the
//! first message that is not dealt with; what was beyond it comes again to the member that has the partition next.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use db::{DbError, Transaction};
use kernel::Timestamp;

use crate::bus::BusError;
use crate::consumer_name::ConsumerName;
use crate::lag::Lag;
use crate::outbox::sequence::Sequence;
use crate::payload::Topic;

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
    /// How often the group failed with it so far, as far as the bus remembers: a member that takes over may begin at 0.
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

/// Hands messages to groups of consumers, each message to one member of each group at least once, those of one topic and
/// key in their order.
#[async_trait]
pub trait Groups: Send + Sync + fmt::Debug {
    /// Joins the group `name`. Once it was joined for the first time, the group gets all that is published to `topics`,
    /// also while nobody of it runs; whether it gets what was published before is the bus's to say. A broker that is away
    /// is no error: the membership begins when it is back.
    ///
    /// # Errors
    /// When the bus does not answer, or cannot work with its settings.
    async fn join(&self, name: ConsumerName, topics: &[Topic]) -> Result<Box<dyn Subscription>, BusError>;

    /// How far groups are behind, those of other replicas as well.
    ///
    /// # Errors
    /// When the bus does not answer.
    async fn lags(&self) -> Result<Vec<Lag>, BusError>;
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

    /// Waits until there may be something to receive, at most for `most`.
    async fn wait(&mut self, most: Duration);

    /// They are dealt with: the group does not get them again, but for what a bus with offsets tells again.
    ///
    /// # Errors
    /// When the bus does not answer; then they may come again.
    async fn acknowledge(&mut self, deliveries: &[Delivery]) -> Result<(), BusError>;

    /// Acknowledges them within the transaction of their effects, where the bus is in its database; `false` where it is not.
    ///
    /// # Errors
    /// Those of the database.
    async fn acknowledge_within(
        &self,
        _tx: &mut Transaction,
        _deliveries: &[Delivery],
    ) -> Result<bool, DbError> {
        Ok(false)
    }

    /// The group failed with it once more. It comes again after `pause`, or at once to a member that takes over. Later
    /// messages of its key wait for it, those of other keys do not.
    ///
    /// # Errors
    /// When the bus does not answer; then it comes again when the hold on it ends.
    async fn fail(&mut self, delivery: &Delivery, pause: Duration) -> Result<(), BusError>;

    /// It was not tried. It comes again after `pause`, as if it had not come yet.
    ///
    /// # Errors
    /// When the bus does not answer; then it comes again when the hold on it ends.
    async fn give_back(&mut self, delivery: &Delivery, pause: Duration) -> Result<(), BusError>;

    /// The group failed with it for the last time. It goes to `<topic>.dead` with the reason, and the group does not get it
    /// again. In this order: a crash between the two must double it rather than lose it.
    ///
    /// # Errors
    /// When the bus does not answer; then it may come again.
    async fn bury(&mut self, delivery: &Delivery, reason: &str) -> Result<(), BusError>;
}
