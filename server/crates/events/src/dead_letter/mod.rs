//! What groups could not deal with, on any bus, for a person to look at: dealt with again, or given up for good.
//!
//! A bus with topics has each in `<topic>.dead` as well, for those who watch that; nothing is ever taken back from there.

mod letter;
pub(crate) mod store;

use db::{Connection, DbError, Transaction};
use kernel::Timestamp;

use crate::inbox;

pub use letter::DeadLetter;

/// The newest dead letters, at most `most`.
///
/// # Errors
/// When the database refuses.
pub async fn dead_letters(connection: &mut Connection, most: u32) -> Result<Vec<DeadLetter>, DbError> {
    store::newest(connection, most).await
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
