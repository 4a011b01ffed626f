//! What operators see of deliveries, and do with them.

use db::{Connection, Database, DbError, Transaction};
use kernel::{Clock, Timestamp};

use crate::delivery::{DeliveryPlace, LoggedDelivery, State, Tally};
use crate::receiver::{Receiver, ReceiverName};
use crate::storage::KEPT;
use crate::store::{self, Search};

/// The receivers for which there is anything, those that are no longer configured as well.
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

/// Which deliveries operators look for.
#[derive(Clone, Debug, Default)]
pub struct WantedDeliveries {
    /// Of one receiver; otherwise of all.
    pub receiver: Option<ReceiverName>,
    /// In one state; otherwise in any.
    pub state: Option<State>,
    /// Those after this one in the list.
    pub after: Option<DeliveryPlace>,
}

/// At most `limit` deliveries, the newest first.
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

/// What one receiver has in one state; `None` when that is nothing.
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

/// Has an event sent again that was delivered or given up, for another three days; `false` when there is none. It comes after what
/// the receiver has had meanwhile.
///
/// # Errors
/// When the database refuses.
pub async fn replay(
    tx: &mut Transaction,
    receiver: &ReceiverName,
    event: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    store::replay(tx, receiver.as_str(), event, now, now.plus(KEPT)).await
}

/// The same for some that were given up, at most `limit`; the ids of their events. None is left when there are none.
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
        store::replay(tx, receiver.as_str(), id, now, now.plus(KEPT)).await?;
    }
    replayed.sort_unstable();
    Ok(replayed)
}

/// Sets the metrics of what waits.
///
/// # Errors
/// When the database refuses; then they stay as they were.
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
