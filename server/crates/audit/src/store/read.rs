//! How rows are read: by the member whom they are about, and by operators.

use db::{AnyRow, Connection, DbError, Row as _, query};
use kernel::Timestamp;
use kernel::id::Uuid;

use crate::filter::AuditFilter;
use crate::kind::AuditKind;
use crate::row::{AuditRow, AuditRowId};

db::statements! {
    AT = "SELECT at FROM audit_events WHERE id = ? AND member_id = ?";
    OLDER = "SELECT id, at, kind, outcome, reason, member_id, provider, request_id, network, user_agent, times \
        FROM audit_events WHERE member_id = ? AND (at < ? OR (at = ? AND id < ?)) ORDER BY at DESC, id DESC LIMIT ?";
    // Ids are UUIDv7: their order is that of time, and needs no index of its own.
    NEWEST = "SELECT id, at, kind, outcome, reason, member_id, provider, request_id, network, user_agent, \
        times FROM audit_events WHERE (? = '' OR member_id = ?) AND (? = '' OR kind = ?) AND at >= ? \
        ORDER BY id DESC LIMIT ?";
    /// By the id alone, which begins with the time: so few rows are looked at.
    COUNT_SINCE = "SELECT COUNT(*) FROM audit_events WHERE id >= ? AND kind = ?";
}

/// The moment of one row; `None` when there is no such row about this member.
pub(crate) async fn moment_of(
    connection: &mut Connection,
    member: Uuid,
    row: AuditRowId,
) -> Result<Option<Timestamp>, DbError> {
    let find = query(AT).bind(row.to_string()).bind(member.to_string());
    let row = find.fetch_optional(connection).await?;
    row.map(|row| Ok(Timestamp::from_millis(row.try_get("at")?))).transpose()
}

/// At most `limit` rows about a member, the newest first, beginning after the one at that moment with that id; `None`
/// begins with the newest of all.
pub(crate) async fn older(
    connection: &mut Connection,
    member: Uuid,
    after: Option<(Timestamp, AuditRowId)>,
    limit: u32,
) -> Result<Vec<AuditRow>, DbError> {
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
    rows.iter().map(row_of).collect()
}

/// At most `limit` rows that `filter` lets through, the newest first.
pub(crate) async fn newest(
    connection: &mut Connection,
    filter: &AuditFilter,
    limit: u32,
) -> Result<Vec<AuditRow>, DbError> {
    let member = filter.member.map(|member| member.to_string()).unwrap_or_default();
    let kind = filter.kind.map_or("", AuditKind::as_str);
    let rows = query(NEWEST)
        .bind(member.clone())
        .bind(member)
        .bind(kind)
        .bind(kind)
        .bind(filter.since.map_or(i64::MIN, Timestamp::millis))
        .bind(i64::from(limit))
        .fetch_all(connection)
        .await?;
    rows.iter().map(row_of).collect()
}

/// How many rows operators caused since a moment.
pub(crate) async fn operator_actions(connection: &mut Connection, since: Timestamp) -> Result<u32, DbError> {
    let row = query(COUNT_SINCE)
        .bind(kernel::id::least_uuid(since).to_string())
        .bind(AuditKind::SignedOutByOperator.as_str())
        .fetch_one(connection)
        .await?;
    Ok(u32::try_from(row.try_get::<i64, _>(0)?).unwrap_or(u32::MAX))
}

fn row_of(row: &AnyRow) -> Result<AuditRow, DbError> {
    let id = row.try_get::<String, _>("id")?;
    Ok(AuditRow {
        id: AuditRowId::parse(&id).map_err(|_| DbError::Unreadable { column: "audit_events.id" })?,
        at: Timestamp::from_millis(row.try_get("at")?),
        kind: row.try_get("kind")?,
        outcome: row.try_get("outcome")?,
        reason: row.try_get("reason")?,
        member: row.try_get("member_id")?,
        provider: row.try_get("provider")?,
        request_id: row.try_get("request_id")?,
        network: row.try_get("network")?,
        user_agent: row.try_get("user_agent")?,
        times: row.try_get("times")?,
    })
}
