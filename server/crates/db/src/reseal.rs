//! Sealing a column again with the newest master key, a few rows at a time, while everything runs (S-KEY-7).

use std::ops::AddAssign;

use kernel::{KeyRing, Purpose, Randomness};
use sqlx::{AssertSqlSafe, Row as _};

use crate::database::Database;
use crate::error::DbError;
use crate::sealed::SealedColumn;
use crate::transact::LentTransaction;
use crate::transaction::Transaction;

/// What rows are sealed again with.
#[derive(Clone, Copy, Debug)]
pub struct Reseal<'a> {
    /// The ring whose newest key they get.
    pub key_ring: &'a KeyRing,
    /// The randomness.
    pub randomness: &'a dyn Randomness,
    /// How many rows one transaction changes.
    pub batch: u32,
}

/// What became of values that were to be sealed again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// So many were changed.
    pub changed: u64,
    /// So many cannot be opened with this ring and stayed as they are. Another ring may have their key, so no key must go yet.
    pub unopened: u64,
}

impl Resealed {
    /// So many were changed, and all can be opened.
    pub const fn changed(changed: u64) -> Self {
        Self { changed, unopened: 0 }
    }

    /// One that cannot be opened.
    pub const UNOPENED: Self = Self { changed: 0, unopened: 1 };
}

impl AddAssign for Resealed {
    fn add_assign(&mut self, other: Self) {
        self.changed += other.changed;
        self.unopened += other.unopened;
    }
}

impl SealedColumn {
    /// Seals every value of `table` with the newest key of the ring. A value that changes meanwhile is skipped, since the change
    /// sealed it. One that cannot be opened is kept, logged and counted.
    pub(crate) async fn reseal(
        self,
        db: &Database,
        table: &str,
        purpose: Purpose,
        reseal: Reseal<'_>,
    ) -> Result<Resealed, DbError> {
        let Reseal { key_ring, randomness, batch } = reseal;
        let (mut resealed, mut last) = (Resealed::default(), String::new());
        loop {
            let work = async |mut tx: LentTransaction| {
                let values = self.page(&mut tx, table, &last, batch.max(1)).await?;
                let Some(end) = values.last().map(|value| value.id.clone()) else {
                    return Ok(tx.roll_back(None));
                };
                let mut of_page = Resealed::default();
                for value in values {
                    match key_ring.reseal(purpose, &value.id, &value.sealed, randomness) {
                        Ok(Some(again)) => {
                            of_page += Resealed::changed(self.replace(&mut tx, table, value, again).await?);
                        }
                        Ok(None) => {}
                        Err(error) => {
                            let error = &error as &dyn std::error::Error;
                            tracing::error!(table, id = value.id, error, "a sealed value cannot be opened");
                            of_page += Resealed::UNOPENED;
                        }
                    }
                }
                Ok::<_, DbError>(tx.commit(Some((end, of_page))))
            };
            let Some((end, of_page)) = db.transact(work).await? else { return Ok(resealed) };
            resealed += of_page;
            last = end;
        }
    }

    async fn page(
        self,
        tx: &mut Transaction,
        table: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<SealedValue>, DbError> {
        let column = self.name;
        let sql = format!(
            "SELECT id, {column} AS sealed FROM {table} \
            WHERE id > ? AND {column} IS NOT NULL ORDER BY id LIMIT ?"
        );
        // Table and column are words of the program.
        let page = sqlx::query(AssertSqlSafe(sql)).bind(after.to_owned()).bind(i64::from(limit));
        let rows = page.fetch_all(&mut **tx).await?;
        let read = |row: &sqlx::any::AnyRow| {
            Ok(SealedValue { id: row.try_get("id")?, sealed: row.try_get("sealed")? })
        };
        rows.iter().map(read).collect()
    }

    async fn replace(
        self,
        tx: &mut Transaction,
        table: &str,
        old: SealedValue,
        new: Vec<u8>,
    ) -> Result<u64, DbError> {
        let column = self.name;
        let sql = format!("UPDATE {table} SET {column} = ? WHERE id = ? AND {column} = ?");
        let update = sqlx::query(AssertSqlSafe(sql)).bind(new).bind(old.id).bind(old.sealed);
        Ok(update.execute(&mut **tx).await?.rows_affected())
    }
}

/// A sealed value, and the id of its row.
struct SealedValue {
    id: String,
    sealed: Vec<u8>,
}
