//! Account events, from the transaction that makes them true to the consumers that act on them.
//!
//! ```text
//! caller's transaction ── outbox::append ──▶ outbox ── Relay ──▶ bus ── ConsumerRunner ──▶ Consumer
//!                                                                          │ inbox, in the consumer's transaction
//!                                                                          └─▶ <topic>.dead after bounded retries
//! ```
//!
//! - An event is written in the [transaction](outbox::append) of what it tells, and nothing is published from a
//!   request (S-EVT-1).
//! - The [relay](Relay) publishes at least once, in order per member, and marks a row only after the
//!   [bus](Publisher) acknowledged it (S-EVT-2, S-EVT-4).
//! - A [consumer](Consumer) deals with each event once: its transaction holds the effect and the inbox row together
//!   (S-EVT-3). What it cannot deal with goes aside, and others do not wait for it (S-EVT-7).
//!
//! # How to add an event
//! A struct in `payload.rs` and its line in the list of events there, a schema in `docs/events/`, and the call where it
//! happens; the tests fail until they agree. Payloads never hold a password, a hash, a token, a code or a link (S-EVT-5).

#[macro_use]
mod declare;

mod attempt;
mod bus;
mod causes;
mod consumer;
mod consumer_name;
mod dead_letter;
mod effects;
mod envelope;
mod erasure;
mod event;
mod event_id;
mod in_process;
mod inbox;
mod join_time;
#[cfg(feature = "kafka")]
mod kafka;
mod kafka_settings;
mod lag;
mod moment;
pub mod outbox;
mod payload;
mod publisher;
mod relay;
mod runner;
mod sign_in_method;
mod storage;
mod subscription;

pub use bus::BusError;
pub use consumer::{Consumer, HandleError, Received};
pub use consumer_name::ConsumerName;
pub use dead_letter::{
    DeadLetter, DeadLetterPlace, count_dead_letters, dead_letter, dead_letters, dead_letters_of,
    dead_letters_until, discard, retry,
};
pub use erasure::erase;
pub use event::{Event, EventError, MAX_BODY_BYTES};
pub use event_id::{EventId, EventIdError};
pub use in_process::InProcessBus;
pub use in_process::measure::measure_groups;
pub use join_time::JoinTime;
#[cfg(feature = "kafka")]
pub use kafka::{KafkaBus, KafkaFinding, KafkaGroup, Link, LinkError, LinkState, check};
pub use kafka_settings::{
    KafkaClientCertificate, KafkaLogin, KafkaSecurity, KafkaSettings, KafkaTls, KafkaTopics,
};
pub use lag::Lag;
pub use outbox::sequence::Sequence;
// All events of its list.
pub use payload::*;
pub use publisher::{Acknowledgement, Message, Publisher};
pub use relay::{Relay, RelayRound, RelaySettings};
pub use runner::{ConsumerRound, ConsumerRunner, ConsumerSettings};
pub use storage::{MAX_TOPIC_RETENTION, STORAGE};
pub use subscription::{Delivery, Groups, Subscription};
