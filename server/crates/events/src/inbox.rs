//! The inbox: the table `consumed_events`, what each consumer has dealt with (S-EVT-3).

use db::{DbError, Transaction, query};
use kernel::Timestamp;

use crate::consumer_name::ConsumerName;
use crate::event_id::EventId;

db::statements! {
    INSERT = "INSERT INTO consumed_events (consumer, event_id, consumed_at) VALUES (?, ?, ?)";
    DELETE = "DELETE FROM consumed_events WHERE consumer = ? AND event_id = ?";
}

/// Notes within the transaction of the effect that the event is dealt with; `false` when it was before.
pub(crate) async fn insert(
    tx: &mut Transaction,
    consumer: ConsumerName,
    id: EventId,
    now: Timestamp,
) -> Result<bool, DbError> {
    let done = query(INSERT)
        .bind(consumer.as_str())
        .bind(id.to_string())
        .bind(now.millis())
        .execute(&mut **tx)
        .await
        .map_err(DbError::from);
    match done {
        Ok(_) => Ok(true),
        Err(DbError::Exists(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Forgets that the event is dealt with, so that it can be dealt with once more.
pub(crate) async fn delete(tx: &mut Transaction, consumer: &str, event_id: &str) -> Result<(), DbError> {
    query(DELETE).bind(consumer).bind(event_id).execute(&mut **tx).await?;
    Ok(())
}
