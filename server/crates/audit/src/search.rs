//! The log as operators read it: rows about everybody, by a filter.

use db::{Connection, DbError};
use kernel::{RowCursor, Timestamp};

use crate::filter::AuditFilter;
use crate::row::{AuditRow, AuditRowId};
use crate::store::{find, read};

/// A page of the rows that match a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPart {
    /// The rows, newest first.
    pub rows: Vec<AuditRow>,
    /// The last of them, if there are older ones: the cursor of the next page.
    pub next: Option<RowCursor>,
}

/// At most `limit` rows that match `filter`, newest first, beginning after `after`.
///
/// # Errors
/// When the database refuses.
pub async fn part(
    connection: &mut Connection,
    filter: &AuditFilter,
    after: Option<RowCursor>,
    limit: u32,
) -> Result<AuditPart, DbError> {
    let mut rows = find::rows(connection, filter, after, limit.saturating_add(1)).await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = rows.len() > most;
    rows.truncate(most);
    let next = rows.last().filter(|_| has_more).map(|row| RowCursor { at: row.at, id: row.id.uuid() });
    Ok(AuditPart { rows, next })
}

/// The newest rows that match `filter`, at most `limit`, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn newest(
    connection: &mut Connection,
    filter: &AuditFilter,
    limit: u32,
) -> Result<Vec<AuditRow>, DbError> {
    Ok(part(connection, filter, None, limit).await?.rows)
}

/// One row; `None` when there is none with this id.
///
/// # Errors
/// When the database refuses.
pub async fn one(connection: &mut Connection, row: AuditRowId) -> Result<Option<AuditRow>, DbError> {
    find::one(connection, row).await
}

/// How many rows operators caused since `since`.
///
/// # Errors
/// When the database refuses.
pub async fn operator_actions(connection: &mut Connection, since: Timestamp) -> Result<u32, DbError> {
    read::operator_actions(connection, since).await
}
