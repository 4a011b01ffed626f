//! The end of a member: `members.delete_at`, and what is given out before.

use db::{Connection, DbError, Row as _, Transaction, query};
use kernel::Timestamp;

use crate::MemberId;

db::statements! {
    SCHEDULE = "UPDATE members SET status = 'deleting', delete_at = ?, updated_at = ? WHERE id = ? AND status = 'active'";
    REVIVE = "UPDATE members SET status = 'active', delete_at = NULL, updated_at = ? \
        WHERE id = ? AND status = 'deleting'";
    DUE = "SELECT id, delete_at FROM members \
        WHERE delete_at <= ? AND (delete_at > ? OR (delete_at = ? AND id > ?)) ORDER BY delete_at, id LIMIT ?";
    /// Changes nothing, and holds the row until the commit. The sum keeps MySQL off the index of `delete_at`: it would lock
    /// that first and then the row, a sign-in the row first.
    HOLD_DUE = "UPDATE members SET updated_at = updated_at \
        WHERE id = ? AND status = 'deleting' AND delete_at + 0 <= ?";
    ERASE = "DELETE FROM members WHERE id = ?";
    AUDIT_OF = "SELECT at, kind, outcome, reason, provider, network, user_agent, times FROM audit_events \
        WHERE member_id = ? ORDER BY at DESC, id DESC LIMIT ?";
}

/// Has an active member deleted at the moment `at`; `false` when they are not active.
pub(crate) async fn schedule(
    tx: &mut Transaction,
    id: MemberId,
    (at, now): (Timestamp, Timestamp),
) -> Result<bool, DbError> {
    let schedule = query(SCHEDULE).bind(at.millis()).bind(now.millis()).bind(id.to_string());
    Ok(schedule.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Keeps a member who was to be deleted; `false` when they were not. Against the cleaner the row count decides.
pub(crate) async fn revive(tx: &mut Transaction, id: MemberId, now: Timestamp) -> Result<bool, DbError> {
    let revive = query(REVIVE).bind(now.millis()).bind(id.to_string());
    Ok(revive.execute(&mut **tx).await?.rows_affected() == 1)
}

/// A member whose time has come; the id as it stands there, so that one that cannot be read does not hold up the others.
#[derive(Clone, Default)]
pub(crate) struct Due {
    pub(crate) id: String,
    since: i64,
}

/// Members whose time has come, at most `limit`, from the first after `last` on.
pub(crate) async fn due(
    connection: &mut Connection,
    last: &Due,
    (now, limit): (Timestamp, u32),
) -> Result<Vec<Due>, DbError> {
    let page = query(DUE).bind(now.millis()).bind(last.since).bind(last.since).bind(last.id.as_str());
    let rows = page.bind(i64::from(limit)).fetch_all(connection).await?;
    rows.iter().map(|row| Ok(Due { id: row.try_get("id")?, since: row.try_get("delete_at")? })).collect()
}

/// Holds the row of a member whose time has come; `false` when they came back.
pub(crate) async fn hold_due(tx: &mut Transaction, id: MemberId, now: Timestamp) -> Result<bool, DbError> {
    let hold = query(HOLD_DUE).bind(id.to_string()).bind(now.millis());
    Ok(hold.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Erases the member with their sign-in methods, sessions and picture, which hang on the row.
pub(crate) async fn erase(tx: &mut Transaction, id: MemberId) -> Result<(), DbError> {
    query(ERASE).bind(id.to_string()).execute(&mut **tx).await?;
    Ok(())
}

/// A line of the audit log, as its member may see it.
pub(crate) struct AuditLine {
    pub(crate) at: Timestamp,
    pub(crate) kind: String,
    pub(crate) outcome: String,
    pub(crate) reason: String,
    pub(crate) provider: String,
    pub(crate) network: String,
    pub(crate) user_agent: String,
    pub(crate) times: i64,
}

/// What the audit log says of a member, newest first, at most `limit` lines.
pub(crate) async fn audit_of(
    connection: &mut Connection,
    id: MemberId,
    limit: u32,
) -> Result<Vec<AuditLine>, DbError> {
    let rows = query(AUDIT_OF).bind(id.to_string()).bind(i64::from(limit)).fetch_all(connection).await?;
    let line = |row: &db::AnyRow| -> Result<AuditLine, DbError> {
        Ok(AuditLine {
            at: Timestamp::from_millis(row.try_get("at")?),
            kind: row.try_get("kind")?,
            outcome: row.try_get("outcome")?,
            reason: row.try_get("reason")?,
            provider: row.try_get("provider")?,
            network: row.try_get("network")?,
            user_agent: row.try_get("user_agent")?,
            times: row.try_get("times")?,
        })
    };
    rows.iter().map(line).collect()
}
