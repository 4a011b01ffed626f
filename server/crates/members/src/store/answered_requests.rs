//! The table `answered_requests`: what is still to be done after its answer.

use db::{AnyRow, Connection, DbError, Expiring, Row as _, SealedColumn, Transaction, query};
use kernel::{Purpose, Timestamp};
use names::define_id;

define_id!(
    /// The id of what was answered and is still to be done.
    AnsweredRequestId
);

/// What requests are sealed for; the owner is the row.
pub(crate) const PURPOSE: Purpose = Purpose::new("answered-request");

/// The requests, for `daemun keys rotate`.
pub(crate) const SEALED: SealedColumn =
    SealedColumn { table: "answered_requests", column: "sealed", purpose: PURPOSE };

pub(crate) const EXPIRING: Expiring =
    Expiring { table: "answered_requests", key: "id", column: "expires_at" };

db::statements! {
    INSERT = "INSERT INTO answered_requests (id, sealed, created_at, expires_at, due_at, attempts) \
        VALUES (?, ?, ?, ?, ?, 0)";
    LEFT = "SELECT id, sealed, due_at, attempts FROM answered_requests \
        WHERE due_at <= ? AND attempts < ? ORDER BY due_at, id LIMIT ?";
    CLAIM = "UPDATE answered_requests SET due_at = ?, attempts = attempts + 1 WHERE id = ? AND due_at = ?";
    TAKE = "DELETE FROM answered_requests WHERE id = ?";
}

/// When something happens to a request.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) created: Timestamp,
    /// Until then whoever answered is at it.
    pub(crate) due: Timestamp,
    pub(crate) expires: Timestamp,
}

pub(crate) async fn insert(
    tx: &mut Transaction,
    (id, sealed): (AnsweredRequestId, Vec<u8>),
    times: Times,
) -> Result<(), DbError> {
    query(INSERT)
        .bind(id.to_string())
        .bind(sealed)
        .bind(times.created.millis())
        .bind(times.expires.millis())
        .bind(times.due.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A request that was left. Whether it can be read is found out when it is done, so that one bad row does not hold up the
/// others.
pub(crate) struct Left {
    pub(crate) id: String,
    pub(crate) sealed: Vec<u8>,
    /// How often it was tried before this time.
    pub(crate) attempts: u32,
    due_at: i64,
}

/// At most `limit` requests that are due and were tried less than `attempts` times.
pub(crate) async fn left(
    connection: &mut Connection,
    now: Timestamp,
    (attempts, limit): (u32, u32),
) -> Result<Vec<Left>, DbError> {
    let rows = query(LEFT).bind(now.millis()).bind(i64::from(attempts)).bind(i64::from(limit));
    rows.fetch_all(connection).await?.iter().map(read).collect()
}

/// Counts an attempt, and has the request tried again at `next` if it fails. `false` when another process has it.
pub(crate) async fn claim(tx: &mut Transaction, left: &Left, next: Timestamp) -> Result<bool, DbError> {
    let claim = query(CLAIM).bind(next.millis()).bind(left.id.as_str()).bind(left.due_at);
    Ok(claim.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Takes a request for this transaction alone. `false` when it is done already, or another one does it.
pub(crate) async fn take(tx: &mut Transaction, id: AnsweredRequestId) -> Result<bool, DbError> {
    Ok(query(TAKE).bind(id.to_string()).execute(&mut **tx).await?.rows_affected() == 1)
}

fn read(row: &AnyRow) -> Result<Left, DbError> {
    Ok(Left {
        id: row.try_get("id")?,
        sealed: row.try_get("sealed")?,
        attempts: u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
        due_at: row.try_get("due_at")?,
    })
}
