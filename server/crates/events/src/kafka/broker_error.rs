//! What a broker, or the client for it, has against a call.

use crate::bus::BusError;

pub(super) fn broker(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> BusError {
    BusError::Broker(error.into())
}
