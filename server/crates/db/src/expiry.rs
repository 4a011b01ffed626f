//! Deleting what has expired, a few rows at a time, so that no statement holds others up.

use std::time::Instant;

use kernel::Timestamp;
use sqlx::AssertSqlSafe;

use crate::database::Transaction;
use crate::error::DbError;

/// A table whose rows expire: where it keeps the moment. An index must lead with that column.
#[derive(Clone, Copy, Debug)]
pub struct Expiring {
    /// The table.
    pub table: &'static str,
    /// Its primary key.
    pub key: &'static str,
    /// The column with the moment of expiry, in milliseconds.
    pub column: &'static str,
}

impl Expiring {
    /// Deletes at most `limit` rows that expired at `now` or before, oldest first; answers how many went. How long the
    /// statement took is measured for each table.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete(self, tx: &mut Transaction, now: Timestamp, limit: u32) -> Result<u64, DbError> {
        let began = Instant::now();
        // All three names are words of the program.
        let done = sqlx::query(AssertSqlSafe(self.statement(tx.backend_name() == "MySQL")))
            .bind(now.millis())
            .bind(i64::from(limit))
            .execute(&mut **tx)
            .await?;
        metrics::histogram!("daemun_cleaner_statement_seconds", "table" => self.table)
            .record(began.elapsed());
        Ok(done.rows_affected())
    }

    /// SQLite has no limit in a `DELETE`. MySQL has, and must use it: MariaDB 10.11 answers the other form by looking at
    /// every row of the table (0.8 s for 300,000 rows, against 3 ms).
    fn statement(self, mysql: bool) -> String {
        let Self { table, key, column } = self;
        let oldest = format!("FROM {table} WHERE {column} <= ? ORDER BY {column} LIMIT ?");
        if mysql {
            format!("DELETE {oldest}")
        } else {
            format!("DELETE FROM {table} WHERE {key} IN (SELECT {key} {oldest})")
        }
    }
}
