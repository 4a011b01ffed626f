//! Webhooks: account events by HTTP, for services that have no Kafka.
//!
//! ```text
//! bus ── ConsumerRunner ──▶ WebhookConsumer ──▶ webhook_deliveries ── Courier, one for each receiver ──▶ POST, signed
//! ```
//!
//! - The [consumer](WebhookConsumer) writes the inbox row and a row for each [receiver](Receiver) of the topic in one
//!   transaction, so that each event is enqueued once for each receiver.
//! - A [courier](Courier) for each receiver sends the first waiting event of each member. So the events of a member keep their
//!   order, and neither a dead receiver nor a refused event holds up other receivers or members.
//! - Header fields and signature are those of [Standard Webhooks](https://www.standardwebhooks.com) 1.0. An event may be sent
//!   more than once, always with the same `webhook-id`.
//! - An event without a 2xx response within ten seconds is tried again for three days and then given up. Operators see its row
//!   and can [replay](replay) it.
//! - No request goes to an address that is not public, unless its host is [allowed by name](Rules::private_hosts). A name is
//!   looked up once for each connection, which is made to the checked address; redirects are not followed.

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
pub use post::{Answer, Post, PostError, PostProxy, TEST_EVENT_TYPE};
pub use receiver::{Receiver, ReceiverName};
pub use secret::{SecretError, WebhookSecret};
pub use storage::STORAGE;
