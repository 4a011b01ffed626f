//! The table `audit_hours`.

use std::time::Duration;

use db::{AnyRow, Connection, DbError, Dialect, Row as _, Transaction, query};
use kernel::Timestamp;
use names::AuditKind;

use crate::hour_sum::{HourSum, SumOf};

/// How long the sum of an hour is kept.
const RETENTION: Duration = Duration::from_hours(90 * 24);

const HOUR_MS: i64 = 60 * 60 * 1000;

db::statements! {
    SINCE = "SELECT hour, method, outcome, times FROM audit_hours WHERE kind = ? AND hour >= ? ORDER BY hour, method, outcome";
}

/// The insert that adds to the sum of an hour if there is one.
pub(crate) const fn add_statement(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "INSERT INTO audit_hours (kind, hour, method, outcome, times, expires_at) VALUES (?, ?, ?, ?, ?, ?) \
             ON CONFLICT (kind, hour, method, outcome) DO UPDATE SET times = audit_hours.times + excluded.times"
        }
        Dialect::Mysql => {
            "INSERT INTO audit_hours (kind, hour, method, outcome, times, expires_at) VALUES (?, ?, ?, ?, ?, ?) \
             ON DUPLICATE KEY UPDATE times = times + VALUES(times)"
        }
    }
}

/// Adds `times` to the sum of an hour.
pub(crate) async fn add(tx: &mut Transaction, of: &SumOf, times: u64) -> Result<(), DbError> {
    let ends = Timestamp::from_millis((of.hour + 1).saturating_mul(HOUR_MS)).plus(RETENTION);
    query(add_statement(tx.dialect()))
        .bind(of.kind)
        .bind(of.hour)
        .bind(of.method.as_str())
        .bind(of.outcome)
        .bind(i64::try_from(times).unwrap_or(i64::MAX))
        .bind(ends.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The sums of a kind from this hour on, counted from the epoch.
pub(crate) async fn since(
    connection: &mut Connection,
    kind: AuditKind,
    hour: i64,
) -> Result<Vec<HourSum>, DbError> {
    let rows = query(SINCE).bind(kind.as_str()).bind(hour).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<HourSum, DbError> {
    Ok(HourSum {
        hour: Timestamp::from_millis(row.try_get::<i64, _>("hour")?.saturating_mul(HOUR_MS)),
        method: row.try_get("method")?,
        succeeded: row.try_get::<String, _>("outcome")? == "success",
        times: u64::try_from(row.try_get::<i64, _>("times")?).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use testkit::TestDatabase;

    use super::*;

    #[tokio::test]
    async fn the_sums_of_a_kind_are_found_by_their_key() {
        for database in TestDatabase::both().await {
            let mut tx = database.begin().await.unwrap();
            for kind in ["sign_in", "sign_out", "token_issue"] {
                for hour in 0..200 {
                    let of = SumOf { kind, hour, method: "google".to_owned(), outcome: "success" };
                    add(&mut tx, &of, 1).await.unwrap();
                }
            }
            tx.commit().await.unwrap();
            let plan = database.plan(SINCE, &["sign_in", "190"]).await;
            assert!(!TestDatabase::reads_all(&plan), "{plan}");
            database.close().await;
        }
    }
}
