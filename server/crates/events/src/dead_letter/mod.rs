//! What groups could not deal with, on any bus, for a person to look at: dealt with again, or given up for good.
//!
//! A bus with topics has each in `<topic>.dead` as well, for those who watch that; nothing is ever taken back from there.

mod letter;
pub(crate) mod store;

use db::{Connection, DbError, Transaction};
use kernel::Timestamp;

use crate::inbox;

pub use letter::{DeadLetter, DeadLetterPlace};

/// The newest dead letters, or those after a place, at most `most`.
///
/// # Errors
/// When the database refuses.
pub async fn dead_letters(
    connection: &mut Connection,
    after: Option<&DeadLetterPlace>,
    most: u32,
) -> Result<Vec<DeadLetter>, DbError> {
    store::newest(connection, after, most).await
}

/// The oldest of those that died until then, at most `most`.
///
/// # Errors
/// When the database refuses.
pub async fn dead_letters_until(
    connection: &mut Connection,
    died_at: Timestamp,
    most: u32,
) -> Result<Vec<DeadLetter>, DbError> {
    store::until(connection, died_at, most).await
}

/// The dead letter of this event for this group.
///
/// # Errors
/// When the database refuses.
pub async fn dead_letter(
    connection: &mut Connection,
    group: &str,
    event_id: &str,
) -> Result<Option<DeadLetter>, DbError> {
    store::one(connection, group, event_id).await
}

/// How many there are.
///
/// # Errors
/// When the database refuses.
pub async fn count_dead_letters(connection: &mut Connection) -> Result<i64, DbError> {
    store::count(connection).await
}

/// The dead letters of this event, one for each group that could not deal with it.
///
/// # Errors
/// When the database refuses.
pub async fn dead_letters_of(
    connection: &mut Connection,
    event_id: &str,
) -> Result<Vec<DeadLetter>, DbError> {
    store::of_event(connection, event_id).await
}

/// Lets the group deal with it once more, with all attempts: after what followed it, so a consumer that keeps a state by
/// member sees by its sequence that it is late.
///
/// # Errors
/// When the database refuses.
pub async fn retry(tx: &mut Transaction, letter: &DeadLetter, now: Timestamp) -> Result<bool, DbError> {
    if !store::delete(tx, letter).await? {
        return Ok(false);
    }
    inbox::delete(tx, &letter.group, &letter.event_id).await?;
    store::deliver(tx, letter, now).await?;
    Ok(true)
}

/// Gives it up for good: the group never deals with it.
///
/// # Errors
/// When the database refuses.
pub async fn discard(tx: &mut Transaction, letter: &DeadLetter) -> Result<bool, DbError> {
    store::delete(tx, letter).await
}
