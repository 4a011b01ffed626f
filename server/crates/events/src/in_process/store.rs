//! The tables `bus_subscriptions`, `bus_deliveries` and `bus_dead_letters`.

use db::{AnyRow, Connection, DbError, Row as _, Transaction, query};
use kernel::Timestamp;

use crate::bus::{ConsumerName, Delivery, Message};
use crate::in_process::dead_letter::DeadLetter;
use crate::outbox::sequence::Sequence;
use crate::payload::Topic;

const LONGEST_REASON: usize = 500;

db::statements! {
    SUBSCRIBE = "INSERT INTO bus_subscriptions (group_name, topic, since) VALUES (?, ?, ?)";
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
    CLAIM = "UPDATE bus_deliveries SET due_at = ? WHERE group_name = ? AND event_id = ? AND due_at = ?";
    DELETE = "DELETE FROM bus_deliveries WHERE group_name = ? AND event_id = ?";
    DELETE_HELD = "DELETE FROM bus_deliveries WHERE group_name = ? AND event_id = ? AND due_at = ?";
    POSTPONE = "UPDATE bus_deliveries SET due_at = ?, failures = ? \
        WHERE group_name = ? AND event_id = ? AND due_at = ?";
    DELETE_DEAD = "DELETE FROM bus_dead_letters WHERE group_name = ? AND event_id = ?";
    BURY = "INSERT INTO bus_dead_letters \
        (group_name, event_id, topic, event_key, sequence, body, reason, failures, died_at) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    DEAD = "SELECT group_name, event_id, topic, event_key, body, reason, failures, died_at FROM bus_dead_letters \
        ORDER BY died_at DESC LIMIT ?";
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

pub(super) async fn insert(tx: &mut Transaction, message: &Message, now: Timestamp) -> Result<(), DbError> {
    query(INSERT)
        .bind(message.event_id.to_string())
        .bind(message.topic.as_str())
        .bind(message.key.to_string())
        .bind(message.sequence.number())
        .bind(message.body.as_str())
        .bind(now.millis())
        .bind(message.topic.as_str())
        .bind(message.event_id.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// What the group may begin with. `held_until` says when each became due: the consumer that changes that first has it.
pub(super) async fn due(
    connection: &mut Connection,
    name: ConsumerName,
    now: Timestamp,
    most: u32,
) -> Result<Vec<Delivery>, DbError> {
    let known: Vec<&str> = Topic::ALL.iter().map(|topic| topic.as_str()).collect();
    let due = query(DUE).bind(name.as_str()).bind(now.millis()).bind(known.join("\n"));
    let rows = due.bind(i64::from(most)).fetch_all(connection).await?;
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}

/// Takes the delivery until `until`; `false` when somebody else was faster.
pub(super) async fn claim(
    tx: &mut Transaction,
    name: ConsumerName,
    due: &Delivery,
    until: Timestamp,
) -> Result<bool, DbError> {
    let done = query(CLAIM)
        .bind(until.millis())
        .bind(name.as_str())
        .bind(due.receipt.as_str())
        .bind(due.held_until.map(Timestamp::millis))
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn delete(
    tx: &mut Transaction,
    name: ConsumerName,
    delivery: &Delivery,
) -> Result<(), DbError> {
    query(DELETE).bind(name.as_str()).bind(delivery.receipt.as_str()).execute(&mut **tx).await?;
    Ok(())
}

/// Nothing changes when the hold is lost: the delivery is another consumer's then.
pub(super) async fn postpone(
    tx: &mut Transaction,
    name: ConsumerName,
    delivery: &Delivery,
    failures: u32,
    at: Timestamp,
) -> Result<(), DbError> {
    query(POSTPONE)
        .bind(at.millis())
        .bind(i64::from(failures))
        .bind(name.as_str())
        .bind(delivery.receipt.as_str())
        .bind(delivery.held_until.map(Timestamp::millis))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Moves it to the dead. One that was there already is replaced; nothing happens when the hold is lost.
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
    query(DELETE_DEAD).bind(name.as_str()).bind(delivery.receipt.as_str()).execute(&mut **tx).await?;
    query(BURY)
        .bind(name.as_str())
        .bind(delivery.receipt.as_str())
        .bind(delivery.topic.dead())
        .bind(delivery.key.as_str())
        .bind(delivery.sequence.number())
        .bind(delivery.body.as_str())
        .bind(reason.chars().take(LONGEST_REASON).collect::<String>())
        .bind(i64::from(delivery.failures))
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(super) async fn dead(connection: &mut Connection, most: u32) -> Result<Vec<DeadLetter>, DbError> {
    let rows = query(DEAD).bind(i64::from(most)).fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            Ok(DeadLetter {
                group: row.try_get("group_name")?,
                event_id: row.try_get("event_id")?,
                topic: row.try_get("topic")?,
                key: row.try_get("event_key")?,
                body: row.try_get("body")?,
                reason: row.try_get("reason")?,
                failures: count(row)?,
                died_at: Timestamp::from_millis(row.try_get("died_at")?),
            })
        })
        .collect()
}

/// `None` for a topic that only a newer version knows: it is left to a replica that does.
fn read(row: &AnyRow) -> Result<Option<Delivery>, DbError> {
    let topic: String = row.try_get("topic")?;
    let Some(topic) = Topic::parse(&topic) else { return Ok(None) };
    Ok(Some(Delivery {
        topic,
        key: row.try_get("event_key")?,
        sequence: Sequence::from_number(row.try_get("sequence")?),
        body: row.try_get("body")?,
        failures: count(row)?,
        held_until: Some(Timestamp::from_millis(row.try_get("due_at")?)),
        receipt: row.try_get("event_id")?,
    }))
}

fn count(row: &AnyRow) -> Result<u32, DbError> {
    Ok(u32::try_from(row.try_get::<i64, _>("failures")?).unwrap_or(u32::MAX))
}
