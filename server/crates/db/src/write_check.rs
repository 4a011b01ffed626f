//! Whether the database takes writes at the moment, found out by writing.
//!
//! A read says nothing about a full disk, about a file system that was mounted read-only after an error, or about a
//! server that became read-only. One row is written; after a write has failed as much as a large transaction writes,
//! since the last free page of a full disk would let a small one pass.

use sqlx::query;

use crate::connection::Connection;
use crate::database::Database;
use crate::dialect::Dialect;
use crate::error::DbError;

crate::statements! {
    UPDATE = "UPDATE write_probes SET written = written + 1, filler = ? WHERE id = 'probe'";
    INSERT = "INSERT INTO write_probes (id, written) VALUES ('probe', 0)";
}

/// What the probe writes after a failure, on SQLite: more than the largest transactions of requests. The disk of a MySQL
/// server is not ours, and what it writes goes to its replicas too.
const LARGE_PROBE_BYTES: usize = 256 * 1024;

impl Database {
    /// Whether something can be written just now. It does write, so that a full disk or a server that has become read-only is
    /// found before the next request finds it; what was found is valid for a second.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when nothing can be written.
    pub async fn check_writes(&self) -> Result<(), DbError> {
        let probe = self.write_probe();
        if probe.is_good() {
            return Ok(());
        }
        let written = write(self, probe.has_failed()).await;
        if written.is_ok() {
            probe.note_success();
        } else {
            probe.note_failure();
        }
        written
    }
}

async fn write(db: &Database, after_failure: bool) -> Result<(), DbError> {
    match db.dialect() {
        Dialect::Sqlite => {
            let filler = after_failure.then(|| vec![0_u8; LARGE_PROBE_BYTES]);
            let wrote_much = filler.is_some();
            let mut tx = db.begin().await?;
            update(&mut tx, filler).await?;
            tx.commit().await?;
            if wrote_much {
                let mut tx = db.begin().await?;
                update(&mut tx, None).await?;
                tx.commit().await?;
            }
            Ok(())
        }
        // In no transaction of ours: a replica that is stopped in between would hold the row, and all others would not be
        // ready for its sake.
        Dialect::Mysql => update(&mut *db.read().await?, None).await,
    }
}

async fn update(connection: &mut Connection, filler: Option<Vec<u8>>) -> Result<(), DbError> {
    let updated = query(UPDATE).bind(filler.clone()).execute(&mut *connection).await?;
    if updated.rows_affected() > 0 {
        return Ok(());
    }
    match query(INSERT).execute(&mut *connection).await.map_err(DbError::from) {
        // Another replica was first.
        Ok(_) | Err(DbError::Exists(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
