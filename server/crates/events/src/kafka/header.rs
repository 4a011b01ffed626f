//! The headers of a message. Ours come first; those of CloudEvents (binary content mode of its Kafka binding) tell the same to
//! programs that know those.

use std::borrow::Cow;

use kernel::Trace;
use rdkafka::message::{BorrowedMessage, Header, Headers as _, Message as _, OwnedHeaders};

use crate::outbox::sequence::Sequence;
use crate::publisher::Message;

const EVENT_ID: &str = "event_id";
const SEQUENCE: &str = "sequence";
/// No id of ours is longer; what others write may be.
const MAX_ID_BYTES: usize = 40;
/// The version of the schemas in `docs/events`. A new one is a new topic or a new version here, never a changed meaning.
const SCHEMA: &str = "1";

/// The headers of a record for this event.
pub(super) fn of(message: &Message, source: &str) -> OwnedHeaders {
    let id = message.event_id.to_string();
    let event_type = message.topic.event_type();
    let sequence = message.sequence.number().to_string();
    let fields: [(&str, &str); 12] = [
        (EVENT_ID, &id),
        ("event_type", event_type),
        ("schema", SCHEMA),
        (SEQUENCE, &sequence),
        ("traceparent", &trace_parent(message)),
        ("content-type", "application/json"),
        ("ce_specversion", "1.0"),
        ("ce_id", &id),
        ("ce_source", source),
        ("ce_type", event_type),
        ("ce_subject", &message.key.to_string()),
        ("ce_dataschema", &format!("urn:daemun:events:{}", message.topic)),
    ];
    fields.into_iter().fold(OwnedHeaders::new_with_capacity(fields.len()), |headers, (key, value)| {
        headers.insert(Header { key, value: Some(value) })
    })
}

/// That of the request which wrote it. An event that no request wrote begins a trace, under its own id: what is sent again is in
/// the same one as the first time.
fn trace_parent(message: &Message) -> Cow<'_, str> {
    match &message.traceparent {
        Some(line) => line.into(),
        None => Trace::of_uuid(message.event_id.uuid()).traceparent(message.event_id.span()).into(),
    }
}

/// What a message tells of itself.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) event_id: String,
    pub(super) sequence: Option<Sequence>,
}

/// Of a message that came.
pub(super) fn told(message: &BorrowedMessage<'_>) -> Told {
    let mut told = Told::default();
    for header in message.headers().iter().flat_map(|headers| headers.iter()) {
        let Some(value) = header.value.and_then(|value| str::from_utf8(value).ok()) else { continue };
        match header.key {
            EVENT_ID if value.len() <= MAX_ID_BYTES => value.clone_into(&mut told.event_id),
            SEQUENCE => told.sequence = value.parse().ok().map(Sequence::from_number),
            _ => {}
        }
    }
    told
}
