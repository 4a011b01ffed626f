//! The table `retired_keys`.

use db::{Connection, DbError, Row as _, Transaction, query};
use kernel::Timestamp;

use crate::key_kind::KeyKind;

db::statements! {
    INSERT = "INSERT INTO retired_keys (kid, kind, public_key, expires_at) VALUES (?, ?, ?, ?)";
    FIND = "SELECT kind, public_key FROM retired_keys WHERE kid = ? AND expires_at > ?";
    DELETE_ALL = "DELETE FROM retired_keys";
}

/// A public key whose private half is gone.
pub(crate) struct RetiredKey {
    pub(crate) kind: KeyKind,
    pub(crate) public: Vec<u8>,
}

/// Keeps a key until `expires_at`. Of several replicas that do so at once, one is enough.
pub(crate) async fn insert(
    tx: &mut Transaction,
    kid: &str,
    key: RetiredKey,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    let insert = query(INSERT).bind(kid).bind(key.kind.as_str()).bind(key.public).bind(expires_at.millis());
    match insert.execute(&mut **tx).await.map_err(DbError::from) {
        Ok(_) | Err(DbError::Exists(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

pub(crate) async fn find(
    connection: &mut Connection,
    kid: &str,
    now: Timestamp,
) -> Result<Option<RetiredKey>, DbError> {
    let Some(row) = query(FIND).bind(kid).bind(now.millis()).fetch_optional(connection).await? else {
        return Ok(None);
    };
    let name: String = row.try_get("kind")?;
    let unreadable = DbError::Unreadable { column: "retired_keys.kind" };
    Ok(Some(RetiredKey {
        kind: KeyKind::parse(&name).ok_or(unreadable)?,
        public: row.try_get("public_key")?,
    }))
}

pub(crate) async fn delete_all(tx: &mut Transaction) -> Result<u64, DbError> {
    Ok(query(DELETE_ALL).execute(&mut **tx).await?.rows_affected())
}
