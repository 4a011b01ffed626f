//! The table `long_works`.

use std::time::Duration;

use db::{AnyRow, Connection, DbError, Row as _, Transaction, query};
use kernel::Timestamp;

use crate::operations::long_work::id::WorkId;
use crate::operations::long_work::kind::{self, WorkKind};

/// How long it is known what became of it.
const RETENTION: Duration = Duration::from_hours(24 * 30);

db::statements! {
    INSERT = "INSERT INTO long_works (id, kind, object, state, done, total, begun_at, expires_at) \
        VALUES (?, ?, ?, 'running', 0, ?, ?, ?)";
    /// Work that was stopped stays as it is.
    PROGRESS = "UPDATE long_works SET done = done + ? WHERE id = ? AND state = 'running'";
    RUNS = "SELECT id FROM long_works WHERE id = ? AND state = 'running'";
    RUNNING = "SELECT id, kind, object, state, done, total, begun_at, ended_at FROM long_works \
        WHERE kind = ? AND state = 'running'";
    END = "UPDATE long_works SET state = ?, ended_at = ? WHERE id = ? AND state = 'running'";
    ONE = "SELECT id, kind, object, state, done, total, begun_at, ended_at FROM long_works WHERE id = ?";
    // Ids are UUIDv7: their order is that of time.
    NEWEST = "SELECT id, kind, object, state, done, total, begun_at, ended_at FROM long_works WHERE id < ? \
        ORDER BY id DESC LIMIT ?";
}

/// How far work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkState {
    /// It is being done.
    Running,
    /// It is done.
    Done,
    /// An operator stopped it.
    Stopped,
    /// It was given up; the log says why.
    Failed,
}

impl WorkState {
    const ALL: [Self; 4] = [Self::Running, Self::Done, Self::Stopped, Self::Failed];

    /// Its name in the table and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }
}

/// Work, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkRow {
    /// Its id.
    pub id: WorkId,
    /// As [`WorkKind::name`] has it.
    pub kind: String,
    /// On what it is done; empty where there is only one.
    pub object: String,
    /// How far it is.
    pub state: WorkState,
    /// How much is done.
    pub done: i64,
    /// How much there was to do, where that is known.
    pub total: Option<i64>,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl WorkRow {
    pub(crate) fn key(&self) -> String {
        kind::key(&self.kind, &self.object)
    }
}

pub(crate) async fn insert(
    tx: &mut Transaction,
    id: WorkId,
    kind: &WorkKind,
    total: Option<i64>,
    now: Timestamp,
) -> Result<(), DbError> {
    let insert = query(INSERT).bind(id.to_string()).bind(kind.name()).bind(kind.object());
    let insert = insert.bind(total).bind(now.millis()).bind(now.plus(RETENTION).millis());
    insert.execute(&mut **tx).await?;
    Ok(())
}

/// So much more is done; `false` when it does not run any more.
pub(crate) async fn progress(tx: &mut Transaction, id: WorkId, done: i64) -> Result<bool, DbError> {
    Ok(query(PROGRESS).bind(done).bind(id.to_string()).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Whether it is being done.
pub(crate) async fn is_running(connection: &mut Connection, id: WorkId) -> Result<bool, DbError> {
    Ok(query(RUNS).bind(id.to_string()).fetch_optional(connection).await?.is_some())
}

/// Whether work is being done beside which this cannot begin.
pub(crate) async fn has_running(connection: &mut Connection, kind: &WorkKind) -> Result<bool, DbError> {
    let running = query(RUNNING).bind(kind.name()).fetch_all(connection).await?;
    for row in &running {
        if read(row)?.key() == kind.key() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// It ends; `false` when it had ended.
pub(crate) async fn end(
    tx: &mut Transaction,
    id: WorkId,
    state: WorkState,
    now: Timestamp,
) -> Result<bool, DbError> {
    let end = query(END).bind(state.as_str()).bind(now.millis()).bind(id.to_string());
    Ok(end.execute(&mut **tx).await?.rows_affected() == 1)
}

pub(crate) async fn one(connection: &mut Connection, id: WorkId) -> Result<Option<WorkRow>, DbError> {
    query(ONE).bind(id.to_string()).fetch_optional(connection).await?.as_ref().map(read).transpose()
}

pub(crate) async fn newest(
    connection: &mut Connection,
    after: Option<WorkId>,
    limit: u32,
) -> Result<Vec<WorkRow>, DbError> {
    let after = after.map_or_else(|| "~".to_owned(), |after| after.to_string());
    query(NEWEST).bind(after).bind(i64::from(limit)).fetch_all(connection).await?.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<WorkRow, DbError> {
    let (id, state): (String, String) = (row.try_get("id")?, row.try_get("state")?);
    let unreadable = |column| DbError::Unreadable { column };
    let state = WorkState::ALL.into_iter().find(|known| known.as_str() == state);
    Ok(WorkRow {
        id: WorkId::parse(&id).map_err(|_| unreadable("long_works.id"))?,
        kind: row.try_get("kind")?,
        object: row.try_get("object")?,
        state: state.ok_or_else(|| unreadable("long_works.state"))?,
        done: row.try_get("done")?,
        total: row.try_get("total")?,
        begun_at: Timestamp::from_millis(row.try_get("begun_at")?),
        ended_at: row.try_get::<Option<i64>, _>("ended_at")?.map(Timestamp::from_millis),
    })
}
