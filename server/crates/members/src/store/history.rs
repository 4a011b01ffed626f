//! The table `audit_events`, as the member reads it whom its rows are about.

use db::{AnyRow, Connection, DbError, Row as _, query};
use kernel::Timestamp;

use crate::history::HistoryRow;
use crate::{AuditEventId, MemberId};

db::statements! {
    AT = "SELECT at FROM audit_events WHERE id = ? AND member_id = ?";
    OLDER = "SELECT id, at, kind, outcome, provider, network, user_agent, times FROM audit_events \
        WHERE member_id = ? AND (at < ? OR (at = ? AND id < ?)) ORDER BY at DESC, id DESC LIMIT ?";
}

/// The moment of one line; `None` when there is no such line about this member.
pub(crate) async fn moment_of(
    connection: &mut Connection,
    member: MemberId,
    line: AuditEventId,
) -> Result<Option<Timestamp>, DbError> {
    let find = query(AT).bind(line.to_string()).bind(member.to_string());
    let row = find.fetch_optional(connection).await?;
    row.map(|row| Ok(Timestamp::from_millis(row.try_get("at")?))).transpose()
}

/// At most `limit` lines, the newest first, beginning after the one at that moment with that id; `None` begins with the
/// newest of all.
pub(crate) async fn older(
    connection: &mut Connection,
    member: MemberId,
    after: Option<(Timestamp, AuditEventId)>,
    limit: u32,
) -> Result<Vec<HistoryRow>, DbError> {
    let (at, id) = match after {
        Some((at, id)) => (at.millis(), id.to_string()),
        None => (i64::MAX, String::new()),
    };
    let rows = query(OLDER)
        .bind(member.to_string())
        .bind(at)
        .bind(at)
        .bind(id)
        .bind(i64::from(limit))
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<HistoryRow, DbError> {
    let id = row.try_get::<String, _>("id")?;
    Ok(HistoryRow {
        id: AuditEventId::parse(&id).map_err(|_| DbError::Unreadable { column: "audit_events.id" })?,
        at: Timestamp::from_millis(row.try_get("at")?),
        kind: row.try_get("kind")?,
        succeeded: row.try_get::<String, _>("outcome")? == "success",
        way: row.try_get("provider")?,
        network: row.try_get("network")?,
        user_agent: row.try_get("user_agent")?,
        times: row.try_get("times")?,
    })
}
