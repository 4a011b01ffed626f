//! The table `pushed_requests`.

use db::{Connection, DbError, Row as _, Transaction, query};
use kernel::{Timestamp, TokenHash};
use tokens::ClientId;

db::statements! {
    INSERT = "INSERT INTO pushed_requests (id_hash, client_id, parameters, expires_at) VALUES (?, ?, ?, ?)";
    /// Of any number of browsers with one address, one finds it unused.
    USE = "UPDATE pushed_requests SET used_at = ? \
        WHERE id_hash = ? AND client_id = ? AND used_at IS NULL AND expires_at > ?";
    IS_WAITING = "SELECT 1 AS waiting FROM pushed_requests WHERE id_hash = ? AND used_at IS NULL AND expires_at > ?";
    FIND = "SELECT parameters FROM pushed_requests WHERE id_hash = ?";
    DELETE_ALL = "DELETE FROM pushed_requests";
}

/// Deletes all of them.
pub(crate) async fn delete_all(tx: &mut Transaction) -> Result<(), DbError> {
    query(DELETE_ALL).execute(&mut **tx).await?;
    Ok(())
}

/// A request that a client pushed.
pub(crate) struct PushedRequest<'a> {
    pub(crate) client_id: &'a ClientId,
    /// Form-encoded.
    pub(crate) parameters: String,
    pub(crate) expires_at: Timestamp,
}

pub(crate) async fn insert(
    tx: &mut Transaction,
    id: &TokenHash,
    request: PushedRequest<'_>,
) -> Result<(), DbError> {
    let insert = query(INSERT).bind(id.as_bytes().to_vec()).bind(request.client_id.as_str());
    insert.bind(request.parameters).bind(request.expires_at.millis()).execute(&mut **tx).await?;
    Ok(())
}

/// Whether the request with this id was not used yet.
pub(crate) async fn is_waiting(
    connection: &mut Connection,
    id: &TokenHash,
    now: Timestamp,
) -> Result<bool, DbError> {
    let find = query(IS_WAITING).bind(id.as_bytes().to_vec()).bind(now.millis());
    Ok(find.fetch_optional(connection).await?.is_some())
}

/// Uses the request with this id, once and by its client alone.
pub(crate) async fn take(
    tx: &mut Transaction,
    id: &TokenHash,
    client_id: &ClientId,
    now: Timestamp,
) -> Result<Option<String>, DbError> {
    let take = query(USE).bind(now.millis()).bind(id.as_bytes().to_vec()).bind(client_id.as_str());
    if take.bind(now.millis()).execute(&mut **tx).await?.rows_affected() != 1 {
        return Ok(None);
    }
    let row = query(FIND).bind(id.as_bytes().to_vec()).fetch_one(&mut **tx).await?;
    Ok(Some(row.try_get("parameters")?))
}
