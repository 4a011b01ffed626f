//! Sealing a column again with the newest master key, a few rows at a time, while everything runs (S-KEY-7).

use kernel::{KeyRing, Purpose, Randomness};
use sqlx::{AssertSqlSafe, Row as _};

use crate::database::{Database, Transaction};
use crate::error::DbError;

/// A column whose values are sealed for the row's id.
#[derive(Clone, Copy, Debug)]
pub struct SealedColumn {
    /// The table. Its primary key is `id`, and names the owner of the sealed value.
    pub table: &'static str,
    /// The column. NULL where there is nothing to seal.
    pub column: &'static str,
    /// What its values are sealed for.
    pub purpose: Purpose,
}

impl SealedColumn {
    /// Seals every value with the newest key of the ring, `batch` rows in a transaction; answers how many were changed.
    /// A value that changes meanwhile is left alone, since the one who changed it sealed it. One that cannot be opened is
    /// left as it is and logged: without its key it is lost either way.
    ///
    /// # Errors
    /// When the database refuses; what was done until then stays done.
    pub async fn reseal(
        self,
        db: &Database,
        (key_ring, randomness): (&KeyRing, &dyn Randomness),
        batch: u32,
    ) -> Result<u64, DbError> {
        let (mut changed, mut last) = (0, String::new());
        loop {
            let mut tx = db.begin().await?;
            let rows = self.page(&mut tx, &last, batch.max(1)).await?;
            let Some((end, _)) = rows.last() else { return Ok(changed) };
            last.clone_from(end);
            for (id, sealed) in rows {
                match key_ring.reseal(self.purpose, &id, &sealed, randomness) {
                    Ok(Some(again)) => changed += self.replace(&mut tx, id, (sealed, again)).await?,
                    Ok(None) => {}
                    Err(error) => tracing::error!(
                        table = self.table,
                        id,
                        error = &error as &dyn std::error::Error,
                        "a sealed value cannot be opened"
                    ),
                }
            }
            tx.commit().await?;
        }
    }

    async fn page(
        self,
        tx: &mut Transaction,
        after: &str,
        limit: u32,
    ) -> Result<Vec<(String, Vec<u8>)>, DbError> {
        let Self { table, column, .. } = self;
        let sql = format!(
            "SELECT id, {column} AS sealed FROM {table} \
            WHERE id > ? AND {column} IS NOT NULL ORDER BY id LIMIT ?"
        );
        // Table and column are words of the program.
        let page = sqlx::query(AssertSqlSafe(sql)).bind(after.to_owned()).bind(i64::from(limit));
        let rows = page.fetch_all(&mut **tx).await?;
        rows.iter().map(|row| Ok((row.try_get("id")?, row.try_get("sealed")?))).collect()
    }

    async fn replace(
        self,
        tx: &mut Transaction,
        id: String,
        (old, new): (Vec<u8>, Vec<u8>),
    ) -> Result<u64, DbError> {
        let Self { table, column, .. } = self;
        let sql = format!("UPDATE {table} SET {column} = ? WHERE id = ? AND {column} = ?");
        let update = sqlx::query(AssertSqlSafe(sql)).bind(new).bind(id).bind(old);
        Ok(update.execute(&mut **tx).await?.rows_affected())
    }
}
