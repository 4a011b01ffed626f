//! When clients that registered themselves were last used, on its way to the database. No request waits for that: it is collected
//! here and written together, of each client at most once an hour.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::Timestamp;

use crate::client::model::Client;

/// How long such a client stays without use.
pub(crate) const UNUSED_RETENTION: Duration = Duration::from_hours(24 * 90);
/// How long after a use was written a later one waits.
pub(crate) const WRITE_INTERVAL: Duration = Duration::from_hours(1);

/// The uses of this process.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<HashMap<Box<str>, Use>>);

#[derive(Clone, Copy, Debug)]
struct Use {
    last: Timestamp,
    /// The last one that the database knows of.
    written: Option<Timestamp>,
}

/// A use that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DueUse {
    pub(crate) client: Box<str>,
    pub(crate) at: Timestamp,
}

impl Uses {
    /// A client is used. Of those that operators registered nothing is kept.
    pub(crate) fn note(&self, client: &Client, now: Timestamp) {
        if client.is_self_registered {
            self.note_id(client.id.as_str(), now);
        }
    }

    fn note_id(&self, id: &str, now: Timestamp) {
        let mut uses = self.lock();
        match uses.get_mut(id) {
            Some(known) => known.last = known.last.max(now),
            None => drop(uses.insert(id.into(), Use { last: now, written: None })),
        }
    }

    /// When a client was last used here, as far as that is remembered.
    pub(crate) fn last(&self, id: &str) -> Option<Timestamp> {
        self.lock().get(id).map(|known| known.last)
    }

    /// What is to be written by now. Clients of which there is nothing to write are forgotten.
    pub(crate) fn due(&self, now: Timestamp, between: Duration) -> Vec<DueUse> {
        let mut uses = self.lock();
        let waits = |known: &Use| known.written.is_some_and(|written| now < written.plus(between));
        uses.retain(|_, known| waits(known) || known.written.is_none_or(|written| written < known.last));
        let due = uses.iter().filter(|(_, known)| !waits(known));
        due.map(|(client, known)| DueUse { client: client.clone(), at: known.last }).collect()
    }

    /// These are in the database.
    pub(crate) fn written(&self, due: &[DueUse]) {
        let mut uses = self.lock();
        for DueUse { client, at } in due {
            if let Some(known) = uses.get_mut(client) {
                known.written = Some(*at);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, Use>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_written_at_once_and_then_once_an_hour() {
        let uses = Uses::default();
        let begin = Timestamp::from_millis(1_000_000);
        let at = |minutes: u64| begin.plus(Duration::from_mins(minutes));
        uses.note_id("a", at(0));
        let due = uses.due(at(0), WRITE_INTERVAL);
        assert_eq!(due, [DueUse { client: "a".into(), at: at(0) }]);
        assert_eq!(uses.due(at(0), WRITE_INTERVAL), due, "until it is written");
        uses.written(&due);
        for minute in 1..60 {
            uses.note_id("a", at(minute));
            assert_eq!(uses.due(at(minute), WRITE_INTERVAL), []);
        }
        assert_eq!(uses.due(at(59), Duration::ZERO).len(), 1, "at the end of the program all that waits");
        let due = uses.due(at(60), WRITE_INTERVAL);
        assert_eq!(due, [DueUse { client: "a".into(), at: at(59) }]);
        uses.written(&due);
        assert_eq!(uses.due(at(119), WRITE_INTERVAL), []);
        assert_eq!(uses.last("a"), None, "and forgotten");
    }
}
