//! The table `webhook_deliveries`.

use db::{AnyRow, Connection, DbError, Lease, Row as _, Transaction, query};
use kernel::Timestamp;

use crate::delivery::{Claim, DeliveryPlace, LoggedDelivery, State, Tally};

/// The beginning of what adds rows.
macro_rules! insert {
    () => {
        "INSERT INTO webhook_deliveries (receiver, event_id, topic, event_key, sequence, body, state, created_at, waiting_since, \
        due_at, failures, is_unreachable, answer, expires_at) VALUES "
    };
}

db::statements! {
    INSERT = concat!(insert!(), "(?, ?, ?, ?, ?, ?, 'waiting', ?, ?, 0, 0, 0, '', ?)");
    INSERT_SOME = concat!(insert!(), db::eight!("(?, ?, ?, ?, ?, ?, 'waiting', ?, ?, 0, 0, 0, '', ?)"));
    /// Only the first of each member: what comes after it is not to be sent before it is. Of a receiver that is away, what was not sent
    /// for that reason is due whenever somebody looks.
    DUE = "SELECT receiver, event_id, topic, body, waiting_since, due_at, failures FROM webhook_deliveries d \
        WHERE receiver = ? AND state = 'waiting' AND (due_at <= ? OR (? = 1 AND is_unreachable = 1)) AND NOT EXISTS (SELECT 1 FROM webhook_deliveries earlier \
        WHERE earlier.receiver = d.receiver AND earlier.event_key = d.event_key AND earlier.state = 'waiting' \
        AND earlier.sequence < d.sequence) ORDER BY due_at, sequence, event_id LIMIT ?";
    CLAIM = "UPDATE webhook_deliveries SET due_at = ?, is_unreachable = 0 WHERE receiver = ? AND event_id = ? AND due_at = ? \
        AND state = 'waiting'";
    /// No matter who has claimed it now: the receiver has it.
    DELIVERED = "UPDATE webhook_deliveries SET state = 'delivered', answer = ?, tried_at = ?, expires_at = ? \
        WHERE receiver = ? AND event_id = ? AND state = 'waiting'";
    POSTPONE = "UPDATE webhook_deliveries SET due_at = ?, failures = failures + 1, is_unreachable = ?, answer = ?, tried_at = ? \
        WHERE receiver = ? AND event_id = ? AND due_at = ? AND state = 'waiting'";
    GIVE_UP = "UPDATE webhook_deliveries SET state = 'given-up', failures = failures + 1, answer = ?, tried_at = ? \
        WHERE receiver = ? AND event_id = ? AND due_at = ? AND state = 'waiting'";
    /// The receiver answers again.
    RELEASE = "UPDATE webhook_deliveries SET due_at = ?, is_unreachable = 0 \
        WHERE receiver = ? AND state = 'waiting' AND is_unreachable = 1 AND due_at > ?";
    /// Kept for as long as one that has just come: it may wait as long again.
    REPLAY = "UPDATE webhook_deliveries SET state = 'waiting', waiting_since = ?, due_at = 0, failures = 0, is_unreachable = 0, \
        expires_at = ? WHERE receiver = ? AND event_id = ? AND state <> 'waiting'";
    GIVEN_UP = "SELECT event_id FROM webhook_deliveries WHERE receiver = ? AND state = 'given-up' ORDER BY event_id LIMIT ?";
    /// One look into an index, however much there is of each.
    NEXT_RECEIVER = "SELECT MIN(receiver) AS receiver FROM webhook_deliveries WHERE receiver > ?";
    IN_STATE = "SELECT receiver, state, COUNT(*) AS deliveries, MIN(created_at) AS oldest FROM webhook_deliveries \
        WHERE receiver = ? AND state = ? GROUP BY receiver, state";
    NEWEST = "SELECT receiver, event_id, topic, event_key, state, created_at, tried_at, due_at, failures, answer \
        FROM webhook_deliveries WHERE created_at <= ? AND (created_at < ? OR event_id < ? OR (event_id = ? AND receiver < ?)) \
        AND (? = '' OR receiver = ?) AND (? = '' OR state = ?) AND (? = '' OR event_id = ?) \
        ORDER BY created_at DESC, event_id DESC, receiver DESC LIMIT ?";
}

/// Under which it is told that there is something new in it.
pub(crate) const TABLE: &str = "webhook_deliveries";

/// Who sends a row, and until when. One that is given back is given back with what became of it.
pub(crate) const LEASE: Lease = Lease { claim: CLAIM, give_back: CLAIM };

/// A row to be sent.
pub(crate) struct NewDelivery<'a> {
    pub(crate) receiver: &'a str,
    pub(crate) event_id: String,
    pub(crate) topic: &'a str,
    pub(crate) member: String,
    pub(crate) sequence: i64,
    pub(crate) body: String,
}

/// Adds rows. One that is there already stays as it is: it was sent before, or waits, and once is enough.
pub(crate) async fn insert(
    tx: &mut Transaction,
    new: &[NewDelivery<'_>],
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), DbError> {
    let times = Times { now, expires };
    let (chunks, rest) = new.as_chunks::<SOME>();
    for some in chunks {
        if !insert_rows(tx, INSERT_SOME, some, times).await? {
            insert_each(tx, some, times).await?;
        }
    }
    insert_each(tx, rest, times).await
}

/// How many rows [`INSERT_SOME`] adds.
const SOME: usize = 8;

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

/// By the statement for so many; `false` when one of them is there, and then none is added.
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

/// How much a courier wants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) most: u32,
    /// Whether the receiver is away, so that one is sent to see.
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

/// What became of an attempt.
pub(crate) struct Tried<'a> {
    pub(crate) row: &'a Claim,
    /// Until when we had it.
    pub(crate) claimed: Timestamp,
    pub(crate) answer: &'a str,
    pub(crate) at: Timestamp,
}

/// `false` when somebody else had delivered it.
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

/// To be tried again; `false` when somebody else has it by now.
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

/// `false` when somebody else has it by now.
pub(crate) async fn give_up(tx: &mut Transaction, tried: &Tried<'_>) -> Result<bool, DbError> {
    let Tried { row, claimed, answer, at } = tried;
    let done = query(GIVE_UP).bind(*answer).bind(at.millis());
    let done = done.bind(row.receiver.as_str()).bind(row.event_id.as_str()).bind(claimed.millis());
    Ok(done.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Makes due what waits because the receiver was away.
pub(crate) async fn release(tx: &mut Transaction, receiver: &str, now: Timestamp) -> Result<u64, DbError> {
    let release = query(RELEASE).bind(now.millis()).bind(receiver).bind(now.millis());
    Ok(release.execute(&mut **tx).await?.rows_affected())
}

/// Sends one again; `false` when there is none, or it waits.
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

/// The ids of events that were given up.
pub(crate) async fn given_up(
    connection: &mut Connection,
    receiver: &str,
    limit: u32,
) -> Result<Vec<String>, DbError> {
    let rows = query(GIVEN_UP).bind(receiver).bind(i64::from(limit)).fetch_all(connection).await?;
    rows.iter().map(|row| Ok(row.try_get("event_id")?)).collect()
}

/// The receiver that comes after this name, if there is anything for one.
pub(crate) async fn next_receiver(
    connection: &mut Connection,
    after: &str,
) -> Result<Option<String>, DbError> {
    Ok(query(NEXT_RECEIVER).bind(after).fetch_one(connection).await?.try_get("receiver")?)
}

/// What one receiver has in this state.
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

/// Which rows operators look for; empty is any.
#[derive(Default)]
pub(crate) struct Search<'a> {
    pub(crate) receiver: &'a str,
    pub(crate) state: Option<State>,
    pub(crate) event: &'a str,
    /// Only what comes after this one in the list.
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
        Ok(LoggedDelivery {
            receiver: row.try_get("receiver")?,
            event_id: row.try_get("event_id")?,
            topic: row.try_get("topic")?,
            member: row.try_get("event_key")?,
            state: row.try_get("state")?,
            created_at: moment(row, "created_at")?,
            tried_at: row.try_get::<Option<i64>, _>("tried_at")?.map(Timestamp::from_millis),
            due_at: moment(row, "due_at")?,
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
