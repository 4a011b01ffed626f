//! The table `audit_events`: how rows are written, counted up, handed to a member, made anonymous and deleted. Members read it
//! through [`activity`](super::activity), operators through [`audit_log`](crate::audit_log).

use db::{DbError, Dialect, Transaction, query};
use kernel::Timestamp;

use crate::audit::AuditRow;
use crate::{AuditEventId, AuditRetention, MemberId};

db::statements! {
    INSERT = "INSERT INTO audit_events \
        (id, at, kind, outcome, reason, member_id, provider, request_id, network, user_agent, anonymous, times, fold_key) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    CLAIM = "UPDATE audit_events SET member_id = ?, anonymous = 0, fold_key = NULL WHERE fold_key = ?";
    FORGET = "UPDATE audit_events SET member_id = NULL, provider = '', request_id = '', network = '', user_agent = '', \
        fold_key = NULL WHERE member_id = ?";
}

/// The insert that counts an earlier row up instead, if there is one with the same key.
const fn fold_statement(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "INSERT INTO audit_events \
             (id, at, kind, outcome, reason, member_id, provider, request_id, network, user_agent, anonymous, times, \
             fold_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
             ON CONFLICT (fold_key) DO UPDATE SET times = audit_events.times + excluded.times"
        }
        Dialect::Mysql => {
            "INSERT INTO audit_events \
             (id, at, kind, outcome, reason, member_id, provider, request_id, network, user_agent, anonymous, times, \
             fold_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
             ON DUPLICATE KEY UPDATE times = times + VALUES(times)"
        }
    }
}

/// SQLite has no limit in a `DELETE`; MySQL must use it (see `db::Expiring`).
const fn delete_statement(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "DELETE FROM audit_events WHERE id IN \
             (SELECT id FROM audit_events WHERE anonymous = ? AND at <= ? ORDER BY at LIMIT ?)"
        }
        Dialect::Mysql => "DELETE FROM audit_events WHERE anonymous = ? AND at <= ? ORDER BY at LIMIT ?",
    }
}

/// Adds a row of its own.
pub(crate) async fn insert(
    tx: &mut Transaction,
    (id, row): (AuditEventId, &AuditRow),
) -> Result<(), DbError> {
    write(tx, INSERT, (id, row), (1, None)).await
}

/// Adds what happened so many times to the row with this key, or begins that row.
pub(crate) async fn fold(
    tx: &mut Transaction,
    (id, row): (AuditEventId, &AuditRow),
    (times, key): (u64, String),
) -> Result<(), DbError> {
    let statement = fold_statement(tx.dialect());
    write(tx, statement, (id, row), (times, Some(key))).await
}

async fn write(
    tx: &mut Transaction,
    statement: &'static str,
    (id, row): (AuditEventId, &AuditRow),
    (times, key): (u64, Option<String>),
) -> Result<(), DbError> {
    let (outcome, reason) = row.outcome();
    query(statement)
        .bind(id.to_string())
        .bind(row.at.millis())
        .bind(row.kind.as_str())
        .bind(outcome)
        .bind(reason)
        .bind(row.member.map(|member| member.to_string()))
        .bind(row.provider.as_str())
        .bind(row.request_id.as_str())
        .bind(row.network.as_str())
        .bind(row.user_agent.as_str())
        .bind(i64::from(row.anonymous()))
        .bind(i64::try_from(times).unwrap_or(i64::MAX))
        .bind(key)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Hands the row with this key to the member whom it turned out to be about.
pub(crate) async fn claim(tx: &mut Transaction, key: &str, member: MemberId) -> Result<(), DbError> {
    query(CLAIM).bind(member.to_string()).bind(key).execute(&mut **tx).await?;
    Ok(())
}

/// Makes the rows about a member anonymous: that something happened, and when, remains.
pub(crate) async fn erase(tx: &mut Transaction, member: MemberId) -> Result<(), DbError> {
    query(FORGET).bind(member.to_string()).execute(&mut **tx).await?;
    Ok(())
}

/// Deletes at most `limit` rows of each sort that were kept long enough at `now`; answers how many went.
pub(crate) async fn delete_old(
    tx: &mut Transaction,
    now: Timestamp,
    retention: &AuditRetention,
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

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::TestDatabase;

    #[tokio::test]
    async fn every_statement_is_understood_by_the_database_that_it_is_for() {
        let [sqlite, mysql] = TestDatabase::both().await;
        for (database, dialect) in [(sqlite, Dialect::Sqlite), (mysql, Dialect::Mysql)] {
            database.prepare(STATEMENTS).await;
            database.prepare(&[fold_statement(dialect), delete_statement(dialect)]).await;
        }
    }
}
