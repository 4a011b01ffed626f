//! The tables `bus_subscriptions` and `bus_deliveries`.

use std::collections::HashMap;

use db::{AnyRow, Claimable, Connection, DbError, Lease, Row as _, Statement, Transaction, query};
use kernel::Timestamp;

use crate::consumer_name::ConsumerName;
use crate::dead_letter;
use crate::dead_letter::store::NewDeadLetter;
use crate::lag::Lag;
use crate::outbox::sequence::Sequence;
use crate::payload::Topic;
use crate::publisher::Message;
use crate::subscription::Delivery;

db::statements! {
    SUBSCRIBE = "INSERT INTO bus_subscriptions (group_name, topic, since) VALUES (?, ?, ?)";
    SINCE = "SELECT topic, since FROM bus_subscriptions WHERE group_name = ?";
    /// A message that a group has already and did not deal with yet is not doubled.
    INSERT = "INSERT INTO bus_deliveries \
        (group_name, event_id, topic, event_key, sequence, body, published_at, due_at, failures) \
        SELECT s.group_name, ?, ?, ?, ?, ?, ?, 0, 0 FROM bus_subscriptions s WHERE s.topic = ? AND NOT EXISTS \
        (SELECT 1 FROM bus_deliveries d WHERE d.group_name = s.group_name AND d.event_id = ?)";
    /// Only the first of each key: what comes after it waits until it is dealt with. Topics that only a newer version knows
    /// are left to a replica that does; they must not take the places of others here.
    DUE = "SELECT event_id, topic, event_key, sequence, body, due_at, failures FROM bus_deliveries d \
        WHERE group_name = ? AND due_at <= ? AND INSTR(?, topic) > 0 AND NOT EXISTS (SELECT 1 FROM bus_deliveries earlier \
        WHERE earlier.group_name = d.group_name AND earlier.event_key = d.event_key \
        AND earlier.sequence < d.sequence) ORDER BY due_at, sequence, event_id LIMIT ?";
    /// A group that is not behind has a row too.
    BEHIND = "SELECT s.group_name, s.topic, COUNT(d.event_id) AS deliveries, MIN(d.published_at) AS since \
        FROM bus_subscriptions s LEFT JOIN bus_deliveries d ON d.group_name = s.group_name AND d.topic = s.topic \
        GROUP BY s.group_name, s.topic";
    CLAIM = "UPDATE bus_deliveries SET due_at = ? WHERE group_name = ? AND event_id = ? AND due_at = ?";
    DELETE = "DELETE FROM bus_deliveries WHERE group_name = ? AND event_id = ?";
    DELETE_HELD = "DELETE FROM bus_deliveries WHERE group_name = ? AND event_id = ? AND due_at = ?";
    FAIL = "UPDATE bus_deliveries SET due_at = ?, failures = failures + 1 \
        WHERE group_name = ? AND event_id = ? AND due_at = ?";
}

/// Under which it is told that there is something new in it.
pub(super) const TABLE: &str = "bus_deliveries";

/// Which member of a group has a delivery, and until when. One that is given back was not tried.
pub(super) const LEASE: Lease = Lease { claim: CLAIM, give_back: CLAIM };
/// The same where the group failed with it.
pub(super) const FAILED: Lease = Lease { claim: CLAIM, give_back: FAIL };

/// A delivery that a group may begin with.
pub(super) struct Due {
    group: ConsumerName,
    at: Timestamp,
    pub(super) delivery: Delivery,
}

impl Claimable<2> for Due {
    fn key(&self) -> [&str; 2] {
        key(self.group, &self.delivery)
    }

    fn due_at(&self) -> Timestamp {
        self.at
    }
}

/// How far each group is behind.
pub(super) async fn behind(connection: &mut Connection) -> Result<Vec<Lag>, DbError> {
    let rows = query(BEHIND).fetch_all(connection).await?;
    let read = |row: &AnyRow| {
        Ok(Lag {
            group: row.try_get("group_name")?,
            topic: row.try_get("topic")?,
            events: row.try_get("deliveries")?,
            since: row.try_get::<Option<i64>, _>("since")?.map(Timestamp::from_millis),
        })
    };
    rows.iter().map(read).collect()
}

/// The primary key of a delivery.
pub(super) fn key(group: ConsumerName, delivery: &Delivery) -> [&str; 2] {
    [group.as_str(), &delivery.receipt]
}

/// `false` when the group hears the topic already.
pub(super) async fn subscribe(
    tx: &mut Transaction,
    name: ConsumerName,
    topic: Topic,
    now: Timestamp,
) -> Result<bool, DbError> {
    let done = query(SUBSCRIBE)
        .bind(name.as_str())
        .bind(topic.as_str())
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

/// Since when a group hears each of its topics.
pub(super) async fn since(
    connection: &mut Connection,
    name: ConsumerName,
) -> Result<HashMap<Topic, Timestamp>, DbError> {
    let mut since = HashMap::new();
    for row in query(SINCE).bind(name.as_str()).fetch_all(connection).await? {
        let topic: String = row.try_get("topic")?;
        let at = Timestamp::from_millis(row.try_get("since")?);
        since.extend(Topic::parse(&topic).map(|topic| (topic, at)));
    }
    Ok(since)
}

/// What adds a message for each group that hears its topic.
pub(super) fn insertion(message: &Message, now: Timestamp) -> Statement<'_> {
    query(INSERT)
        .bind(message.event_id.to_string())
        .bind(message.topic.as_str())
        .bind(message.key.to_string())
        .bind(message.sequence.number())
        .bind(message.body.as_str())
        .bind(now.millis())
        .bind(message.topic.as_str())
        .bind(message.event_id.to_string())
}

/// What the group may begin with.
pub(super) async fn due(
    connection: &mut Connection,
    group: ConsumerName,
    now: Timestamp,
    most: u32,
) -> Result<Vec<Due>, DbError> {
    let known: Vec<&str> = Topic::ALL.iter().map(|topic| topic.as_str()).collect();
    let due = query(DUE).bind(group.as_str()).bind(now.millis()).bind(known.join("\n"));
    let rows = due.bind(i64::from(most)).fetch_all(connection).await?;
    rows.iter().filter_map(|row| read(group, row).transpose()).collect()
}

/// Deletes the delivery in the same way to the database as the commit.
pub(super) fn delete(tx: &mut Transaction, name: ConsumerName, delivery: &Delivery) -> Result<(), DbError> {
    tx.execute_last(query(DELETE).bind(name.as_str()).bind(delivery.receipt.as_str().to_owned()))
}

/// Moves it to the dead letters; nothing happens when the hold is lost.
pub(super) async fn bury(
    tx: &mut Transaction,
    name: ConsumerName,
    delivery: &Delivery,
    reason: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    let held = query(DELETE_HELD)
        .bind(name.as_str())
        .bind(delivery.receipt.as_str())
        .bind(delivery.held_until.map(Timestamp::millis))
        .execute(&mut **tx)
        .await?;
    if held.rows_affected() == 0 {
        return Ok(());
    }
    let letter = NewDeadLetter { group: name, delivery, event_id: &delivery.receipt, reason, origin: "" };
    dead_letter::store::insert(tx, &letter, now).await
}

/// `None` for a topic that only a newer version knows: it is left to a replica that does.
fn read(group: ConsumerName, row: &AnyRow) -> Result<Option<Due>, DbError> {
    let topic: String = row.try_get("topic")?;
    let Some(topic) = Topic::parse(&topic) else { return Ok(None) };
    let delivery = Delivery {
        topic,
        key: row.try_get("event_key")?,
        sequence: Sequence::from_number(row.try_get("sequence")?),
        body: row.try_get("body")?,
        failures: count(row)?,
        held_until: None,
        receipt: row.try_get("event_id")?,
    };
    Ok(Some(Due { group, at: Timestamp::from_millis(row.try_get("due_at")?), delivery }))
}

fn count(row: &AnyRow) -> Result<u32, DbError> {
    Ok(u32::try_from(row.try_get::<i64, _>("failures")?).unwrap_or(u32::MAX))
}
