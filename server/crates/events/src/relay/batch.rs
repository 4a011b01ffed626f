//! What a relay has to itself.

use kernel::Timestamp;

use crate::outbox::store::Waiting;
use crate::publisher::{Acknowledgement, Message};
use crate::relay::round::RelayRound;

/// The rows that a relay got, and until when.
pub(super) struct Taken {
    pub(super) rows: Vec<Waiting>,
    pub(super) until: Timestamp,
}

/// What became of a look into the outbox.
pub(super) enum Found {
    /// There is nothing to do now.
    Nothing,
    /// The bus is to get these.
    Batch(Batch),
    /// The bus has what was found, and it is marked.
    Published(RelayRound),
}

/// What a relay has to itself, and until when.
pub(super) struct Batch {
    /// What this version cannot read.
    pub(super) unreadable: Vec<Waiting>,
    /// What it publishes now.
    pub(super) readable: Vec<Claimed>,
    /// What of each of those goes out.
    pub(super) messages: Vec<Message>,
    pub(super) until: Timestamp,
}

/// An event that this relay publishes now.
pub(super) struct Claimed {
    pub(super) id: String,
    pub(super) failures: u32,
}

/// A batch after it was published: what became of each, or why nothing is known of any.
pub(super) struct Answered {
    pub(super) batch: Batch,
    pub(super) answers: Result<Vec<Acknowledgement>, String>,
}

/// A row that goes back into the outbox for later.
pub(super) struct Refused<'a> {
    pub(super) id: &'a str,
    pub(super) failures: u32,
}

impl Batch {
    /// Of rows that are claimed.
    pub(super) fn of(Taken { rows, until }: Taken) -> Self {
        let (readable, messages) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        let mut batch = Self { unreadable: Vec::new(), readable, messages, until };
        for row in rows {
            match row.message {
                Ok(message) => {
                    batch.readable.push(Claimed { id: row.id, failures: row.failures });
                    batch.messages.push(message);
                }
                Err(_) => batch.unreadable.push(row),
            }
        }
        batch
    }

    pub(super) fn len(&self) -> usize {
        self.unreadable.len() + self.readable.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        let unreadable = self.unreadable.iter().map(|row| row.id.as_str());
        unreadable.chain(self.readable.iter().map(|row| row.id.as_str()))
    }
}
