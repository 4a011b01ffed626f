//! The table `bus_dead_letters`.

use db::{AnyRow, Connection, DbError, Row as _, Transaction, query};
use kernel::Timestamp;

use crate::consumer_name::ConsumerName;
use crate::dead_letter::letter::{DeadLetter, DeadLetterPlace};
use crate::outbox::sequence::Sequence;
use crate::subscription::Delivery;

const MAX_REASON_CHARS: usize = 500;
const MAX_BODY_CHARS: usize = 8000;
const MAX_KEY_CHARS: usize = 36;

db::statements! {
    DELETE = "DELETE FROM bus_dead_letters WHERE group_name = ? AND event_id = ?";
    INSERT = "INSERT INTO bus_dead_letters \
        (group_name, event_id, topic, event_key, sequence, body, reason, failures, died_at, origin) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    NEWEST = "SELECT group_name, event_id, topic, event_key, sequence, body, reason, failures, died_at, origin \
        FROM bus_dead_letters WHERE died_at <= ? AND (died_at < ? OR group_name > ? OR (group_name = ? AND event_id > ?)) \
        ORDER BY died_at DESC, group_name, event_id LIMIT ?";
    ONE = "SELECT group_name, event_id, topic, event_key, sequence, body, reason, failures, died_at, origin \
        FROM bus_dead_letters WHERE group_name = ? AND event_id = ?";
    OF_EVENT = "SELECT group_name, event_id, topic, event_key, sequence, body, reason, failures, died_at, origin \
        FROM bus_dead_letters WHERE event_id = ? ORDER BY group_name";
    COUNT = "SELECT COUNT(*) FROM bus_dead_letters";
    BEFORE = "SELECT group_name, event_id, topic, event_key, sequence, body, reason, failures, died_at, origin \
        FROM bus_dead_letters WHERE died_at <= ? ORDER BY died_at, group_name, event_id LIMIT ?";
    DELETE_DELIVERY = "DELETE FROM bus_deliveries WHERE group_name = ? AND event_id = ?";
    DELIVER = "INSERT INTO bus_deliveries \
        (group_name, event_id, topic, event_key, sequence, body, published_at, due_at, failures) \
        VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)";
}

/// A dead letter that is to be stored.
pub(crate) struct NewDeadLetter<'a> {
    pub(crate) group: ConsumerName,
    pub(crate) delivery: &'a Delivery,
    /// The id of the event, or what else it is known by.
    pub(crate) event_id: &'a str,
    pub(crate) reason: &'a str,
    /// Its position on the broker, or nothing on the in-process bus.
    pub(crate) origin: &'a str,
}

/// Stores a dead letter, in place of the one that its group has for the same event.
pub(crate) async fn insert(
    tx: &mut Transaction,
    letter: &NewDeadLetter<'_>,
    now: Timestamp,
) -> Result<(), DbError> {
    let NewDeadLetter { group, delivery, event_id, reason, origin } = letter;
    let group = group.as_str();
    query(DELETE).bind(group).bind(*event_id).execute(&mut **tx).await?;
    query(INSERT)
        .bind(group)
        .bind(*event_id)
        .bind(delivery.topic.dead())
        .bind(plain(&delivery.key, MAX_KEY_CHARS))
        .bind(delivery.sequence.number())
        .bind(cut(&delivery.body, MAX_BODY_CHARS))
        .bind(cut(reason, MAX_REASON_CHARS))
        .bind(i64::from(delivery.failures) + 1)
        .bind(now.millis())
        .bind(*origin)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(super) async fn newest(
    connection: &mut Connection,
    after: Option<&DeadLetterPlace>,
    most: u32,
) -> Result<Vec<DeadLetter>, DbError> {
    let died_at = after.map_or(i64::MAX, |after| after.died_at.millis());
    let (group, event) = after.map_or(("", ""), |after| (&after.group, &after.event_id));
    let rows = query(NEWEST).bind(died_at).bind(died_at).bind(group).bind(group).bind(event);
    rows.bind(i64::from(most)).fetch_all(connection).await?.iter().map(read).collect()
}

/// Those that died until then, the oldest first.
pub(super) async fn until(
    connection: &mut Connection,
    died_at: Timestamp,
    most: u32,
) -> Result<Vec<DeadLetter>, DbError> {
    let rows = query(BEFORE).bind(died_at.millis()).bind(i64::from(most));
    rows.fetch_all(connection).await?.iter().map(read).collect()
}

pub(super) async fn one(
    connection: &mut Connection,
    group: &str,
    event_id: &str,
) -> Result<Option<DeadLetter>, DbError> {
    let row = query(ONE).bind(group).bind(event_id).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

pub(super) async fn of_event(
    connection: &mut Connection,
    event_id: &str,
) -> Result<Vec<DeadLetter>, DbError> {
    let rows = query(OF_EVENT).bind(event_id).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

/// How many there are.
pub(crate) async fn count(connection: &mut Connection) -> Result<i64, DbError> {
    Ok(query(COUNT).fetch_one(connection).await?.try_get(0)?)
}

/// `false` when it is gone already.
pub(super) async fn delete(tx: &mut Transaction, letter: &DeadLetter) -> Result<bool, DbError> {
    let deleted = query(DELETE).bind(letter.group.as_str()).bind(letter.event_id.as_str());
    Ok(deleted.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Puts it before its group again.
pub(super) async fn deliver(
    tx: &mut Transaction,
    letter: &DeadLetter,
    now: Timestamp,
) -> Result<(), DbError> {
    let DeadLetter { group, event_id, topic, key, body, .. } = letter;
    let topic = topic.strip_suffix(".dead").unwrap_or(topic);
    query(DELETE_DELIVERY).bind(group.as_str()).bind(event_id.as_str()).execute(&mut **tx).await?;
    query(DELIVER)
        .bind(group.as_str())
        .bind(event_id.as_str())
        .bind(topic)
        .bind(key.as_str())
        .bind(letter.sequence.number())
        .bind(body.as_str())
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<DeadLetter, DbError> {
    Ok(DeadLetter {
        group: row.try_get("group_name")?,
        event_id: row.try_get("event_id")?,
        topic: row.try_get("topic")?,
        key: row.try_get("event_key")?,
        sequence: Sequence::from_number(row.try_get("sequence")?),
        body: row.try_get("body")?,
        reason: row.try_get("reason")?,
        failures: u32::try_from(row.try_get::<i64, _>("failures")?).unwrap_or(u32::MAX),
        died_at: Timestamp::from_millis(row.try_get("died_at")?),
        origin: row.try_get("origin")?,
    })
}

fn cut(text: &str, longest: usize) -> String {
    text.chars().take(longest).collect()
}

/// A key that is not an id of ours may be any text.
fn plain(text: &str, longest: usize) -> String {
    text.chars().filter(char::is_ascii).take(longest).collect()
}
