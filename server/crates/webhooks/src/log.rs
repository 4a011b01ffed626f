//! What operators see of deliveries, and do with them.

use db::{Connection, Database, DbError, LentTransaction, Transaction};
use kernel::{Clock, Timestamp};

use crate::delivery::{LoggedDelivery, State, Tally};
use crate::receiver::{Receiver, ReceiverName};
use crate::storage::KEPT;
use crate::store::{self, Search};

/// So many are sent again in one transaction.
const TOGETHER: u32 = 500;

/// How much each receiver has in which state, those that are no longer configured as well.
///
/// # Errors
/// When the database refuses.
pub async fn tallies(connection: &mut Connection) -> Result<Vec<Tally>, DbError> {
    store::tallies(connection).await
}

/// At most `limit` deliveries, the newest first: of one receiver or all, in one state or any.
///
/// # Errors
/// When the database refuses.
pub async fn newest(
    connection: &mut Connection,
    receiver: Option<&ReceiverName>,
    state: Option<State>,
    limit: u32,
) -> Result<Vec<LoggedDelivery>, DbError> {
    let receiver = receiver.map_or("", ReceiverName::as_str);
    store::newest(connection, &Search { receiver, state, event: "" }, limit).await
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
    let wanted = Search { receiver: receiver.as_str(), state: None, event };
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

/// The same for all that were given up, a part at a time; each part within `note`, which is told the ids.
///
/// # Errors
/// When the database refuses; what was done until then stays done.
pub async fn replay_given_up(
    db: &Database,
    receiver: &ReceiverName,
    now: Timestamp,
    note: impl AsyncFn(&mut Transaction, &[String]) -> Result<(), DbError>,
) -> Result<usize, DbError> {
    let mut replayed = 0;
    loop {
        let some = async |mut tx: LentTransaction| {
            let mut ids = store::given_up(&mut tx, receiver.as_str(), TOGETHER).await?;
            let mut changed = Vec::with_capacity(ids.len());
            for id in ids.drain(..) {
                if store::replay(&mut tx, receiver.as_str(), &id, now, now.plus(KEPT)).await? {
                    changed.push(id);
                }
            }
            note(&mut tx, &changed).await?;
            Ok::<_, DbError>(tx.commit(changed.len()))
        };
        match db.transact(some).await? {
            0 => return Ok(replayed),
            some => replayed += some,
        }
    }
}

/// Sets the metrics of what waits.
///
/// # Errors
/// When the database refuses; then they stay as they were.
pub async fn measure(db: &Database, clock: &dyn Clock, receivers: &[Receiver]) -> Result<(), DbError> {
    for receiver in receivers {
        let waiting = store::waiting(&mut *db.read().await?, receiver.name.as_str()).await?;
        let (count, age) = waiting
            .map_or((0, 0.0), |waiting| (waiting.count, clock.now().since(waiting.oldest).as_secs_f64()));
        let receiver = receiver.name.to_string();
        let count = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        metrics::gauge!("daemun_webhooks_waiting", "receiver" => receiver.clone()).set(count);
        metrics::gauge!("daemun_webhooks_oldest_waiting_seconds", "receiver" => receiver).set(age);
    }
    Ok(())
}
