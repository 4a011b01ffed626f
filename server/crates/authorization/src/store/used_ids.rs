//! The table `authorization_used_ids`: what may come once, such as the `jti` of an assertion or a proof of possession.

use db::{DbError, Transaction, query};
use kernel::{Timestamp, TokenHash};

db::statements! {
    INSERT = "INSERT INTO authorization_used_ids (id_hash, used_at, expires_at) VALUES (?, ?, ?)";
}

/// Remembers an id until it expires. `false` when it is remembered already: the unique index decides between any number of
/// requests with the same. After that the transaction is to be dropped.
pub(crate) async fn insert(
    tx: &mut Transaction,
    id: &TokenHash,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool, DbError> {
    let insert = query(INSERT).bind(id.as_bytes().to_vec()).bind(now.millis()).bind(expires_at.millis());
    match insert.execute(&mut **tx).await.map_err(DbError::from) {
        Ok(_) => Ok(true),
        Err(DbError::Exists(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
