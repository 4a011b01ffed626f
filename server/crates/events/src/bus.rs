//! The bus has two sides: the relay [publishes](crate::publisher::Publisher) into it, consumers [join
//! groups](crate::subscription::Groups) that read from it. Whatever carries events (the [in-process
//! bus](crate::in_process::InProcessBus), Kafka) keeps the promises of both; `tests/events/contract.rs` holds every
//! implementation against them.

use db::DbError;

/// The bus does not answer, or refuses. What was asked may or may not have happened.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The database in which the in-process bus lives.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The client for the brokers cannot be made with these settings: no broker was asked.
    #[error("librdkafka cannot work with what `[kafka]` and `[kafka.librdkafka]` say")]
    Settings(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A broker.
    #[error("the broker does not answer as it should")]
    Broker(#[source] Box<dyn std::error::Error + Send + Sync>),
}
