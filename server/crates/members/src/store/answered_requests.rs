//! The table `answered_requests`: what is still to be done after its answer.

use db::{AnyRow, Connection, DbError, Expiring, Row as _, SealedColumn, Transaction, query};
use kernel::{Purpose, Timestamp, define_id};

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
    INSERT = "INSERT INTO answered_requests (id, sealed, created_at, expires_at) VALUES (?, ?, ?, ?)";
    // Ids are UUIDv7, so their order is that of time.
    LEFT = "SELECT id, sealed FROM answered_requests WHERE id > ? AND created_at <= ? ORDER BY id LIMIT ?";
    TAKE = "DELETE FROM answered_requests WHERE id = ?";
}

pub(crate) async fn insert(
    tx: &mut Transaction,
    (id, sealed): (AnsweredRequestId, Vec<u8>),
    (created_at, expires_at): (Timestamp, Timestamp),
) -> Result<(), DbError> {
    query(INSERT)
        .bind(id.to_string())
        .bind(sealed)
        .bind(created_at.millis())
        .bind(expires_at.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// At most `limit` requests that were written down at `latest` or before, from the first after `after` on.
pub(crate) async fn left(
    connection: &mut Connection,
    after: Option<AnsweredRequestId>,
    (latest, limit): (Timestamp, u32),
) -> Result<Vec<(AnsweredRequestId, Vec<u8>)>, DbError> {
    let after = after.map_or_else(String::new, |id| id.to_string());
    let rows = query(LEFT).bind(after).bind(latest.millis()).bind(i64::from(limit));
    let rows = rows.fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

/// Takes a request for this transaction alone. `false` when it is done already, or another one does it.
pub(crate) async fn take(tx: &mut Transaction, id: AnsweredRequestId) -> Result<bool, DbError> {
    Ok(query(TAKE).bind(id.to_string()).execute(&mut **tx).await?.rows_affected() == 1)
}

fn read(row: &AnyRow) -> Result<(AnsweredRequestId, Vec<u8>), DbError> {
    let id = AnsweredRequestId::parse(&row.try_get::<String, _>("id")?)
        .map_err(|_| DbError::Unreadable { column: "answered_requests.id" })?;
    Ok((id, row.try_get("sealed")?))
}
