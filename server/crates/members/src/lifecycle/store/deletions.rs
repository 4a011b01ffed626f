//! The end of a member: `members.delete_at`, and what is given out before.

use db::{Connection, DbError, Row as _, Transaction, query};
use kernel::Timestamp;
use names::MemberId;

db::statements! {
    SCHEDULE = "UPDATE members SET status = 'deleting', delete_at = ?, updated_at = ? WHERE id = ? AND status = 'active'";
    REVIVE = "UPDATE members SET status = 'active', delete_at = NULL, updated_at = ? \
        WHERE id = ? AND status = 'deleting'";
    DUE = "SELECT id, delete_at FROM members \
        WHERE delete_at <= ? AND (delete_at > ? OR (delete_at = ? AND id > ?)) ORDER BY delete_at, id LIMIT ?";
    /// Changes nothing, and holds the row until the commit. The sum keeps MySQL from using the index on `delete_at`: it would
    /// lock the index first and then the row, while a sign-in locks the row first.
    HOLD_DUE = "UPDATE members SET updated_at = updated_at \
        WHERE id = ? AND status = 'deleting' AND delete_at + 0 <= ?";
    ERASE = "DELETE FROM members WHERE id = ?";
}

/// Has an active member deleted at the moment `at`; `false` when they are not active.
pub(crate) async fn schedule(
    tx: &mut Transaction,
    id: MemberId,
    at: Timestamp,
    now: Timestamp,
) -> Result<bool, DbError> {
    let schedule = query(SCHEDULE).bind(at.millis()).bind(now.millis()).bind(id.to_string());
    Ok(schedule.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Keeps a member who was to be deleted; `false` when they were not. The row count decides against the cleaner.
pub(crate) async fn revive(tx: &mut Transaction, id: MemberId, now: Timestamp) -> Result<bool, DbError> {
    let revive = query(REVIVE).bind(now.millis()).bind(id.to_string());
    Ok(revive.execute(&mut **tx).await?.rows_affected() == 1)
}

/// A member whose grace period is over; the id as stored, so that one that cannot be read does not block the others.
#[derive(Clone, Default)]
pub(crate) struct Due {
    pub(crate) id: String,
    since: i64,
}

/// Members whose grace period is over, at most `limit`, starting after `last`.
pub(crate) async fn due(
    connection: &mut Connection,
    last: &Due,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Due>, DbError> {
    let page = query(DUE).bind(now.millis()).bind(last.since).bind(last.since).bind(last.id.as_str());
    let rows = page.bind(i64::from(limit)).fetch_all(connection).await?;
    rows.iter().map(|row| Ok(Due { id: row.try_get("id")?, since: row.try_get("delete_at")? })).collect()
}

/// Locks the row of a member whose grace period is over; `false` when they signed in again.
pub(crate) async fn hold_due(tx: &mut Transaction, id: MemberId, now: Timestamp) -> Result<bool, DbError> {
    let hold = query(HOLD_DUE).bind(id.to_string()).bind(now.millis());
    Ok(hold.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Erases the member with their sign-in methods, sessions and picture, which refer to the row.
pub(crate) async fn erase(tx: &mut Transaction, id: MemberId) -> Result<(), DbError> {
    query(ERASE).bind(id.to_string()).execute(&mut **tx).await?;
    Ok(())
}
