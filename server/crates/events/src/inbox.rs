//! The inbox: the table `consumed_events`, what each consumer has dealt with (S-EVT-3).

use std::collections::HashSet;

use db::{DbError, Row as _, Transaction, query};
use kernel::Timestamp;

use crate::consumer_name::ConsumerName;
use crate::event_id::EventId;

db::statements! {
    INSERT = "INSERT INTO consumed_events (consumer, event_id, consumed_at) VALUES (?, ?, ?)";
    /// Sixteen at once, since it is statements that take the time.
    INSERT_MANY = "INSERT INTO consumed_events (consumer, event_id, consumed_at) VALUES (?, ?, ?), (?, ?, ?), (?, ?, ?), \
        (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), \
        (?, ?, ?), (?, ?, ?)";
    SEEN = "SELECT event_id FROM consumed_events WHERE consumer = ? \
        AND event_id IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    DELETE = "DELETE FROM consumed_events WHERE consumer = ? AND event_id = ?";
}

/// How many [`INSERT_MANY`] and [`SEEN`] take.
pub(crate) const AT_ONCE: usize = 16;

/// Which of these, at most [`AT_ONCE`], are dealt with.
pub(crate) async fn seen(
    tx: &mut Transaction,
    consumer: ConsumerName,
    ids: &[EventId],
) -> Result<HashSet<String>, DbError> {
    let mut seen = query(SEEN).bind(consumer.as_str());
    // As many as the statement takes: the last one again and again.
    for id in ids.iter().chain(ids.last().into_iter().cycle()).take(AT_ONCE) {
        seen = seen.bind(id.to_string());
    }
    let rows = seen.fetch_all(&mut **tx).await?;
    rows.iter().map(|row| Ok(row.try_get("event_id")?)).collect()
}

/// Notes within the transaction of their effects that these events are dealt with; `false` when one of them was by then, and then
/// the transaction must be undone.
pub(crate) async fn insert_all(
    tx: &mut Transaction,
    consumer: ConsumerName,
    ids: &[EventId],
    now: Timestamp,
) -> Result<bool, DbError> {
    let (many, rest) = ids.as_chunks::<AT_ONCE>();
    for some in many {
        let mut insert = query(INSERT_MANY);
        for id in some {
            insert = insert.bind(consumer.as_str()).bind(id.to_string()).bind(now.millis());
        }
        match insert.execute(&mut **tx).await.map_err(DbError::from) {
            Ok(_) => {}
            Err(DbError::Exists(_)) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    for id in rest {
        if !insert(tx, consumer, *id, now).await? {
            return Ok(false);
        }
    }
    Ok(true)
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
