//! `/admin/webhooks`.

use crate::moment::Moment;

/// `/admin/webhooks`: receivers and deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhooksView {
    /// The receivers.
    pub receivers: Vec<ReceiverEntry>,
    /// The receiver of the filter; empty for all.
    pub receiver: String,
    /// The state of the filter: `waiting`, `delivered` or `given-up`; empty for all.
    pub state: String,
    /// The deliveries, newest first.
    pub deliveries: Vec<DeliveryEntry>,
    /// Whether this is not the first page of them.
    pub is_later: bool,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// A receiver of webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiverEntry {
    /// The receiver's name in the configuration.
    pub name: String,
    /// Its URL without the query; `None` if it is no longer in the configuration.
    pub url: Option<String>,
    /// Its topics.
    pub topics: String,
    /// How many events wait.
    pub waiting: i64,
    /// Since when the oldest waits.
    pub since: Option<Moment>,
    /// How many were given up.
    pub given_up: i64,
}

/// One event for one receiver, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryEntry {
    /// The receiver.
    pub receiver: String,
    /// The id of the event.
    pub event: String,
    /// The topic.
    pub topic: String,
    /// `waiting`, `delivered` or `given-up`.
    pub state: String,
    /// When it was tried last; when it came from the bus, if it was not tried yet.
    pub at: Moment,
    /// How many attempts failed.
    pub failures: u32,
    /// The last response of the receiver, or why there was none.
    pub answer: String,
}
