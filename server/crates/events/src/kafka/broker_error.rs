//! Errors of a broker, or of the client for it.

use rdkafka::error::KafkaError;

use crate::bus::BusError;

pub(super) fn broker(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> BusError {
    BusError::Broker(error.into())
}

/// Of a client that is not made: the settings are wrong, whatever the brokers are like.
pub(super) fn unmade(error: KafkaError) -> BusError {
    BusError::Settings(error.into())
}
