//! What a part declares of its tables, so that the program can go over all of them: to delete what has expired, to seal
//! again with a new master key, to erase a member, to export what is theirs, and to say in the documents what is kept.
//!
//! A part that adds a table declares it here in its own `storage.rs`; tests hold the declarations against the migrations.

use kernel::Timestamp;

use crate::database::Database;
use crate::dialect::Dialect;
use crate::error::DbError;
use crate::reseal::{Reseal, Resealed};
use crate::sealed::Resealing;
use crate::table::Table;
use crate::transaction::Transaction;

/// The tables and statements of one part.
#[derive(Debug)]
pub struct Storage {
    /// The part's name: that of its crate.
    pub part: &'static str,
    /// Its tables. No other part reads or writes them.
    pub tables: &'static [Table],
    /// The statements of its stores, one list for each `statements!` block.
    pub statements: &'static [&'static [&'static str]],
    /// Statements that are spelt differently for each database.
    pub per_dialect: fn(Dialect) -> Vec<&'static str>,
}

impl Storage {
    /// A part without tables.
    pub const fn none(part: &'static str) -> Self {
        Self { part, tables: &[], statements: &[], per_dialect: |_| Vec::new() }
    }

    /// Deletes at most `limit` rows of each table whose moment has come at `now`; returns how many. Tables that expire by a rule
    /// of their part are left out.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_expired(
        &self,
        tx: &mut Transaction,
        now: Timestamp,
        limit: u32,
    ) -> Result<u64, DbError> {
        let mut deleted = 0;
        for table in self.tables {
            deleted += table.delete_expired(tx, now, limit).await?.unwrap_or(0);
        }
        Ok(deleted)
    }

    /// Deletes the rows of `member` from each table that has their id in a column. What goes with the member's own row, and
    /// what the part erases by a rule of its own, is left out.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn erase(&self, tx: &mut Transaction, member: &str) -> Result<(), DbError> {
        for table in self.tables {
            table.erase(tx, member).await?;
        }
        Ok(())
    }

    /// Seals the values of each column again whose owner is the id of their row. Columns that the part seals again by a rule of its
    /// own are left out.
    ///
    /// # Errors
    /// When the database refuses; what was done until then stays done.
    pub async fn reseal(&self, db: &Database, reseal: Reseal<'_>) -> Result<Resealed, DbError> {
        let mut resealed = Resealed::default();
        for table in self.tables {
            for column in table.sealed {
                if let Resealing::ById(purpose) = column.resealing {
                    resealed += column.reseal(db, table.name, purpose, reseal).await?;
                }
            }
        }
        Ok(resealed)
    }
}
