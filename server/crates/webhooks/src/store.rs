//! The table `webhook_deliveries`.

use db::{AnyRow, Connection, DbError, Lease, Row as _, Transaction, query};
use kernel::Timestamp;

use crate::delivery::{Claim, DeliveryPlace, LoggedDelivery, State, Tally};

/// The beginning of the statements that insert rows.
macro_rules! insert {
    () => {
        "INSERT INTO webhook_deliveries (receiver, event_id, topic, event_key, sequence, body, state, created_at, waiting_since, \
        due_at, failures, is_unreachable, answer, expires_at) VALUES "
    };
}

db::statements! {
    INSERT = concat!(insert!(), "(?, ?, ?, ?, ?, ?, 'waiting', ?, ?, 0, 0, 0, '', ?)");
    INSERT_SOME = concat!(insert!(), db::eight!("(?, ?, ?, ?, ?, ?, 'waiting', ?, ?, 0, 0, 0, '', ?)"));
    /// Only the first waiting event of each member, so that events keep their order. While the receiver is away, events that could
    /// not be sent because of that are due at once, for the probe.
    DUE = "SELECT receiver, event_id, topic, body, waiting_since, due_at, failures FROM webhook_deliveries d \
        WHERE receiver = ? AND state = 'waiting' AND (due_at <= ? OR (? = 1 AND is_unreachable = 1)) AND NOT EXISTS (SELECT 1 FROM webhook_deliveries earlier \
        WHERE earlier.receiver = d.receiver AND earlier.event_key = d.event_key AND earlier.state = 'waiting' \
        AND earlier.sequence < d.sequence) ORDER BY due_at, sequence, event_id LIMIT ?";
    CLAIM = "UPDATE webhook_deliveries SET due_at = ?, is_unreachable = 0 WHERE receiver = ? AND event_id = ? AND due_at = ? \
        AND state = 'waiting'";
    /// Does not check the lease: the receiver accepted it.
    DELIVERED = "UPDATE webhook_deliveries SET state = 'delivered', answer = ?, tried_at = ?, expires_at = ? \
        WHERE receiver = ? AND event_id = ? AND state = 'waiting'";
    POSTPONE = "UPDATE webhook_deliveries SET due_at = ?, failures = failures + 1, is_unreachable = ?, answer = ?, tried_at = ? \
        WHERE receiver = ? AND event_id = ? AND due_at = ? AND state = 'waiting'";
    GIVE_UP = "UPDATE webhook_deliveries SET state = 'given-up', failures = failures + 1, answer = ?, tried_at = ? \
        WHERE receiver = ? AND event_id = ? AND due_at = ? AND state = 'waiting'";
    /// For a receiver that answers again.
    RELEASE = "UPDATE webhook_deliveries SET due_at = ?, is_unreachable = 0 \
        WHERE receiver = ? AND state = 'waiting' AND is_unreachable = 1 AND due_at > ?";
    /// It is kept as long as a new event, since it may wait as long.
    REPLAY = "UPDATE webhook_deliveries SET state = 'waiting', waiting_since = ?, due_at = 0, failures = 0, is_unreachable = 0, \
        expires_at = ? WHERE receiver = ? AND event_id = ? AND state <> 'waiting'";
    GIVEN_UP = "SELECT event_id FROM webhook_deliveries WHERE receiver = ? AND state = 'given-up' ORDER BY event_id LIMIT ?";
    /// A single look-up in an index, however many rows each receiver has.
    NEXT_RECEIVER = "SELECT MIN(receiver) AS receiver FROM webhook_deliveries WHERE receiver > ?";
    IN_STATE = "SELECT receiver, state, COUNT(*) AS deliveries, MIN(created_at) AS oldest FROM webhook_deliveries \
        WHERE receiver = ? AND state = ? GROUP BY receiver, state";
    NEWEST = "SELECT receiver, event_id, topic, event_key, state, created_at, tried_at, due_at, failures, answer \
        FROM webhook_deliveries WHERE created_at <= ? AND (created_at < ? OR event_id < ? OR (event_id = ? AND receiver < ?)) \
        AND (? = '' OR receiver = ?) AND (? = '' OR state = ?) AND (? = '' OR event_id = ?) \
        ORDER BY created_at DESC, event_id DESC, receiver DESC LIMIT ?";
}

/// The name of the table, under which listeners are notified of new rows.
pub(crate) const TABLE: &str = "webhook_deliveries";

/// How couriers claim rows. Rows are given back by the statements that store the outcome, never through the lease itself.
pub(crate) const LEASE: Lease = Lease { claim: CLAIM, give_back: CLAIM };

/// A row to be inserted.
pub(crate) struct NewDelivery<'a> {
    pub(crate) receiver: &'a str,
    pub(crate) event_id: String,
    pub(crate) topic: &'a str,
    pub(crate) member: String,
    pub(crate) sequence: i64,
    pub(crate) body: String,
}

/// Inserts rows. A row that exists already stays as it is, whether it waits or was sent.
pub(crate) async fn insert(
    tx: &mut Transaction,
    new: &[NewDelivery<'_>],
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), DbError> {
    let times = Times { now, expires };
    let (chunks, rest) = new.as_chunks::<STATEMENT_ROWS>();
    for some in chunks {
        if !insert_rows(tx, INSERT_SOME, some, times).await? {
            insert_each(tx, some, times).await?;
        }
    }
    insert_each(tx, rest, times).await
}

/// How many rows [`INSERT_SOME`] adds.
const STATEMENT_ROWS: usize = 8;

#[derive(Clone, Copy)]
struct Times {
    now: Timestamp,
    expires: Timestamp,
}

async fn insert_each(tx: &mut Transaction, new: &[NewDelivery<'_>], times: Times) -> Result<(), DbError> {
    for one in new {
        insert_rows(tx, INSERT, std::slice::from_ref(one), times).await?;
    }
    Ok(())
}

/// Inserts these rows with a statement for as many; `false` when one of them exists, and then none is inserted.
async fn insert_rows(
    tx: &mut Transaction,
    statement: &'static str,
    new: &[NewDelivery<'_>],
    Times { now, expires }: Times,
) -> Result<bool, DbError> {
    let mut insert = query(statement);
    for one in new {
        insert = insert
            .bind(one.receiver)
            .bind(one.event_id.as_str())
            .bind(one.topic)
            .bind(one.member.as_str())
            .bind(one.sequence)
            .bind(one.body.as_str())
            .bind(now.millis())
            .bind(now.millis())
            .bind(expires.millis());
    }
    match insert.execute(&mut **tx).await.map_err(DbError::from) {
        Ok(_) => Ok(true),
        Err(DbError::Exists(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// How many rows a courier asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) most: u32,
    /// Whether the receiver is away and the row is for a probe.
    pub(crate) is_away: bool,
}

pub(crate) async fn due(
    connection: &mut Connection,
    receiver: &str,
    now: Timestamp,
    wanted: Wanted,
) -> Result<Vec<Claim>, DbError> {
    let rows = query(DUE).bind(receiver).bind(now.millis()).bind(i64::from(wanted.is_away));
    let rows = rows.bind(i64::from(wanted.most));
    let read = |row: &AnyRow| {
        Ok(Claim {
            receiver: row.try_get("receiver")?,
            event_id: row.try_get("event_id")?,
            topic: row.try_get("topic")?,
            body: row.try_get("body")?,
            waiting_since: moment(row, "waiting_since")?,
            failures: count(row)?,
            due_at: moment(row, "due_at")?,
        })
    };
    rows.fetch_all(connection).await?.iter().map(read).collect()
}

/// An attempt, with the answer of the receiver.
pub(crate) struct Tried<'a> {
    pub(crate) row: &'a Claim,
    /// Until when the row was claimed.
    pub(crate) claimed: Timestamp,
    pub(crate) answer: &'a str,
    pub(crate) at: Timestamp,
}

/// Marks a row as delivered; `false` when it no longer waits.
pub(crate) async fn delivered(
    tx: &mut Transaction,
    tried: &Tried<'_>,
    expires: Timestamp,
) -> Result<bool, DbError> {
    let Tried { row, answer, at, .. } = tried;
    let done = query(DELIVERED).bind(*answer).bind(at.millis()).bind(expires.millis());
    let done = done.bind(row.receiver.as_str()).bind(row.event_id.as_str());
    Ok(done.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Postpones a row; `false` when another replica has it.
pub(crate) async fn postpone(
    tx: &mut Transaction,
    tried: &Tried<'_>,
    due: Timestamp,
    is_unreachable: bool,
) -> Result<bool, DbError> {
    let Tried { row, claimed, answer, at } = tried;
    let done = query(POSTPONE).bind(due.millis()).bind(i64::from(is_unreachable)).bind(*answer);
    let done = done.bind(at.millis()).bind(row.receiver.as_str()).bind(row.event_id.as_str());
    Ok(done.bind(claimed.millis()).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Gives a row up; `false` when another replica has it.
pub(crate) async fn give_up(tx: &mut Transaction, tried: &Tried<'_>) -> Result<bool, DbError> {
    let Tried { row, claimed, answer, at } = tried;
    let done = query(GIVE_UP).bind(*answer).bind(at.millis());
    let done = done.bind(row.receiver.as_str()).bind(row.event_id.as_str()).bind(claimed.millis());
    Ok(done.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Makes the rows due that wait because the receiver was away. Returns how many.
pub(crate) async fn release(tx: &mut Transaction, receiver: &str, now: Timestamp) -> Result<u64, DbError> {
    let release = query(RELEASE).bind(now.millis()).bind(receiver).bind(now.millis());
    Ok(release.execute(&mut **tx).await?.rows_affected())
}

/// Makes a row wait again; `false` when there is none, or it already waits.
pub(crate) async fn replay(
    tx: &mut Transaction,
    receiver: &str,
    event: &str,
    now: Timestamp,
    expires: Timestamp,
) -> Result<bool, DbError> {
    let replay = query(REPLAY).bind(now.millis()).bind(expires.millis()).bind(receiver).bind(event);
    Ok(replay.execute(&mut **tx).await?.rows_affected() == 1)
}

/// The ids of at most `limit` events that were given up.
pub(crate) async fn given_up(
    connection: &mut Connection,
    receiver: &str,
    limit: u32,
) -> Result<Vec<String>, DbError> {
    let rows = query(GIVEN_UP).bind(receiver).bind(i64::from(limit)).fetch_all(connection).await?;
    rows.iter().map(|row| Ok(row.try_get("event_id")?)).collect()
}

/// The next receiver after this name that has rows.
pub(crate) async fn next_receiver(
    connection: &mut Connection,
    after: &str,
) -> Result<Option<String>, DbError> {
    Ok(query(NEXT_RECEIVER).bind(after).fetch_one(connection).await?.try_get("receiver")?)
}

/// How many rows of a receiver are in this state; `None` when there are none.
pub(crate) async fn in_state(
    connection: &mut Connection,
    receiver: &str,
    state: State,
) -> Result<Option<Tally>, DbError> {
    let row = query(IN_STATE).bind(receiver).bind(state.as_str()).fetch_optional(connection).await?;
    row.as_ref().map(tally).transpose()
}

fn tally(row: &AnyRow) -> Result<Tally, DbError> {
    Ok(Tally {
        receiver: row.try_get("receiver")?,
        state: row.try_get("state")?,
        count: row.try_get("deliveries")?,
        oldest: moment(row, "oldest")?,
    })
}

/// A search; empty fields match any row.
#[derive(Default)]
pub(crate) struct Search<'a> {
    pub(crate) receiver: &'a str,
    pub(crate) state: Option<State>,
    pub(crate) event: &'a str,
    /// Only rows after this one in the list.
    pub(crate) after: Option<&'a DeliveryPlace>,
}

pub(crate) async fn newest(
    connection: &mut Connection,
    wanted: &Search<'_>,
    limit: u32,
) -> Result<Vec<LoggedDelivery>, DbError> {
    let state = wanted.state.map_or("", State::as_str);
    let created_at = wanted.after.map_or(i64::MAX, |after| after.created_at.millis());
    let (event, receiver) = wanted.after.map_or(("", ""), |after| (&after.event_id, &after.receiver));
    let rows = query(NEWEST).bind(created_at).bind(created_at).bind(event).bind(event).bind(receiver);
    let rows = rows.bind(wanted.receiver).bind(wanted.receiver).bind(state).bind(state);
    let rows = rows.bind(wanted.event).bind(wanted.event).bind(i64::from(limit));
    let read = |row: &AnyRow| {
        let (state, due_at): (String, i64) = (row.try_get("state")?, row.try_get("due_at")?);
        // 0 is before every moment: it waits for the events before it alone.
        let has_time = due_at > 0 && state == State::Waiting.as_str();
        Ok(LoggedDelivery {
            receiver: row.try_get("receiver")?,
            event_id: row.try_get("event_id")?,
            topic: row.try_get("topic")?,
            member: row.try_get("event_key")?,
            state,
            created_at: moment(row, "created_at")?,
            tried_at: row.try_get::<Option<i64>, _>("tried_at")?.map(Timestamp::from_millis),
            due_at: has_time.then(|| Timestamp::from_millis(due_at)),
            failures: count(row)?,
            answer: row.try_get("answer")?,
        })
    };
    rows.fetch_all(connection).await?.iter().map(read).collect()
}

fn moment(row: &AnyRow, column: &str) -> Result<Timestamp, DbError> {
    Ok(Timestamp::from_millis(row.try_get(column)?))
}

fn count(row: &AnyRow) -> Result<u32, DbError> {
    Ok(u32::try_from(row.try_get::<i64, _>("failures")?).unwrap_or(u32::MAX))
}
