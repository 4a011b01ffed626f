//! The table `blocks`.

use db::{Connection, DbError, Row as _, Transaction, query};
use kernel::Timestamp;

use crate::cursor::RowCursor;
use crate::person::PersonNo;
use crate::store::listed::{self, ListedRow};

db::statements! {
    IS_BLOCKED = "SELECT COUNT(*) FROM blocks WHERE blocker = ? AND blocked = ?";
    INSERT = "INSERT INTO blocks (blocker, blocked, at) VALUES (?, ?, ?)";
    DELETE = "DELETE FROM blocks WHERE blocker = ? AND blocked = ?";
    BLOCKED = "SELECT b.blocked AS no, b.at, p.member_id FROM blocks b LEFT JOIN people p ON p.no = b.blocked \
        WHERE b.blocker = ? AND b.at <= ? AND (b.at < ? OR b.blocked < ?) ORDER BY b.at DESC, b.blocked DESC LIMIT ?";
    OF_BLOCKER = "SELECT blocked FROM blocks WHERE blocker = ? LIMIT ?";
    OF_BLOCKED = "SELECT blocker FROM blocks WHERE blocked = ? LIMIT ?";
}

/// Whether one blocks the other.
pub(crate) async fn is_blocked(
    connection: &mut Connection,
    blocker: PersonNo,
    blocked: PersonNo,
) -> Result<bool, DbError> {
    let count = query(IS_BLOCKED).bind(blocker.0).bind(blocked.0).fetch_one(connection).await?;
    Ok(count.try_get::<i64, _>(0)? > 0)
}

/// Adds a block that is not there.
pub(crate) async fn insert(
    tx: &mut Transaction,
    blocker: PersonNo,
    blocked: PersonNo,
    at: Timestamp,
) -> Result<(), DbError> {
    query(INSERT).bind(blocker.0).bind(blocked.0).bind(at.millis()).execute(&mut **tx).await?;
    Ok(())
}

/// Removes a block, if there is one.
pub(crate) async fn delete(
    tx: &mut Transaction,
    blocker: PersonNo,
    blocked: PersonNo,
) -> Result<(), DbError> {
    query(DELETE).bind(blocker.0).bind(blocked.0).execute(&mut **tx).await?;
    Ok(())
}

/// Whom somebody blocks, newest first.
pub(crate) async fn blocked(
    connection: &mut Connection,
    blocker: PersonNo,
    before: RowCursor,
    many: u32,
) -> Result<Vec<ListedRow>, DbError> {
    listed::page(connection, BLOCKED, blocker, before, many).await
}

/// Deletes some blocks of somebody, in both directions; returns how many.
pub(crate) async fn delete_some(tx: &mut Transaction, no: PersonNo, many: u32) -> Result<usize, DbError> {
    let own = query(OF_BLOCKER).bind(no.0).bind(i64::from(many)).fetch_all(&mut **tx).await?;
    for row in &own {
        delete(tx, no, PersonNo(row.try_get(0)?)).await?;
    }
    let others = query(OF_BLOCKED).bind(no.0).bind(i64::from(many)).fetch_all(&mut **tx).await?;
    for row in &others {
        delete(tx, PersonNo(row.try_get(0)?), no).await?;
    }
    Ok(own.len() + others.len())
}
