//! The inbox: the table `consumed_events`, what each consumer has dealt with (S-EVT-3).

use std::collections::HashSet;

use db::{DbError, Row as _, Transaction, query};
use kernel::Timestamp;

use crate::consumer_name::ConsumerName;
use crate::event_id::EventId;

macro_rules! insert {
    () => {
        "INSERT INTO consumed_events (consumer, event_id, consumed_at) VALUES "
    };
}

/// Four times this, between commas.
macro_rules! four {
    ($($one:tt)+) => {
        concat!($($one)+, ", ", $($one)+, ", ", $($one)+, ", ", $($one)+)
    };
}

db::statements! {
    INSERT = concat!(insert!(), "(?, ?, ?)");
    /// Several at once, since it is statements that take the time.
    INSERT_FOUR = concat!(insert!(), four!("(?, ?, ?)"));
    INSERT_SIXTEEN = concat!(insert!(), four!(four!("(?, ?, ?)")));
    INSERT_SIXTY_FOUR = concat!(insert!(), db::sixty_four!("(?, ?, ?)"));
    INSERT_256 = concat!(insert!(), four!(db::sixty_four!("(?, ?, ?)")));
    SEEN = concat!("SELECT event_id FROM consumed_events WHERE consumer = ? AND event_id IN (", db::sixty_four!("?"), ")");
    DELETE = "DELETE FROM consumed_events WHERE consumer = ? AND event_id = ?";
}

/// How many [`SEEN`] takes.
const STATEMENT_IDS: usize = 64;
/// The statements that note events, and how many each takes.
const INSERTS: [(usize, &str); 5] =
    [(256, INSERT_256), (64, INSERT_SIXTY_FOUR), (16, INSERT_SIXTEEN), (4, INSERT_FOUR), (1, INSERT)];

/// Which of these are dealt with.
pub(crate) async fn seen(
    tx: &mut Transaction,
    consumer: ConsumerName,
    ids: &[EventId],
) -> Result<HashSet<EventId>, DbError> {
    let mut all = HashSet::new();
    for some in ids.chunks(STATEMENT_IDS) {
        let mut seen = query(SEEN).bind(consumer.as_str());
        // As many as the statement takes: the last one again and again.
        for id in some.iter().chain(some.last().into_iter().cycle()).take(STATEMENT_IDS) {
            seen = seen.bind(id.to_string());
        }
        for row in seen.fetch_all(&mut **tx).await? {
            let id: String = row.try_get("event_id")?;
            all.extend(EventId::parse(&id));
        }
    }
    Ok(all)
}

/// As many of these as one statement notes, or several that take the same number.
pub(crate) fn in_full_statements(ids: usize) -> usize {
    INSERTS.iter().find(|(takes, _)| *takes <= ids).map_or(ids, |(takes, _)| ids - ids % takes)
}

/// Notes within the transaction of their effects that these events are dealt with; `false` when one of them was by then, and then
/// the transaction must be undone.
pub(crate) async fn insert_all(
    tx: &mut Transaction,
    consumer: ConsumerName,
    ids: &[EventId],
    now: Timestamp,
) -> Result<bool, DbError> {
    let mut rest = ids;
    for (takes, statement) in INSERTS {
        let full = rest.chunks_exact(takes);
        let left = full.remainder();
        for some in full {
            if !insert_rows(tx, statement, consumer, some, now).await? {
                return Ok(false);
            }
        }
        rest = left;
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
