//! The shape of every event on the wire.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event_id::EventId;
use crate::moment;

/// The shape on the wire, closed: a text with any other field is not an event (S-EVT-7).
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Envelope<P> {
    pub(crate) event_id: EventId,
    pub(crate) event_type: String,
    #[serde(with = "moment")]
    pub(crate) timestamp: Timestamp,
    pub(crate) payload: P,
}

impl<P> Envelope<P> {
    pub(crate) fn map<Q>(self, into: impl FnOnce(P) -> Q) -> Envelope<Q> {
        let Self { event_id, event_type, timestamp, payload } = self;
        Envelope { event_id, event_type, timestamp, payload: into(payload) }
    }
}
