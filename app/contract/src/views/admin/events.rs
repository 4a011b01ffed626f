//! `/admin/events` and the page of one that a consumer could not deal with.

use crate::moment::Moment;

/// `/admin/events`: events on their way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventsView {
    /// The bus to which events go.
    pub bus: &'static str,
    /// What is wrong with the connection to it.
    pub problem: Option<String>,
    /// What waits for it.
    pub waiting: Vec<TopicThatWaits>,
    /// How far consumers are behind.
    pub lags: Vec<ConsumerBehind>,
    /// The buses that do not answer.
    pub silent: Vec<&'static str>,
    /// What consumers could not deal with, the newest first.
    pub dead_letters: Vec<DeadLetterEntry>,
    /// How many there are of these.
    pub dead_count: i64,
    /// Whether this is a later part of the list.
    pub is_later: bool,
    /// Where the next part begins.
    pub next: Option<String>,
}

/// What waits of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicThatWaits {
    /// The topic.
    pub topic: String,
    /// How many events.
    pub events: i64,
    /// Since when the oldest waits.
    pub since: Moment,
}

/// How far a consumer is behind.
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
    /// Since when the oldest waits, where the bus tells.
    pub since: Option<Moment>,
}

/// An event that a consumer could not deal with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterEntry {
    /// The consumer.
    pub consumer: String,
    /// The event.
    pub event: String,
    /// The topic.
    pub topic: String,
    /// After how many failures.
    pub failures: u32,
    /// Why.
    pub reason: String,
    /// When.
    pub died_at: Moment,
}

/// `/admin/events/{consumer}/{event}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterView {
    /// What the list has.
    pub entry: DeadLetterEntry,
    /// Whom it is about.
    pub member: String,
    /// Topic, partition and offset, where it came from a broker.
    pub origin: String,
    /// What it tells, if the viewer asked for it a moment ago.
    pub body: Option<String>,
}
