//! The table `outbox_events`.

use db::{AnyRow, Claimable, Connection, DbError, Lease, Row as _, Statement, Transaction, query};
use kernel::Timestamp;
use names::MemberId;

use crate::event::Event;
use crate::event_id::EventId;
use crate::outbox::sequence::{self, Sequence};
use crate::outbox::waiting::WaitingEvents;
use crate::payload::Topic;
use crate::publisher::Message;

macro_rules! claim_those {
    () => {
        "UPDATE outbox_events SET due_at = ? WHERE COALESCE(published_at, 0) = 0 AND due_at + 0 <= ? AND event_id IN ("
    };
}

macro_rules! mark_those {
    () => {
        "UPDATE outbox_events SET published_at = ?, room = NULL WHERE COALESCE(published_at, 0) = 0 AND event_id IN ("
    };
}

macro_rules! publish_those {
    () => {
        "UPDATE outbox_events SET published_at = ?, room = NULL \
            WHERE COALESCE(published_at, 0) = 0 AND due_at + 0 <= ? AND event_id IN ("
    };
}

db::statements! {
    /// With the number that its key has just taken.
    INSERT = "INSERT INTO outbox_events \
        (event_id, topic, event_key, sequence, body, created_at, traceparent, due_at, failures) \
        SELECT ?, ?, event_key, last_sequence, ?, ?, ?, 0, 0 FROM outbox_keys WHERE event_key = ?";
    /// Only the first of each key: what comes after it is not to be published before it is. By the time at which each is
    /// due, so that those which were refused again and again are behind the new ones, however many they are.
    DUE = "SELECT event_id, topic, event_key, sequence, body, traceparent, due_at, failures FROM outbox_events o \
        WHERE published_at IS NULL AND due_at <= ? AND NOT EXISTS (SELECT 1 FROM outbox_events earlier \
        WHERE earlier.event_key = o.event_key AND earlier.published_at IS NULL AND earlier.sequence < o.sequence) \
        ORDER BY due_at, sequence, event_id LIMIT ?";
    CLAIM = "UPDATE outbox_events SET due_at = ? WHERE event_id = ? AND due_at = ? AND published_at IS NULL";
    /// Many at once, so that a batch takes few statements. What is compared besides the id is spelt so that no index of it is
    /// used: that would lock rows, and gaps for new ones, which are none of ours.
    CLAIM_MOST = concat!(claim_those!(), db::eight!(db::sixty_four!("?")), ")");
    CLAIM_SOME = concat!(claim_those!(), db::sixty_four!("?"), ")");
    /// What nobody has claimed, for a bus that gets them by the same commit.
    PUBLISH_ONE = concat!(publish_those!(), "?)");
    PUBLISH_SOME = concat!(publish_those!(), db::sixty_four!("?"), ")");
    MARK_MOST = concat!(mark_those!(), db::eight!(db::sixty_four!("?")), ")");
    MARK_SOME = concat!(mark_those!(), db::sixty_four!("?"), ")");
    POSTPONE = "UPDATE outbox_events SET due_at = ?, failures = failures + 1 \
        WHERE event_id = ? AND due_at = ? AND published_at IS NULL";
    RELEASE = "UPDATE outbox_events SET due_at = ? WHERE event_id = ? AND due_at = ? AND published_at IS NULL";
    DELETE_PUBLISHED = "DELETE FROM outbox_events WHERE event_key = ? AND published_at IS NOT NULL";
    DELETE_KEY = "DELETE FROM outbox_keys WHERE event_key = ? \
        AND NOT EXISTS (SELECT 1 FROM outbox_events o WHERE o.event_key = ?)";
    OLDEST = "SELECT created_at FROM outbox_events WHERE published_at IS NULL ORDER BY sequence LIMIT 1";
    /// So many at most are looked at: after a long outage nobody waits for a count of all.
    WAITING = "SELECT topic, COUNT(*) AS events, MIN(created_at) AS since FROM (SELECT topic, created_at FROM outbox_events \
        WHERE published_at IS NULL ORDER BY sequence LIMIT ?) waiting GROUP BY topic ORDER BY topic";
}

/// How many ids [`CLAIM_MOST`] and [`MARK_MOST`] take.
const MAX_STATEMENT_IDS: usize = 512;
/// How many [`CLAIM_SOME`] and [`MARK_SOME`] take.
const FEW_STATEMENT_IDS: usize = 64;

/// Which of several relays has an event, and until when.
pub(crate) const LEASE: Lease = Lease { claim: CLAIM, give_back: POSTPONE };

/// The same, for what is given back before it was tried: that is no failure.
pub(crate) const UNTRIED: Lease = Lease { claim: CLAIM, give_back: RELEASE };

/// A row that is to be published.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) id: String,
    /// What goes out. A row that only a newer version can read must not hold up the others, so its error stays with it.
    pub(crate) message: Result<Message, DbError>,
    /// What `due_at` said when it was read: the relay that changes it first has the row.
    pub(crate) due_at: Timestamp,
    pub(crate) failures: u32,
}

impl Claimable for Waiting {
    fn key(&self) -> [&str; 1] {
        [&self.id]
    }

    fn due_at(&self) -> Timestamp {
        self.due_at
    }
}

/// What is written of an event beside itself.
pub(super) struct Written<'a> {
    pub(super) body: &'a str,
    pub(super) traceparent: Option<&'a str>,
}

/// Adds an event with the next number of its key.
pub(super) async fn insert(
    tx: &mut Transaction,
    event: &Event,
    written: &Written<'_>,
) -> Result<(), DbError> {
    let insert = query(INSERT)
        .bind(event.id().to_string())
        .bind(event.topic().as_str())
        .bind(written.body)
        .bind(event.at().millis())
        .bind(written.traceparent)
        .bind(event.key().to_string());
    let take = sequence::taking_next(tx.dialect(), event.key(), event.at());
    let [_, added] = tx.execute_together([take, insert]).await?;
    if added.changed == 1 { Ok(()) } else { Err(DbError::from(sqlx::Error::RowNotFound)) }
}

/// Deletes what a key has published, and the key itself if nothing of it waits. Its numbers are times, so that one that
/// comes back begins with a greater one.
pub(crate) async fn erase(tx: &mut Transaction, key: &str) -> Result<(), DbError> {
    query(DELETE_PUBLISHED).bind(key).execute(&mut **tx).await?;
    query(DELETE_KEY).bind(key).bind(key).execute(&mut **tx).await?;
    Ok(())
}

pub(crate) async fn due(
    connection: &mut Connection,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Waiting>, DbError> {
    let rows = query(DUE).bind(now.millis()).bind(i64::from(limit)).fetch_all(connection).await?;
    rows.iter().map(waiting).collect()
}

/// Takes all of these until `until`; `false` when others were faster with some of them, and then the transaction must be
/// undone.
pub(crate) async fn claim_all(
    tx: &mut Transaction,
    ids: &[&str],
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, DbError> {
    for group in groups(ids, [CLAIM_MOST, CLAIM_SOME]) {
        let claim = query(group.statement).bind(until.millis()).bind(now.millis());
        let claimed = group.bind(claim).execute(&mut **tx).await?;
        if usize::try_from(claimed.rows_affected()) != Ok(group.ids.len()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The bus has them, no matter which relay has claimed them now.
pub(crate) async fn mark(tx: &mut Transaction, ids: &[&str], now: Timestamp) -> Result<(), DbError> {
    for group in groups(ids, [MARK_MOST, MARK_SOME]) {
        group.bind(query(group.statement).bind(now.millis())).execute(&mut **tx).await?;
    }
    Ok(())
}

/// How many events [`publishing`] takes.
pub(crate) const STATEMENT_EVENTS: usize = FEW_STATEMENT_IDS;

/// What marks these, [`STATEMENT_EVENTS`] at most, if nobody has claimed one of them: it changes as many rows.
pub(crate) fn publishing<'a>(ids: &'a [&'a str], now: Timestamp) -> Statement<'a> {
    let (statement, takes) =
        if ids.len() == 1 { (PUBLISH_ONE, 1) } else { (PUBLISH_SOME, FEW_STATEMENT_IDS) };
    Group { statement, takes, ids }.bind(query(statement).bind(now.millis()).bind(now.millis()))
}

/// Ids that one statement names.
struct Group<'a> {
    statement: &'static str,
    takes: usize,
    ids: &'a [&'a str],
}

/// These ids, for the statements that take [`MAX_STATEMENT_IDS`] and [`FEW_STATEMENT_IDS`].
fn groups<'a>(ids: &'a [&'a str], [most, some]: [&'static str; 2]) -> impl Iterator<Item = Group<'a>> {
    let (full, rest) = ids.as_chunks::<MAX_STATEMENT_IDS>();
    let full = full.iter().map(move |ids| Group { statement: most, takes: MAX_STATEMENT_IDS, ids });
    full.chain(rest.chunks(FEW_STATEMENT_IDS).map(move |ids| Group {
        statement: some,
        takes: FEW_STATEMENT_IDS,
        ids,
    }))
}

impl<'a> Group<'a> {
    /// As many as the statement takes: the last one again and again, which changes nothing.
    fn bind(&self, statement: Statement<'a>) -> Statement<'a> {
        let filled = self.ids.iter().chain(std::iter::repeat(self.ids.last()).flatten());
        filled.take(self.takes).fold(statement, |statement, id| statement.bind(*id))
    }
}

pub(super) async fn oldest(connection: &mut Connection) -> Result<Option<Timestamp>, DbError> {
    let row = query(OLDEST).fetch_optional(connection).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?.map(Timestamp::from_millis))
}

/// What waits of each topic, as far as the oldest `most` tell.
pub(super) async fn waiting_by_topic(
    connection: &mut Connection,
    most: u32,
) -> Result<Vec<WaitingEvents>, DbError> {
    let rows = query(WAITING).bind(i64::from(most)).fetch_all(connection).await?;
    let read = |row: &AnyRow| {
        Ok(WaitingEvents {
            topic: row.try_get("topic")?,
            events: row.try_get("events")?,
            since: Timestamp::from_millis(row.try_get("since")?),
        })
    };
    rows.iter().map(read).collect()
}

fn waiting(row: &AnyRow) -> Result<Waiting, DbError> {
    Ok(Waiting {
        id: row.try_get("event_id")?,
        message: message(row),
        due_at: Timestamp::from_millis(row.try_get("due_at")?),
        failures: u32::try_from(row.try_get::<i64, _>("failures")?).unwrap_or(u32::MAX),
    })
}

fn message(row: &AnyRow) -> Result<Message, DbError> {
    let unreadable = |column| DbError::Unreadable { column };
    let [id, topic, key] =
        [row.try_get::<String, _>("event_id")?, row.try_get("topic")?, row.try_get("event_key")?];
    Ok(Message {
        event_id: EventId::parse(&id).map_err(|_| unreadable("outbox_events.event_id"))?,
        topic: Topic::parse(&topic).ok_or_else(|| unreadable("outbox_events.topic"))?,
        key: MemberId::parse(&key).map_err(|_| unreadable("outbox_events.event_key"))?,
        sequence: Sequence::from_number(row.try_get("sequence")?),
        body: row.try_get("body")?,
        traceparent: row.try_get("traceparent")?,
    })
}
