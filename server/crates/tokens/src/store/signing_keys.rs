//! The table `signing_keys`. There are a few rows at any time, so it is always read whole.

use db::{AnyRow, Connection, DbError, Row as _, Transaction, query};
use kernel::Timestamp;

use crate::key_kind::KeyKind;
use crate::key_schedule::KeyTimes;

db::statements! {
    INSERT = "INSERT INTO signing_keys (kid, generation, kind, sealed, published_at, active_from) \
        VALUES (?, ?, ?, ?, ?, ?)";
    ALL = "SELECT kid, generation, kind, sealed, published_at, active_from FROM signing_keys ORDER BY generation";
    DELETE = "DELETE FROM signing_keys WHERE kid = ?";
    DELETE_OTHERS = "DELETE FROM signing_keys WHERE kid <> ?";
    /// Only what was read is replaced.
    RESEAL = "UPDATE signing_keys SET sealed = ? WHERE kid = ? AND sealed = ?";
}

/// A signing key as it is stored: the private key is sealed.
#[derive(Clone)]
pub(crate) struct SigningKeyRow {
    pub(crate) kid: String,
    pub(crate) kind: KeyKind,
    pub(crate) times: KeyTimes,
    pub(crate) sealed: Vec<u8>,
}

/// Whom the sealed key belongs to: the whole rest of the row, so that nobody who can write to the table can give a
/// key another name, kind or time (S-KEY-3).
pub(crate) fn owner(key_id: &str, kind: KeyKind, times: KeyTimes) -> String {
    let KeyTimes { generation, published_at, active_from } = times;
    format!("signing_keys/{key_id}/{generation}/{kind}/{}/{}", published_at.millis(), active_from.millis())
}

/// Adds a key. [`DbError::Exists`] says that another replica made the key of this generation.
pub(crate) async fn insert(tx: &mut Transaction, row: &SigningKeyRow) -> Result<(), DbError> {
    query(INSERT)
        .bind(row.kid.as_str())
        .bind(row.times.generation)
        .bind(row.kind.as_str())
        .bind(row.sealed.clone())
        .bind(row.times.published_at.millis())
        .bind(row.times.active_from.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// All keys, oldest first.
pub(crate) async fn all(connection: &mut Connection) -> Result<Vec<SigningKeyRow>, DbError> {
    query(ALL).fetch_all(connection).await?.iter().map(read).collect()
}

pub(crate) async fn delete(tx: &mut Transaction, kid: &str) -> Result<u64, DbError> {
    Ok(query(DELETE).bind(kid).execute(&mut **tx).await?.rows_affected())
}

/// Deletes every key but one.
pub(crate) async fn delete_others(tx: &mut Transaction, kid: &str) -> Result<u64, DbError> {
    Ok(query(DELETE_OTHERS).bind(kid).execute(&mut **tx).await?.rows_affected())
}

pub(crate) async fn reseal(
    tx: &mut Transaction,
    row: &SigningKeyRow,
    sealed: Vec<u8>,
) -> Result<u64, DbError> {
    let done =
        query(RESEAL).bind(sealed).bind(row.kid.as_str()).bind(row.sealed.clone()).execute(&mut **tx).await?;
    Ok(done.rows_affected())
}

fn read(row: &AnyRow) -> Result<SigningKeyRow, DbError> {
    let kind: String = row.try_get("kind")?;
    Ok(SigningKeyRow {
        kid: row.try_get("kid")?,
        kind: KeyKind::parse(&kind).ok_or(DbError::Unreadable { column: "signing_keys.kind" })?,
        times: KeyTimes {
            generation: row.try_get("generation")?,
            published_at: Timestamp::from_millis(row.try_get("published_at")?),
            active_from: Timestamp::from_millis(row.try_get("active_from")?),
        },
        sealed: row.try_get("sealed")?,
    })
}
