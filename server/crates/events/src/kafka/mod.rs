//! Apache Kafka as the bus, by librdkafka.
//!
//! Everything connects when it is first needed: a broker that is away stops no start. What is known of the connection is in
//! one [`Link`](link::Link), which all clients of this program report to.

mod broker_error;
mod broker_list;
mod bus;
mod check;
mod client;
mod cluster;
mod dead;
mod finding;
mod header;
mod lags;
mod link;
mod publisher;
mod rights;
mod subscription;
mod topics;
mod watcher;
mod window;

pub use bus::KafkaBus;
pub use check::check;
pub use finding::KafkaFinding;
pub use link::{Link, LinkError, LinkState};
pub use rights::KafkaGroup;
