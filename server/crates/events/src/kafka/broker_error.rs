//! Errors of a broker, or of the client for it.

use crate::bus::BusError;

pub(super) fn broker(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> BusError {
    BusError::Broker(error.into())
}
