//! The table `jobs`.

use db::{AnyRow, Claimable, Connection, DbError, Lease, Row as _, Statement, Transaction, query};
use kernel::Timestamp;

use crate::failure_text;
use crate::job::Job;
use crate::job::JobKind;

db::statements! {
    INSERT = "INSERT INTO jobs (id, kind, idempotency_key, owner, payload, sealed, state, attempts, created_at, due_at, \
        expires_at) VALUES (?, ?, ?, ?, ?, ?, 'waiting', 0, ?, ?, ?)";
    DUE = "SELECT id, idempotency_key, owner, payload, sealed, attempts, created_at, due_at, failure FROM jobs \
        WHERE kind = ? AND state = 'waiting' AND due_at <= ? ORDER BY due_at, id LIMIT ?";
    /// Decides which of several workers gets the job.
    CLAIM = "UPDATE jobs SET due_at = ?, attempts = attempts + 1 WHERE id = ? AND state = 'waiting' AND due_at = ?";
    /// Changes the attempts only; the lease stays.
    GIVE_ATTEMPT_BACK = "UPDATE jobs SET attempts = attempts - 1 WHERE id = ? AND state = 'waiting' AND due_at = ?";
    /// Only while no other worker has claimed it.
    POSTPONE = "UPDATE jobs SET due_at = ? WHERE id = ? AND state = 'waiting' AND due_at = ?";
    /// Why it is tried again, for operators.
    NOTE_FAILURE = "UPDATE jobs SET failure = ? WHERE id = ? AND state = 'waiting'";
    /// Takes the attempt back that the claim counted.
    LEAVE = "UPDATE jobs SET due_at = ?, attempts = attempts - 1 WHERE id = ? AND state = 'waiting' AND due_at = ?";
    /// Does not check the lease: the work is done.
    MARK_DONE = "UPDATE jobs SET state = 'done', sealed = NULL, failure = NULL, expires_at = ? WHERE id = ? AND state = 'waiting'";
    /// Decides as well which of several workers did the step.
    ADVANCE = "UPDATE jobs SET payload = ?, due_at = ?, attempts = 0 WHERE id = ? AND state = 'waiting' AND payload = ?";
    DELETE_WAITING = "DELETE FROM jobs WHERE id = ? AND state = 'waiting'";
    /// A job that expires earlier keeps its own time.
    BURY = "UPDATE jobs SET state = 'dead', failure = ?, sealed = NULL, expires_at = COALESCE(expires_at, ?) \
        WHERE id = ? AND state = 'waiting' AND due_at = ?";
    /// The same without wiping the secret, for a job that may be retried.
    BURY_WHOLE = "UPDATE jobs SET state = 'dead', failure = ?, expires_at = COALESCE(expires_at, ?) \
        WHERE id = ? AND state = 'waiting' AND due_at = ?";
    /// A job whose secret was wiped cannot be retried.
    RETRY = "UPDATE jobs SET state = 'waiting', attempts = 0, failure = NULL, due_at = ?, expires_at = NULL \
        WHERE id = ? AND kind = ? AND state = 'dead' AND sealed IS NOT NULL";
    /// In the order in which they are due.
    WAITING = "SELECT id, idempotency_key, owner, payload, sealed, attempts, created_at, due_at, failure FROM jobs \
        WHERE kind = ? AND state = 'waiting' AND due_at >= ? AND (due_at > ? OR id > ?) ORDER BY due_at, id LIMIT ?";
    /// The latest first.
    DEAD = "SELECT id, idempotency_key, owner, payload, sealed, attempts, created_at, due_at, failure FROM jobs \
        WHERE kind = ? AND state = 'dead' AND due_at <= ? AND (due_at < ? OR id < ?) ORDER BY due_at DESC, id DESC LIMIT ?";
    COUNT = "SELECT COUNT(*) AS jobs FROM (SELECT id FROM jobs WHERE kind = ? AND state = ? LIMIT ?) counted";
    /// Those that can be retried, and those that were given up lately. Only so many rows are looked at, the latest first: what a row holds is
    /// not in the index.
    COUNT_DEAD = "SELECT COUNT(*) AS jobs FROM (SELECT sealed, due_at FROM jobs WHERE kind = ? AND state = 'dead' \
        ORDER BY due_at DESC LIMIT ?) latest WHERE sealed IS NOT NULL OR due_at > ?";
    IS_DEAD = "SELECT 1 AS dead FROM jobs WHERE id = ? AND kind = ? AND state = 'dead'";
    DELETE_CLAIMED = "DELETE FROM jobs WHERE id = ? AND state = 'waiting' AND due_at = ?";
    CANCEL = "DELETE FROM jobs WHERE kind = ? AND idempotency_key = ?";
    DELETE_OF_OWNER = "DELETE FROM jobs WHERE kind = ? AND owner = ?";
    WAITING_OF_OWNER = "SELECT id, idempotency_key, owner, payload, sealed, attempts, created_at, due_at, failure FROM jobs \
        WHERE kind = ? AND owner = ? AND state = 'waiting' ORDER BY created_at, id";
    NEWEST_OF_OWNER = "SELECT payload, state, created_at, attempts FROM jobs WHERE kind = ? AND owner = ? \
        ORDER BY created_at DESC, id DESC LIMIT ?";
    OLDEST = "SELECT MIN(created_at) AS oldest FROM jobs WHERE kind = ? AND state = 'waiting'";
    WITH_SECRET = "SELECT id, idempotency_key, owner, payload, sealed, attempts, created_at, due_at, failure FROM jobs \
        WHERE kind = ? AND sealed IS NOT NULL AND id > ? ORDER BY id LIMIT ?";
    /// Only if the secret did not change since it was read.
    REPLACE_SECRET = "UPDATE jobs SET sealed = ? WHERE id = ? AND sealed = ?";
}

/// How workers claim jobs.
pub(crate) const LEASE: Lease = Lease { claim: CLAIM, give_back: POSTPONE };

impl Claimable for Job {
    fn key(&self) -> [&str; 1] {
        [&self.id]
    }

    fn due_at(&self) -> Timestamp {
        self.due_at
    }
}

/// Deletes the job of this kind with this idempotency key, even while a worker has it. That worker can store no changes any
/// more, but a call to another service may have begun.
///
/// # Errors
/// When the database refuses.
pub async fn cancel(tx: &mut Transaction, kind: &JobKind, key: &str) -> Result<(), DbError> {
    cancelling(kind, key).execute(&mut **tx).await?;
    Ok(())
}

/// The statement of [`cancel`].
pub fn cancelling(kind: &JobKind, key: &str) -> Statement<'static> {
    query(CANCEL).bind(kind.name).bind(key.to_owned())
}

/// Deletes all jobs of this kind that concern `owner`, done or not.
///
/// # Errors
/// When the database refuses.
pub async fn delete_of_owner(tx: &mut Transaction, kind: &JobKind, owner: &str) -> Result<(), DbError> {
    query(DELETE_OF_OWNER).bind(kind.name).bind(owner).execute(&mut **tx).await?;
    Ok(())
}

/// The waiting jobs of this kind that concern `owner`, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn waiting_of_owner(
    connection: &mut Connection,
    kind: &'static JobKind,
    owner: &str,
) -> Result<Vec<Job>, DbError> {
    let rows = query(WAITING_OF_OWNER).bind(kind.name).bind(owner).fetch_all(connection).await?;
    rows.iter().map(|row| read(kind, row)).collect()
}

/// When the oldest waiting job of this kind was enqueued; `None` when none waits.
///
/// # Errors
/// When the database refuses.
pub async fn oldest_waiting(
    connection: &mut Connection,
    kind: &JobKind,
) -> Result<Option<Timestamp>, DbError> {
    let row = query(OLDEST).bind(kind.name).fetch_one(connection).await?;
    Ok(row.try_get::<Option<i64>, _>("oldest")?.map(Timestamp::from_millis))
}

/// A job as lists show it, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedJob {
    /// Its payload.
    pub payload: String,
    /// `waiting`, `done` or `dead`.
    pub state: String,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
}

/// The newest jobs of this kind that concern `owner`, at most `limit`, in any state.
///
/// # Errors
/// When the database refuses.
pub async fn newest_of_owner(
    connection: &mut Connection,
    kind: &JobKind,
    owner: &str,
    limit: u32,
) -> Result<Vec<ListedJob>, DbError> {
    let rows = query(NEWEST_OF_OWNER).bind(kind.name).bind(owner).bind(i64::from(limit));
    let rows = rows.fetch_all(connection).await?;
    let listed = |row: &AnyRow| {
        Ok(ListedJob {
            payload: row.try_get("payload")?,
            state: row.try_get("state")?,
            created_at: Timestamp::from_millis(row.try_get("created_at")?),
            attempts: u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
        })
    };
    rows.iter().map(listed).collect()
}

/// Which jobs a list has: those that wait, or those that were given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It is to be done.
    Waiting,
    /// It was given up.
    Dead,
}

impl JobState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Dead => "dead",
        }
    }
}

/// Where the next page of a list of jobs begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobPlace {
    /// When the last job of the page was due.
    pub due_at: Timestamp,
    /// Its id.
    pub id: String,
}

/// A page of the jobs of a kind: waiting ones in the order in which they are due, or dead ones, the latest first.
///
/// # Errors
/// When the database refuses.
pub async fn jobs_in(
    connection: &mut Connection,
    kind: &'static JobKind,
    state: JobState,
    after: Option<&JobPlace>,
    limit: u32,
) -> Result<Vec<Job>, DbError> {
    let (statement, first, last) = match state {
        JobState::Waiting => (WAITING, i64::MIN, ""),
        JobState::Dead => (DEAD, i64::MAX, "~"),
    };
    let due_at = after.map_or(first, |after| after.due_at.millis());
    let id = after.map_or(last, |after| &after.id);
    let rows = query(statement).bind(kind.name).bind(due_at).bind(due_at).bind(id).bind(i64::from(limit));
    rows.fetch_all(connection).await?.iter().map(|row| read(kind, row)).collect()
}

/// How many jobs of a kind are in this state; at most `most` are counted.
///
/// # Errors
/// When the database refuses.
pub async fn count_in(
    connection: &mut Connection,
    kind: &JobKind,
    state: JobState,
    most: u32,
) -> Result<u32, DbError> {
    let row = query(COUNT).bind(kind.name).bind(state.as_str()).bind(i64::from(most));
    let count: i64 = row.fetch_one(connection).await?.try_get("jobs")?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// How many dead jobs of a kind can be retried, together with those that were given up after `lately`, whether they can or not; at
/// most `most` are counted.
///
/// # Errors
/// When the database refuses.
pub async fn count_dead(
    connection: &mut Connection,
    kind: &JobKind,
    lately: Option<Timestamp>,
    most: u32,
) -> Result<u32, DbError> {
    let lately = lately.map_or(i64::MAX, Timestamp::millis);
    let row = query(COUNT_DEAD).bind(kind.name).bind(i64::from(most)).bind(lately);
    let count: i64 = row.fetch_one(connection).await?.try_get("jobs")?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Whether there is a dead job of this kind with this id.
///
/// # Errors
/// When the database refuses.
pub async fn is_dead(connection: &mut Connection, kind: &JobKind, id: &str) -> Result<bool, DbError> {
    Ok(query(IS_DEAD).bind(id).bind(kind.name).fetch_optional(connection).await?.is_some())
}

/// Makes a dead job wait again, with all its attempts; `false` when there is none of this kind with this id that can be retried.
///
/// # Errors
/// When the database refuses.
pub async fn retry(tx: &mut Transaction, kind: &JobKind, id: &str, now: Timestamp) -> Result<bool, DbError> {
    let retry = query(RETRY).bind(now.millis()).bind(id).bind(kind.name);
    Ok(retry.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Returns [`DbError::Exists`] when there is a job with the same idempotency key.
pub(crate) async fn insert(tx: &mut Transaction, job: &Job) -> Result<(), DbError> {
    let expires = job.kind.longest_wait.map(|wait| job.created_at.plus(wait).millis());
    query(INSERT)
        .bind(job.id.as_str())
        .bind(job.kind.name)
        .bind(job.idempotency_key.as_deref())
        .bind(job.owner.as_deref())
        .bind(job.payload.as_str())
        .bind(job.sealed.clone())
        .bind(job.created_at.millis())
        .bind(job.due_at.millis())
        .bind(expires)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// At most `limit` jobs that are due.
pub(crate) async fn due(
    connection: &mut Connection,
    kind: &'static JobKind,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Job>, DbError> {
    let rows = query(DUE).bind(kind.name).bind(now.millis()).bind(i64::from(limit));
    rows.fetch_all(connection).await?.iter().map(|row| read(kind, row)).collect()
}

/// Takes back the attempt that the claim until `claimed` counted, unless another worker has the job by now.
pub(crate) async fn give_attempt_back(
    tx: &mut Transaction,
    id: &str,
    claimed: Timestamp,
) -> Result<(), DbError> {
    query(GIVE_ATTEMPT_BACK).bind(id).bind(claimed.millis()).execute(&mut **tx).await?;
    Ok(())
}

/// Leaves a job that was claimed until `claimed` to other workers, from `due` on and without an attempt; `false` when one has it by now.
pub(crate) async fn leave(
    tx: &mut Transaction,
    id: &str,
    claimed: Timestamp,
    due: Timestamp,
) -> Result<bool, DbError> {
    let leave = query(LEAVE).bind(due.millis()).bind(id).bind(claimed.millis());
    Ok(leave.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Marks a job as done, if it still waits.
pub(crate) fn marking_done(id: &str, kept_until: Timestamp) -> Statement<'_> {
    query(MARK_DONE).bind(kept_until.millis()).bind(id)
}

/// Deletes a job, if it still waits.
pub(crate) fn deleting_waiting(id: &str) -> Statement<'_> {
    query(DELETE_WAITING).bind(id)
}

/// Has a job go on with another payload, if it still waits with this one.
pub(crate) fn advancing<'a>(job: &'a Job, payload: &'a str, due_at: Timestamp) -> Statement<'a> {
    query(ADVANCE).bind(payload).bind(due_at.millis()).bind(job.id.as_str()).bind(job.payload.as_str())
}

/// Keeps why a job is tried again.
pub(crate) async fn note_failure(tx: &mut Transaction, id: &str, reason: &str) -> Result<(), DbError> {
    query(NOTE_FAILURE).bind(failure_text::kept(reason)).bind(id).execute(&mut **tx).await?;
    Ok(())
}

/// Marks a job that was claimed until `claimed` as dead, or deletes it without `kept_until`; `false` when another worker has it.
pub(crate) async fn bury(
    tx: &mut Transaction,
    job: &Job,
    reason: &str,
    claimed: Timestamp,
    kept_until: Option<Timestamp>,
) -> Result<bool, DbError> {
    let id = job.id.as_str();
    let statement = if (job.kind.can_be_retried)(job) { BURY_WHOLE } else { BURY };
    let bury = match kept_until {
        Some(until) => query(statement)
            .bind(failure_text::kept(reason))
            .bind(until.millis())
            .bind(id)
            .bind(claimed.millis()),
        None => query(DELETE_CLAIMED).bind(id).bind(claimed.millis()),
    };
    Ok(bury.execute(&mut **tx).await?.rows_affected() == 1)
}

/// At most `limit` jobs of this kind that have a secret, with ids after `last`.
pub(crate) async fn with_secret(
    tx: &mut Transaction,
    kind: &'static JobKind,
    last: &str,
    limit: u32,
) -> Result<Vec<Job>, DbError> {
    let rows = query(WITH_SECRET).bind(kind.name).bind(last).bind(i64::from(limit));
    rows.fetch_all(&mut **tx).await?.iter().map(|row| read(kind, row)).collect()
}

/// Replaces the secret that was read with `newer`. Returns how many rows were changed.
pub(crate) async fn replace_secret(
    tx: &mut Transaction,
    id: &str,
    sealed: &[u8],
    newer: &[u8],
) -> Result<u64, DbError> {
    let replace = query(REPLACE_SECRET).bind(newer.to_vec()).bind(id).bind(sealed.to_vec());
    Ok(replace.execute(&mut **tx).await?.rows_affected())
}

fn read(kind: &'static JobKind, row: &AnyRow) -> Result<Job, DbError> {
    let attempts: i64 = row.try_get("attempts")?;
    Ok(Job {
        kind,
        id: row.try_get("id")?,
        idempotency_key: row.try_get("idempotency_key")?,
        owner: row.try_get("owner")?,
        payload: row.try_get("payload")?,
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        due_at: Timestamp::from_millis(row.try_get("due_at")?),
        sealed: row.try_get("sealed")?,
        failure: row.try_get("failure")?,
    })
}
