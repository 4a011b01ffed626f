//! Reads the rows about a member, and counts those that operators caused.

use db::{AnyRow, Connection, DbError, Row as _, query};
use kernel::Timestamp;
use kernel::id::Uuid;

use crate::row::{AuditRow, AuditRowId};
use names::Actor;

db::statements! {
    AT = "SELECT at FROM audit_events WHERE id = ? AND member_id = ?";
    ABOUT = "SELECT id, at, kind, outcome, reason, actor, member_id, provider, client_id, object, operator_id, note, \
        request_id, network, user_agent, times FROM audit_events WHERE member_id = ? AND (at < ? OR (at = ? AND id < ?)) ORDER BY at DESC, id DESC LIMIT ?";
    /// The same without the kinds that [only operators see](names::AuditKind::is_for_members).
    HISTORY = "SELECT id, at, kind, outcome, reason, actor, member_id, provider, client_id, object, operator_id, note, \
        request_id, network, user_agent, times FROM audit_events WHERE member_id = ? AND (at < ? OR (at = ? AND id < ?)) \
        AND kind NOT IN ('access_denied', 'account_erased', 'activity_recounted', 'administrator_invited', 'backchannel_logout', 'client_added', \
        'client_removed', 'client_secret_rotation', 'dead_letter_discarded', 'dead_letter_read', 'long_work_begun', 'long_work_stopped', 'mail_retried', 'dead_letter_retried', 'feeds_rebuilt', \
        'limit_exceeded', 'log_downloaded', 'master_key_rotation', 'personal_data_shown', 'post_hidden', 'post_shown', 'reports_read', 'signing_key_rotation', 'token_issue', 'token_revoke', 'webhook_replayed', 'webhook_tested') ORDER BY at DESC, id DESC LIMIT ?";
    /// Those of operators are not the member's to know.
    NETWORKS = "SELECT DISTINCT network FROM audit_events WHERE member_id = ? AND actor <> ? AND network <> ''";
    /// By the id, which begins with the time, so that few rows are read.
    COUNT_SINCE = "SELECT COUNT(*) FROM audit_events WHERE id >= ? AND actor = ?";
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

/// A page of the rows about a member.
pub(crate) struct Part {
    /// It begins after the row of this moment with this id; `None` begins with the newest.
    pub(crate) after: Option<(Timestamp, AuditRowId)>,
    /// The most rows.
    pub(crate) limit: u32,
}

/// All rows about a member, newest first.
pub(crate) async fn about(
    connection: &mut Connection,
    member: Uuid,
    part: Part,
) -> Result<Vec<AuditRow>, DbError> {
    of_member(connection, ABOUT, member, part).await
}

/// The rows that the member sees in their history, newest first.
pub(crate) async fn history(
    connection: &mut Connection,
    member: Uuid,
    part: Part,
) -> Result<Vec<AuditRow>, DbError> {
    of_member(connection, HISTORY, member, part).await
}

async fn of_member(
    connection: &mut Connection,
    statement: &'static str,
    member: Uuid,
    Part { after, limit }: Part,
) -> Result<Vec<AuditRow>, DbError> {
    let (at, id) = match after {
        Some((at, id)) => (at.millis(), id.to_string()),
        None => (i64::MAX, String::new()),
    };
    let rows = query(statement)
        .bind(member.to_string())
        .bind(at)
        .bind(at)
        .bind(id)
        .bind(i64::from(limit))
        .fetch_all(connection)
        .await?;
    rows.iter().map(row_of).collect()
}

/// From which networks the rows about a member came that no operator caused.
pub(crate) async fn networks(connection: &mut Connection, member: Uuid) -> Result<Vec<String>, DbError> {
    let networks = query(NETWORKS).bind(member.to_string()).bind(Actor::Operator.as_str());
    let rows = networks.fetch_all(connection).await?;
    rows.iter().map(|row| Ok(row.try_get("network")?)).collect()
}

/// How many rows operators caused since `since`.
pub(crate) async fn operator_actions(connection: &mut Connection, since: Timestamp) -> Result<u32, DbError> {
    let row = query(COUNT_SINCE)
        .bind(kernel::id::least_uuid(since).to_string())
        .bind(Actor::Operator.as_str())
        .fetch_one(connection)
        .await?;
    Ok(u32::try_from(row.try_get::<i64, _>(0)?).unwrap_or(u32::MAX))
}

/// Reads a row.
pub(crate) fn row_of(row: &AnyRow) -> Result<AuditRow, DbError> {
    let id = row.try_get::<String, _>("id")?;
    Ok(AuditRow {
        id: AuditRowId::parse(&id).map_err(|_| DbError::Unreadable { column: "audit_events.id" })?,
        at: Timestamp::from_millis(row.try_get("at")?),
        kind: row.try_get("kind")?,
        outcome: row.try_get("outcome")?,
        reason: row.try_get("reason")?,
        actor: row.try_get("actor")?,
        member: row.try_get("member_id")?,
        provider: row.try_get("provider")?,
        client: row.try_get("client_id")?,
        object: row.try_get("object")?,
        operator: row.try_get("operator_id")?,
        note: row.try_get("note")?,
        request_id: row.try_get("request_id")?,
        network: row.try_get("network")?,
        user_agent: row.try_get("user_agent")?,
        times: row.try_get("times")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use names::AuditKind;

    #[test]
    fn members_are_shown_every_kind_that_is_for_them_and_no_other() {
        let hidden: Vec<_> = AuditKind::ALL.iter().filter(|kind| !kind.is_for_members()).collect();
        for kind in &hidden {
            assert!(HISTORY.contains(&format!("'{}'", kind.as_str())), "{kind:?}");
        }
        assert_eq!(HISTORY.matches('\'').count(), 2 * hidden.len(), "{HISTORY}");
    }
}
