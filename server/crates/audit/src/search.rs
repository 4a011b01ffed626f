//! The log as operators read it: who, what, when, from where, about anybody.

use db::{Connection, DbError};
use kernel::Timestamp;

use crate::filter::AuditFilter;
use crate::row::AuditRow;
use crate::store::read;

/// The newest rows that `filter` lets through, at most `limit`, the newest first.
///
/// # Errors
/// When the database refuses.
pub async fn newest(
    connection: &mut Connection,
    filter: &AuditFilter,
    limit: u32,
) -> Result<Vec<AuditRow>, DbError> {
    read::newest(connection, filter, limit).await
}

/// How many times operators acted since a moment.
///
/// # Errors
/// When the database refuses.
pub async fn operator_actions(connection: &mut Connection, since: Timestamp) -> Result<u32, DbError> {
    read::operator_actions(connection, since).await
}
