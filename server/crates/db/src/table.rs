//! What the program has to know of a table, and what it does with its rows knowing that.

use std::time::Instant;

use kernel::Timestamp;
use sqlx::AssertSqlSafe;

use crate::dialect::Dialect;
use crate::error::DbError;
use crate::expiry::{Expiry, ExpiryColumn};
use crate::owner::Owner;
use crate::sealed::SealedColumn;
use crate::transaction::Transaction;

/// What the program has to know of a table.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// What is in it, in Markdown; for docs/operations.md, like the next.
    pub holds: &'static str,
    /// For how long.
    pub kept: &'static str,
    /// How its rows expire.
    pub expiry: Expiry,
    /// Its columns with sealed values.
    pub sealed: &'static [SealedColumn],
    /// Whom its rows are about, and what becomes of them when that member is erased.
    pub owner: Owner,
    /// Where a member finds its rows in their export.
    pub export: Export,
}

/// Where a member finds what a table holds about them.
#[derive(Clone, Copy, Debug)]
pub enum Export {
    /// In this section of the file.
    Section(&'static str),
    /// Nowhere: says why.
    Omitted(&'static str),
}

impl Table {
    /// Deletes at most `limit` rows that are over at `now`, oldest first; returns how many, `None` where no column says so. How
    /// long the statement took is measured for each table.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_expired(
        &self,
        tx: &mut Transaction,
        now: Timestamp,
        limit: u32,
    ) -> Result<Option<u64>, DbError> {
        let Expiry::Column(ExpiryColumn { keep, loss, .. }) = self.expiry else { return Ok(None) };
        let Some(statement) = self.expiry_statement(tx.dialect()) else { return Ok(None) };
        let began = Instant::now();
        // All names are words of the program.
        let done = sqlx::query(AssertSqlSafe(statement))
            .bind(now.minus(keep).millis())
            .bind(i64::from(limit))
            .execute(&mut **tx)
            .await?;
        metrics::histogram!("daemun_cleaner_statement_seconds", "table" => self.name).record(began.elapsed());
        let deleted = done.rows_affected();
        if let Some(loss) = loss.filter(|_| deleted > 0) {
            tracing::error!(table = self.name, rows = deleted, "deleted {loss}");
        }
        Ok(Some(deleted))
    }

    /// The statement that deletes expired rows. SQLite has no limit in a `DELETE`. MySQL has, and must use it: MariaDB 10.11
    /// answers the other form by looking at every row of the table (0.8 s for 300,000 rows, against 3 ms).
    pub fn expiry_statement(&self, dialect: Dialect) -> Option<String> {
        let Expiry::Column(ExpiryColumn { key, column, .. }) = self.expiry else { return None };
        let oldest = format!("FROM {} WHERE {column} <= ? ORDER BY {column} LIMIT ?", self.name);
        Some(match dialect {
            Dialect::Mysql => format!("DELETE {oldest}"),
            Dialect::Sqlite => {
                format!("DELETE FROM {} WHERE {key} IN (SELECT {key} {oldest})", self.name)
            }
        })
    }

    /// Deletes the rows of `member` if a column has their id.
    pub(crate) async fn erase(&self, tx: &mut Transaction, member: &str) -> Result<(), DbError> {
        let Some(statement) = self.erase_statement() else { return Ok(()) };
        // Both names are words of the program.
        sqlx::query(AssertSqlSafe(statement)).bind(member.to_owned()).execute(&mut **tx).await?;
        Ok(())
    }

    /// The statement that erases a member; `None` where their rows go otherwise, or stay.
    pub fn erase_statement(&self) -> Option<String> {
        let Owner::Column(column) = self.owner else { return None };
        Some(format!("DELETE FROM {} WHERE {column} = ?", self.name))
    }
}
