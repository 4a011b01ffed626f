//! The table `authorization_requests`.

use db::{Connection, DbError, Row as _, Transaction, query};
use kernel::{Timestamp, TokenHash};

db::statements! {
    INSERT = "INSERT INTO authorization_requests (id_hash, parameters, is_pushed, created_at, expires_at) VALUES (?, ?, ?, ?, ?)";
    FIND = "SELECT parameters, is_pushed, created_at FROM authorization_requests WHERE id_hash = ? AND expires_at > ?";
    WAIT_SINCE = "UPDATE authorization_requests SET created_at = ? WHERE id_hash = ? AND created_at < ?";
}

/// A request that waits for its person.
pub(crate) struct StoredRequest {
    /// As they were sent.
    pub(crate) parameters: String,
    /// Whether the client pushed it.
    pub(crate) is_pushed: bool,
    /// Since when a sign-in counts as one that it asked for.
    pub(crate) waits_since: Timestamp,
}

pub(crate) async fn insert(
    tx: &mut Transaction,
    id: &TokenHash,
    request: &StoredRequest,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    query(INSERT)
        .bind(id.as_bytes().to_vec())
        .bind(request.parameters.clone())
        .bind(i64::from(request.is_pushed))
        .bind(request.waits_since.millis())
        .bind(expires_at.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The request with this id, if its time is not over.
pub(crate) async fn find(
    connection: &mut Connection,
    id: &TokenHash,
    now: Timestamp,
) -> Result<Option<StoredRequest>, DbError> {
    let find = query(FIND).bind(id.as_bytes().to_vec()).bind(now.millis());
    let Some(row) = find.fetch_optional(connection).await? else { return Ok(None) };
    let waits_since = Timestamp::from_millis(row.try_get("created_at")?);
    Ok(Some(StoredRequest {
        parameters: row.try_get("parameters")?,
        is_pushed: row.try_get::<i64, _>("is_pushed")? != 0,
        waits_since,
    }))
}

/// The request has given a code: opened once more, it asks for another sign-in.
pub(crate) async fn wait_again(
    tx: &mut Transaction,
    id: &TokenHash,
    since: Timestamp,
) -> Result<(), DbError> {
    let wait = query(WAIT_SINCE).bind(since.millis()).bind(id.as_bytes().to_vec()).bind(since.millis());
    wait.execute(&mut **tx).await?;
    Ok(())
}
