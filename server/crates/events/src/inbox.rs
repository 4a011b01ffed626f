//! The inbox: the table `consumed_events`, what each consumer has dealt with (S-EVT-3).

use std::collections::HashSet;

use db::{DbError, Row as _, Transaction, query};
use kernel::Timestamp;

use crate::consumer_name::ConsumerName;
use crate::event_id::EventId;

db::statements! {
    INSERT = "INSERT INTO consumed_events (consumer, event_id, consumed_at) VALUES (?, ?, ?)";
    /// Several at once, since it is statements that take the time.
    INSERT_SOME = concat!("INSERT INTO consumed_events (consumer, event_id, consumed_at) VALUES ", db::eight!("(?, ?, ?)"));
    INSERT_MANY = concat!("INSERT INTO consumed_events (consumer, event_id, consumed_at) VALUES ", db::sixty_four!("(?, ?, ?)"));
    SEEN = concat!("SELECT event_id FROM consumed_events WHERE consumer = ? AND event_id IN (", db::sixty_four!("?"), ")");
    DELETE = "DELETE FROM consumed_events WHERE consumer = ? AND event_id = ?";
}

/// How many [`INSERT_MANY`] and [`SEEN`] take.
const MANY: usize = 64;
/// How many [`INSERT_SOME`] takes.
const SOME: usize = 8;

/// Which of these are dealt with.
pub(crate) async fn seen(
    tx: &mut Transaction,
    consumer: ConsumerName,
    ids: &[EventId],
) -> Result<HashSet<EventId>, DbError> {
    let mut all = HashSet::new();
    for some in ids.chunks(MANY) {
        let mut seen = query(SEEN).bind(consumer.as_str());
        // As many as the statement takes: the last one again and again.
        for id in some.iter().chain(some.last().into_iter().cycle()).take(MANY) {
            seen = seen.bind(id.to_string());
        }
        for row in seen.fetch_all(&mut **tx).await? {
            let id: String = row.try_get("event_id")?;
            all.extend(EventId::parse(&id));
        }
    }
    Ok(all)
}

/// Notes within the transaction of their effects that these events are dealt with; `false` when one of them was by then, and then
/// the transaction must be undone.
pub(crate) async fn insert_all(
    tx: &mut Transaction,
    consumer: ConsumerName,
    ids: &[EventId],
    now: Timestamp,
) -> Result<bool, DbError> {
    let (many, rest) = ids.as_chunks::<MANY>();
    let (some, rest) = rest.as_chunks::<SOME>();
    let many = many.iter().map(|ids| (INSERT_MANY, &ids[..]));
    let some = some.iter().map(|ids| (INSERT_SOME, &ids[..]));
    let one_by_one = rest.iter().map(|id| (INSERT, std::slice::from_ref(id)));
    for (statement, ids) in many.chain(some).chain(one_by_one) {
        if !insert_rows(tx, statement, consumer, ids, now).await? {
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
    insert_rows(tx, INSERT, consumer, &[id], now).await
}

/// By the statement for so many.
async fn insert_rows(
    tx: &mut Transaction,
    statement: &'static str,
    consumer: ConsumerName,
    ids: &[EventId],
    now: Timestamp,
) -> Result<bool, DbError> {
    let mut insert = query(statement);
    for id in ids {
        insert = insert.bind(consumer.as_str()).bind(id.to_string()).bind(now.millis());
    }
    match insert.execute(&mut **tx).await.map_err(DbError::from) {
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
