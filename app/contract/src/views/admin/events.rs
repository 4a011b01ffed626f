//! `/admin/events` and the page of a dead letter.

use crate::moment::Moment;

/// `/admin/events`: events that wait, lag and dead letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventsView {
    /// The bus to which events go.
    pub bus: &'static str,
    /// What is wrong with the connection to it.
    pub problem: Option<String>,
    /// The topics with events that wait for the bus.
    pub waiting: Vec<TopicThatWaits>,
    /// The lag of consumers.
    pub lags: Vec<ConsumerBehind>,
    /// The buses that do not answer.
    pub silent: Vec<&'static str>,
    /// Dead letters, newest first.
    pub dead_letters: Vec<DeadLetterEntry>,
    /// How many dead letters there are.
    pub dead_count: i64,
    /// Whether this is not the first page of the list.
    pub is_later: bool,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// A topic with events that wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicThatWaits {
    /// The topic.
    pub topic: String,
    /// How many events.
    pub events: i64,
    /// Since when the oldest waits.
    pub since: Moment,
}

/// The lag of a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerBehind {
    /// The consumer.
    pub consumer: String,
    /// The topic.
    pub topic: String,
    /// The bus.
    pub bus: &'static str,
    /// How many events.
    pub events: i64,
    /// Since when the oldest waits, if the bus tells.
    pub since: Option<Moment>,
}

/// An event that a consumer gave up, as the list of dead letters shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterEntry {
    /// The consumer.
    pub consumer: String,
    /// The event.
    pub event: String,
    /// The topic.
    pub topic: String,
    /// How often it failed.
    pub failures: u32,
    /// Why it failed.
    pub reason: String,
    /// When it became a dead letter.
    pub died_at: Moment,
}

/// `/admin/events/{consumer}/{event}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterView {
    /// Its entry in the list.
    pub entry: DeadLetterEntry,
    /// The member whom it is about.
    pub member: String,
    /// Topic, partition and offset, if it came from a broker.
    pub origin: String,
    /// The body of the event, if the viewer asked for it a moment ago.
    pub body: Option<String>,
}
