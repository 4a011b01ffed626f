//! Deliveries as operators see and replay them.

use db::{Connection, Database, DbError, Transaction};
use kernel::{Clock, Timestamp};

use crate::delivery::{DeliveryPlace, LoggedDelivery, State, Tally};
use crate::receiver::{Receiver, ReceiverName};
use crate::storage::RETENTION;
use crate::store::{self, Search};

/// The receivers that have rows, including those that are no longer configured.
///
/// # Errors
/// When the database refuses.
pub async fn known_receivers(connection: &mut Connection) -> Result<Vec<String>, DbError> {
    let mut known: Vec<String> = Vec::new();
    while let Some(next) = store::next_receiver(connection, known.last().map_or("", String::as_str)).await? {
        known.push(next);
    }
    Ok(known)
}

/// A filter for deliveries.
#[derive(Clone, Debug, Default)]
pub struct WantedDeliveries {
    /// Only those of this receiver.
    pub receiver: Option<ReceiverName>,
    /// Only those in this state.
    pub state: Option<State>,
    /// Only those after this one in the list.
    pub after: Option<DeliveryPlace>,
}

/// At most `limit` deliveries, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn newest(
    connection: &mut Connection,
    wanted: &WantedDeliveries,
    limit: u32,
) -> Result<Vec<LoggedDelivery>, DbError> {
    let WantedDeliveries { receiver, state, after } = wanted;
    let receiver = receiver.as_ref().map_or("", ReceiverName::as_str);
    let wanted = Search { receiver, state: *state, after: after.as_ref(), event: "" };
    store::newest(connection, &wanted, limit).await
}

/// How many deliveries of a receiver are in this state; `None` when there are none.
///
/// # Errors
/// When the database refuses.
pub async fn in_state(
    connection: &mut Connection,
    receiver: &ReceiverName,
    state: State,
) -> Result<Option<Tally>, DbError> {
    store::in_state(connection, receiver.as_str(), state).await
}

/// The delivery of this event to this receiver, if there is one.
///
/// # Errors
/// When the database refuses.
pub async fn of_receiver(
    connection: &mut Connection,
    receiver: &ReceiverName,
    event: &str,
) -> Result<Option<LoggedDelivery>, DbError> {
    let wanted = Search { receiver: receiver.as_str(), event, ..Search::default() };
    Ok(store::newest(connection, &wanted, 1).await?.pop())
}

/// Makes a delivered event, or one that was given up, wait again for another three days; `false` when there is none. The receiver
/// gets it after later events of the same member that were delivered meanwhile.
///
/// # Errors
/// When the database refuses.
pub async fn replay(
    tx: &mut Transaction,
    receiver: &ReceiverName,
    event: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    store::replay(tx, receiver.as_str(), event, now, now.plus(RETENTION)).await
}

/// The same for at most `limit` events that were given up. Returns their ids; an empty list when none is left.
///
/// # Errors
/// When the database refuses.
pub async fn replay_some(
    tx: &mut Transaction,
    receiver: &ReceiverName,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<String>, DbError> {
    let mut replayed = store::given_up(tx, receiver.as_str(), limit).await?;
    for id in &replayed {
        store::replay(tx, receiver.as_str(), id, now, now.plus(RETENTION)).await?;
    }
    replayed.sort_unstable();
    Ok(replayed)
}

/// Sets the metrics `daemun_webhooks_waiting` and `daemun_webhooks_oldest_waiting_seconds` of each receiver.
///
/// # Errors
/// When the database refuses. Then the remaining metrics keep their values.
pub async fn measure(db: &Database, clock: &dyn Clock, receivers: &[Receiver]) -> Result<(), DbError> {
    for receiver in receivers {
        let waiting = in_state(&mut *db.read().await?, &receiver.name, State::Waiting).await?;
        let (count, age) = waiting
            .map_or((0, 0.0), |waiting| (waiting.count, clock.now().since(waiting.oldest).as_secs_f64()));
        let receiver = receiver.name.to_string();
        let count = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        metrics::gauge!("daemun_webhooks_waiting", "receiver" => receiver.clone()).set(count);
        metrics::gauge!("daemun_webhooks_oldest_waiting_seconds", "receiver" => receiver).set(age);
    }
    Ok(())
}
