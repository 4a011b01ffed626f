//! Webhooks: account events by HTTP, for services that have no Kafka.
//!
//! ```text
//! bus ── ConsumerRunner ──▶ WebhookConsumer ──▶ webhook_deliveries ── Courier, one for each receiver ──▶ POST, signed
//! ```
//!
//! - The [consumer](WebhookConsumer) is one like any other: its transaction holds the inbox row and a row for each
//!   [receiver](Receiver) of the topic, so that each gets an event once in effect.
//! - A [courier](Courier) for each receiver sends what is due, of each member only the first event that waits: so each member's
//!   events keep their order, and neither a dead receiver nor an event that one refuses holds up anything else.
//! - Headers and signature are those of [Standard Webhooks](https://www.standardwebhooks.com) 1.0. The same event may come
//!   again with the same `webhook-id`.
//! - What is not answered by 2xx within ten seconds is tried again for three days, and then given up: a row that operators see
//!   and can [replay](replay).
//! - No request goes to an address that is not public, unless its host is [allowed by name](Rules::private_hosts): names are
//!   looked up once, checked, and connected to as they were checked; redirects are not followed.

mod config;
mod consumer;
mod courier;
mod delivery;
mod log;
mod lookup;
mod post;
mod receiver;
mod secret;
mod storage;
mod store;

pub use config::{ReceiverConfig, ReceiverFinding, Rules, receivers};
pub use consumer::{CONSUMER, WebhookConsumer, topics};
pub use courier::{Courier, CourierSettings, Outcome};
pub use delivery::{DeliveryPlace, LoggedDelivery, State, Tally};
pub use log::{
    WantedDeliveries, in_state, known_receivers, measure, newest, of_receiver, replay, replay_some,
};
pub use lookup::{Lookup, SystemLookup};
pub use post::{Answer, Post, PostError, TEST_EVENT_TYPE};
pub use receiver::{Receiver, ReceiverName};
pub use secret::{SecretError, WebhookSecret};
pub use storage::STORAGE;
