//! The id of an event.

use std::fmt;

use kernel::id::Uuid;
use kernel::{Clock, Randomness, new_uuid};
use serde::{Deserialize, Serialize};

const PREFIX: &str = "evt-";

/// `evt-` and a UUIDv7 in its hyphenated lower-case form. Consumers tell by it whether they met the event before.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct EventId(Uuid);

/// A text is not the id of an event.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the id of an event must be `evt-` and a UUIDv7")]
pub struct EventIdError;

impl EventId {
    /// A UUIDv7 of the current moment, so that ids sort by time.
    pub fn new(clock: &dyn Clock, randomness: &dyn Randomness) -> Self {
        Self(new_uuid(clock, randomness))
    }

    /// Reads an id, in its one form.
    ///
    /// # Errors
    /// When `text` is anything else.
    pub fn parse(text: &str) -> Result<Self, EventIdError> {
        let uuid =
            text.strip_prefix(PREFIX).and_then(|uuid| Uuid::try_parse(uuid).ok()).ok_or(EventIdError)?;
        // A UUID has several spellings; two of one id would be two ids to anyone who compares texts.
        let id = Self(uuid);
        if uuid.get_version_num() == 7 && id.to_string() == text { Ok(id) } else { Err(EventIdError) }
    }

    /// The UUID, without the prefix `evt-`.
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// Its span within a trace: what is sent again has the same.
    pub(crate) fn span(self) -> u64 {
        // The last 64 bits of a UUIDv7 are its variant and chance: never zero.
        self.0.as_u64_pair().1
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.0.as_hyphenated())
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<EventId> for String {
    fn from(id: EventId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for EventId {
    type Error = EventIdError;

    fn try_from(text: String) -> Result<Self, EventIdError> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{OsRandomness, SystemClock};

    #[test]
    fn an_id_has_one_spelling() {
        let id = EventId::new(&SystemClock, &OsRandomness);
        assert_eq!(EventId::parse(&id.to_string()).unwrap(), id);
        let bare = id.to_string()[4..].to_owned();
        for other in [
            bare.clone(),
            format!("evt-{}", bare.to_ascii_uppercase()),
            format!("evt-{}", bare.replace('-', "")),
            "evt-".to_owned(),
            "evt-6ba7b810-9dad-11d1-80b4-00c04fd430c8".to_owned(),
        ] {
            assert!(EventId::parse(&other).is_err(), "{other}");
        }
    }
}
