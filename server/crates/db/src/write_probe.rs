//! Whether the database takes writes at the moment, found out by writing.
//!
//! A read says nothing about a full disk, about a file system that was mounted read-only after an error, or about a
//! server that became read-only. The probe writes one row; after a write has failed it writes as much as a large
//! transaction does, since the last free page of a full disk would let a small one pass.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::{Connection, Database, DbError, Dialect, query};

crate::statements! {
    UPDATE = "UPDATE write_probes SET written = written + 1, filler = ? WHERE id = 'probe'";
    INSERT = "INSERT INTO write_probes (id, written) VALUES ('probe', 0)";
}

/// So long an answer is good: however often somebody asks, little is written.
const GOOD_FOR: Duration = Duration::from_secs(1);
/// What the probe writes after a failure, on SQLite: more than the largest transactions of requests. The disk of a MySQL
/// server is not ours, and what it writes goes to its replicas too.
const LARGE: usize = 256 * 1024;

/// What is known about writes.
#[derive(Debug, Default)]
pub(crate) struct WriteProbe {
    /// Since the last probe that succeeded.
    failed: AtomicBool,
    last: Mutex<Last>,
}

#[derive(Debug, Default)]
struct Last {
    good_probe: Option<Instant>,
    failure: Option<Instant>,
}

impl WriteProbe {
    /// Notes that a write failed, for whatever reason: what was found before counts no more.
    pub(crate) fn note_failure(&self) {
        self.failed.store(true, Ordering::Relaxed);
        *self.lock() = Last { good_probe: None, failure: Some(Instant::now()) };
    }

    /// Forgets that a write has just been possible.
    pub(crate) fn doubt(&self) {
        self.lock().good_probe = None;
    }

    /// Whether a connection of this age was made before the last failure. It may be what is at fault: one that SQLite
    /// opened while the file system was read-only stays so, and one to a server that has become a replica of another too.
    pub(crate) fn outdates(&self, age: Duration) -> bool {
        self.failed.load(Ordering::Relaxed) && self.lock().failure.is_some_and(|at| age >= at.elapsed())
    }

    /// Writes, unless it has just been done.
    pub(crate) async fn check(&self, db: &Database) -> Result<(), DbError> {
        if self.lock().good_probe.is_some_and(|at| at.elapsed() < GOOD_FOR) {
            return Ok(());
        }
        let written = write(db, self.failed.load(Ordering::Relaxed)).await;
        if written.is_ok() {
            self.failed.store(false, Ordering::Relaxed);
            self.lock().good_probe = Some(Instant::now());
        } else {
            self.note_failure();
        }
        written
    }

    fn lock(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write(db: &Database, after_failure: bool) -> Result<(), DbError> {
    match db.dialect() {
        Dialect::Sqlite => {
            let filler = after_failure.then(|| vec![0_u8; LARGE]);
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

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::TestDatabase;

    #[tokio::test]
    async fn every_statement_is_understood_by_both_databases() {
        for database in TestDatabase::both().await {
            database.prepare(STATEMENTS).await;
        }
    }
}
