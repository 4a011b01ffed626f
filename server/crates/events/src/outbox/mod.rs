//! The outbox: an event is in the database from the transaction that made it true until the bus has it.

pub(crate) mod sequence;
pub(crate) mod store;
mod waiting;

use db::{Connection, Database, DbError, Transaction};
use kernel::{Clock, Timestamp, Trace};
use store::Written;

use crate::event::Event;

pub use waiting::{MAX_COUNTED, WaitingEvents};

/// Under which it is told that there is something new in it.
pub(crate) const TABLE: &str = "outbox_events";

/// Adds `event` within the caller's transaction: it becomes true with all else in it, or never was (S-EVT-1).
///
/// It belongs to the trace that the task [works for](Trace::current), which is told to all who read it.
///
/// Other transactions that append for the same member wait until this one ends, so append late in a transaction. One
/// that appends for several members goes through them in the order of their ids, so that no two wait for each other.
///
/// # Errors
/// When the database refuses; then what the event tells must not become true either.
pub async fn append(tx: &mut Transaction, event: &Event) -> Result<(), DbError> {
    let body = event.to_json().map_err(|error| DbError::from(sqlx::Error::Encode(error.into())))?;
    let traceparent = Trace::current().map(|trace| trace.traceparent(event.id().span()));
    store::insert(tx, event, &Written { body: &body, traceparent: traceparent.as_deref() }).await?;
    tx.tell(TABLE);
    Ok(())
}

/// Since when the event waits that waits longest for the bus; `None` when none waits.
pub async fn oldest_unpublished(connection: &mut Connection) -> Result<Option<Timestamp>, DbError> {
    store::oldest(connection).await
}

/// What waits for the bus, by topic.
///
/// # Errors
/// When the database refuses.
pub async fn waiting(connection: &mut Connection) -> Result<Vec<WaitingEvents>, DbError> {
    store::waiting_by_topic(connection, MAX_COUNTED).await
}

/// Tells the metric `daemun_events_oldest_unpublished_seconds` how long the oldest event waits. The relay does so in
/// each round; something else must do so too, or a relay that stands still raises no alarm (S-EVT-9).
pub async fn measure(db: &Database, clock: &dyn Clock) -> Result<(), DbError> {
    let mut reader = db.read().await?;
    let oldest = store::oldest(&mut reader).await?;
    let age = oldest.map_or(0.0, |oldest| clock.now().since(oldest).as_secs_f64());
    metrics::gauge!("daemun_events_oldest_unpublished_seconds").set(age);
    Ok(())
}
