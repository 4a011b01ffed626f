//! Writes rows, adds to their counts, assigns them to a member, makes them anonymous and deletes them.

use db::{DbError, Dialect, Statement, Transaction, query};
use kernel::Timestamp;
use kernel::id::Uuid;

use crate::event::{FoldedRow, NewRow};
use crate::retention::Retention;
use crate::row::AuditRowId;

db::statements! {
    INSERT = "INSERT INTO audit_events \
        (id, at, kind, outcome, reason, actor, member_id, provider, client_id, object, operator_id, note, request_id, network, \
        user_agent, anonymous, times, fold_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    ASSIGN = "UPDATE audit_events SET member_id = ?, anonymous = 0, fold_key = NULL WHERE fold_key = ?";
    ANONYMIZE = "UPDATE audit_events SET member_id = NULL, provider = '', client_id = '', request_id = '', network = '', user_agent = '', \
        object = '', note = '', fold_key = NULL WHERE member_id = ?";
    /// What the member did as an operator stays, without saying which operator it was.
    FORGET_OPERATOR = "UPDATE audit_events SET operator_id = NULL WHERE operator_id = ?";
}

/// The insert that adds to the count of the row with the same key if there is one.
pub(crate) const fn fold_statement(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "INSERT INTO audit_events \
             (id, at, kind, outcome, reason, actor, member_id, provider, client_id, object, operator_id, note, request_id, \
             network, user_agent, anonymous, times, fold_key) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
             ON CONFLICT (fold_key) DO UPDATE SET times = audit_events.times + excluded.times"
        }
        Dialect::Mysql => {
            "INSERT INTO audit_events \
             (id, at, kind, outcome, reason, actor, member_id, provider, client_id, object, operator_id, note, request_id, \
             network, user_agent, anonymous, times, fold_key) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
             ON DUPLICATE KEY UPDATE times = times + VALUES(times)"
        }
    }
}

/// SQLite has no `LIMIT` in a `DELETE`; on MySQL it is needed (see `db::Table::expiry_statement`).
pub(crate) const fn delete_statement(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "DELETE FROM audit_events WHERE id IN \
             (SELECT id FROM audit_events WHERE anonymous = ? AND at <= ? ORDER BY at LIMIT ?)"
        }
        Dialect::Mysql => "DELETE FROM audit_events WHERE anonymous = ? AND at <= ? ORDER BY at LIMIT ?",
    }
}

/// Inserts a row that no repetition shares.
pub(crate) fn inserting(id: AuditRowId, row: &NewRow) -> Statement<'static> {
    bound(INSERT, Values { id, row, times: 1, key: None })
}

/// Adds to the count of the row with this key, or inserts that row.
pub(crate) async fn fold(tx: &mut Transaction, id: AuditRowId, folded: &FoldedRow) -> Result<(), DbError> {
    let statement = fold_statement(tx.dialect());
    let FoldedRow { key, row, times } = folded;
    bound(statement, Values { id, row, times: *times, key: Some(key) }).execute(&mut **tx).await?;
    Ok(())
}

#[derive(Clone, Copy)]
struct Values<'a> {
    id: AuditRowId,
    row: &'a NewRow,
    times: u64,
    key: Option<&'a str>,
}

fn bound(statement: &'static str, values: Values<'_>) -> Statement<'static> {
    let Values { id, row, times, key } = values;
    let source = &row.source;
    query(statement)
        .bind(id.to_string())
        .bind(row.at.millis())
        .bind(row.kind.as_str())
        .bind(row.outcome.as_str())
        .bind(row.outcome.reason())
        .bind(source.actor.as_str())
        .bind(row.member.map(|member| member.to_string()))
        .bind(row.provider.as_str())
        .bind(row.client.as_str())
        .bind(row.object.as_str())
        .bind(row.operator.map(|operator| operator.to_string()))
        .bind(row.note.as_str())
        .bind(source.request_id.as_str())
        .bind(source.network.as_str())
        .bind(source.user_agent.as_str())
        .bind(i64::from(row.is_anonymous()))
        .bind(i64::try_from(times).unwrap_or(i64::MAX))
        .bind(key.map(str::to_owned))
}

/// Assigns the row with this key to a member.
pub(crate) async fn assign(tx: &mut Transaction, key: &str, member: Uuid) -> Result<(), DbError> {
    query(ASSIGN).bind(member.to_string()).bind(key).execute(&mut **tx).await?;
    Ok(())
}

/// Makes the rows about a member anonymous, and removes them as operator from the rows that they caused as one.
pub(crate) async fn anonymize(tx: &mut Transaction, member: Uuid) -> Result<(), DbError> {
    query(ANONYMIZE).bind(member.to_string()).execute(&mut **tx).await?;
    query(FORGET_OPERATOR).bind(member.to_string()).execute(&mut **tx).await?;
    Ok(())
}

/// Deletes at most `limit` rows of each kind whose retention is over at `now`, and returns how many.
pub(crate) async fn delete_expired(
    tx: &mut Transaction,
    now: Timestamp,
    retention: &Retention,
    limit: u32,
) -> Result<u64, DbError> {
    let mut deleted = 0;
    for (anonymous, span) in [(0_i64, retention.accounts), (1, retention.anonymous)] {
        let delete = query(delete_statement(tx.dialect()));
        let delete = delete.bind(anonymous).bind(now.minus(span).millis()).bind(i64::from(limit));
        deleted += delete.execute(&mut **tx).await?.rows_affected();
    }
    Ok(deleted)
}
