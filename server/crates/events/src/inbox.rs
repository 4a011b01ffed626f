//! The inbox: the table `consumed_events`, what each consumer has dealt with (S-EVT-3).

use db::{DbError, Transaction, query};
use kernel::Timestamp;

use crate::bus::ConsumerName;
use crate::event_id::EventId;

db::statements! {
    INSERT = "INSERT INTO consumed_events (consumer, event_id, consumed_at) VALUES (?, ?, ?)";
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
