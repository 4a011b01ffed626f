//! What acts on events.

use async_trait::async_trait;
use db::{DbError, Transaction};

use crate::consumer_name::ConsumerName;
use crate::event::Event;
use crate::outbox::sequence::Sequence;
use crate::payload::Topic;

/// An event as a consumer gets it: once in effect, in the order of its member.
#[derive(Clone, Debug)]
pub struct Received {
    /// The event. It says what was the case; decisions about access must not rely on it (S-EVT-7, S-EVT-8).
    pub event: Event,
    /// Greater than that of all earlier events of the member: a consumer that keeps a state per member keeps this with
    /// it, and passes over what is not greater (S-EVT-4).
    pub sequence: Sequence,
}

/// Why a consumer did not deal with an event.
#[derive(Debug, thiserror::Error)]
pub enum HandleError {
    /// The database. When it cannot be reached, the event is not at fault, and this does not count as a failure.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Anything else. Counts; after the last time the event goes to `<topic>.dead`. The text is kept there, so it must
    /// hold nothing secret.
    #[error("{0}")]
    Failed(String),
}

/// Acts on events of some topics.
#[async_trait]
pub trait Consumer: Send + Sync {
    /// Its name, which never changes: by it, it is known what it has dealt with.
    fn name(&self) -> ConsumerName;

    /// What it wants to hear.
    fn topics(&self) -> &[Topic];

    /// Deals with one event. All its effects go through `tx`, which commits together with the note that this event is
    /// dealt with (S-EVT-3), and perhaps with the effects of others. It may be asked several times for one event, after a
    /// transaction that did not become true. It does not leave the process: on SQLite it holds the only writer. What must go
    /// out (a mail) is written into a table, and somebody else sends it; what is to be counted waits for the
    /// [commit](Transaction::after_commit).
    ///
    /// # Errors
    /// As [`HandleError`] says; then nothing that went through `tx` is true.
    async fn handle(&self, tx: &mut Transaction, received: &Received) -> Result<(), HandleError>;

    /// Deals with several events, each of another member, in one transaction. A consumer that writes a row for each can write them
    /// in few statements. Where this fails, each of them comes to [`Consumer::handle`] alone.
    ///
    /// # Errors
    /// As [`HandleError`] says; then nothing that went through `tx` is true.
    async fn handle_all(&self, tx: &mut Transaction, received: &[&Received]) -> Result<(), HandleError> {
        for one in received {
            self.handle(tx, one).await?;
        }
        Ok(())
    }
}
