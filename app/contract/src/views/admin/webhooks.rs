//! `/admin/webhooks`.

use crate::moment::Moment;

/// `/admin/webhooks`: receivers, and the log of what they were sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhooksView {
    /// The receivers.
    pub receivers: Vec<ReceiverEntry>,
    /// Of which one the log is shown; empty: of all.
    pub receiver: String,
    /// What is shown of it: `waiting`, `delivered`, `given-up`; empty: all.
    pub state: String,
    /// The log, the newest first.
    pub deliveries: Vec<DeliveryEntry>,
    /// Whether this is a later part of it.
    pub is_later: bool,
    /// Where the next part begins.
    pub next: Option<String>,
}

/// Who is sent webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiverEntry {
    /// Its name.
    pub name: String,
    /// Where it listens; `None`: it is no longer in the configuration.
    pub url: Option<String>,
    /// What it hears.
    pub topics: String,
    /// How much waits.
    pub waiting: i64,
    /// Since when the oldest waits.
    pub since: Option<Moment>,
    /// How much was given up.
    pub given_up: i64,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryEntry {
    /// To whom.
    pub receiver: String,
    /// Which event.
    pub event: String,
    /// Of which topic.
    pub topic: String,
    /// `waiting`, `delivered` or `given-up`.
    pub state: String,
    /// When it was tried last, or came.
    pub at: Moment,
    /// How many attempts failed.
    pub failures: u32,
    /// What the receiver said last.
    pub answer: String,
}
