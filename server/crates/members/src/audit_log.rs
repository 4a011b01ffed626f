//! The audit log as operators read it: who, what, when, from where, about anybody.

use db::{AnyRow, Connection, DbError, Row as _, query};
use kernel::Timestamp;

use crate::{AuditKind, MemberId};

db::statements! {
    // Ids are UUIDv7: their order is that of time, and needs no index of its own.
    NEWEST = "SELECT id, at, kind, outcome, reason, member_id, provider, request_id, network, user_agent, \
        times FROM audit_events WHERE (? = '' OR member_id = ?) AND (? = '' OR kind = ?) AND at >= ? \
        ORDER BY id DESC LIMIT ?";
    /// By the id alone, which begins with the time: so few rows are looked at.
    COUNT_SINCE = "SELECT COUNT(*) FROM audit_events WHERE id >= ? AND kind = ?";
}

/// Which lines are wanted.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// About this member alone.
    pub member: Option<MemberId>,
    /// Of this kind alone.
    pub kind: Option<AuditKind>,
    /// Not from before.
    pub since: Option<Timestamp>,
}

/// A line, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// When.
    pub at: Timestamp,
    /// What, as [`AuditKind::as_str`] names it.
    pub kind: String,
    /// `success` or `failure`.
    pub outcome: String,
    /// Why it failed, as a code; empty on success.
    pub reason: String,
    /// About whom, if known.
    pub member: Option<String>,
    /// By which sign-in method; empty where it is about none.
    pub provider: String,
    /// By which request; empty for the program itself.
    pub request_id: String,
    /// From which network; empty for the program itself.
    pub network: String,
    /// What the client called itself. It is the client's own text: encode it wherever it is shown.
    pub user_agent: String,
    /// How often; more than once where repetitions within the hour after `at` share the line.
    pub times: i64,
}

/// The newest lines that `filter` lets through, at most `limit`, the newest first.
///
/// # Errors
/// When the database refuses.
pub async fn newest(
    connection: &mut Connection,
    filter: &AuditFilter,
    limit: u32,
) -> Result<Vec<AuditLine>, DbError> {
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
    rows.iter().map(read).collect()
}

/// How often operators acted since a moment.
///
/// # Errors
/// When the database refuses.
pub async fn operator_actions(connection: &mut Connection, since: Timestamp) -> Result<u32, DbError> {
    let row = query(COUNT_SINCE)
        .bind(kernel::id::least_uuid(since).to_string())
        .bind(AuditKind::SignedOutByOperator.as_str())
        .fetch_one(connection)
        .await?;
    Ok(u32::try_from(row.try_get::<i64, _>(0)?).unwrap_or(u32::MAX))
}

fn read(row: &AnyRow) -> Result<AuditLine, DbError> {
    Ok(AuditLine {
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
