//! The pools, and what is taken from them.

use std::ops::{Deref, DerefMut};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kernel::Timestamp;
use sqlx::any::{Any, AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyPool, ConnectOptions as _, Connection as _, Executor as _, Row as _};

use crate::dialect::Dialect;
use crate::error::is_busy;
use crate::error::{DbError, OpenError};
use crate::url::DatabaseUrl;
use crate::write_probe::WriteProbe;

/// A connection to either database. Stores read through it; [`Reader`] and [`Transaction`] both lend one.
pub type Connection = sqlx::AnyConnection;

const READERS: u32 = 8;
const MYSQL_CONNECTIONS: u32 = 16;
const PATIENCE: Duration = Duration::from_secs(5);

/// The database: connections for reading, connections for writing. SQLite has one writer, so that writers queue here,
/// in order and with a time-out, instead of meeting in the file. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    read: AnyPool,
    write: AnyPool,
    dialect: Dialect,
    probe: Arc<WriteProbe>,
}

impl Database {
    /// Opens the database without touching its schema, for `daemun check`.
    ///
    /// # Errors
    /// When the place is unusable or nobody answers there.
    pub async fn connect(url: &DatabaseUrl) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        if let Some(folder) = url.folder() {
            std::fs::create_dir_all(folder)
                .map_err(|source| OpenError::Folder { folder: folder.display().to_string(), source })?;
        }
        let failed = |source| OpenError::Connect { place: url.to_string(), source };
        let text = url.for_driver().map_err(|source| failed(source.into()))?;
        let options = AnyConnectOptions::from_str(&text).map_err(failed)?.disable_statement_logging();
        let dialect = url.dialect();
        let probe = Arc::new(WriteProbe::default());
        let pool = |connections, writes| {
            pool_options(dialect, PoolUse { connections, writes }, &probe).connect_with(options.clone())
        };
        let (write, read) = match dialect {
            Dialect::Sqlite => (
                patiently(|| pool(1, true)).await.map_err(failed)?,
                pool(READERS, false).await.map_err(failed)?,
            ),
            Dialect::Mysql => {
                let shared = pool(MYSQL_CONNECTIONS, true).await.map_err(failed)?;
                (shared.clone(), shared)
            }
        };
        Ok(Self { read, write, dialect, probe })
    }

    /// Which kind of database this is.
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// A connection for reading. It sees what was committed when each of its statements began.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when none is free within five seconds.
    pub async fn read(&self) -> Result<Reader, DbError> {
        Ok(Reader(self.read.acquire().await?))
    }

    /// A transaction for writing. Dropped without [`Transaction::commit`], it leaves nothing behind.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when none can begin within five seconds.
    pub async fn begin(&self) -> Result<Transaction, DbError> {
        let begun = self.write.begin_with(self.dialect.begin()).await;
        let inner = begun.inspect_err(|_| self.probe.note_failure())?;
        let outcome = Outcome { probe: Arc::clone(&self.probe), committed: false };
        Ok(Transaction { inner, dialect: self.dialect, outcome })
    }

    /// What time it is there, which is the same for all who share it. On SQLite this is the machine's clock.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn clock(&self) -> Result<Timestamp, DbError> {
        let mut reader = self.read().await?;
        let row = sqlx::query(self.dialect.clock()).fetch_one(&mut *reader).await?;
        Ok(Timestamp::from_millis(row.try_get(0)?))
    }

    /// Closes all connections, after those in use have come back.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }

    pub(crate) fn write_probe(&self) -> &WriteProbe {
        &self.probe
    }

    pub(crate) const fn write_pool(&self) -> &AnyPool {
        &self.write
    }
}

/// Two programs that open a new file at once meet when they switch on its log, where SQLite does not wait by itself.
async fn patiently<F>(mut connect: impl FnMut() -> F) -> sqlx::Result<AnyPool>
where
    F: Future<Output = sqlx::Result<AnyPool>>,
{
    let began = Instant::now();
    loop {
        match connect().await {
            Err(error) if is_busy(&error) && began.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            done => return done,
        }
    }
}

/// What a pool is for.
struct PoolUse {
    /// How many connections it has.
    connections: u32,
    /// Whether they write.
    writes: bool,
}

fn pool_options(
    dialect: Dialect,
    PoolUse { connections, writes }: PoolUse,
    probe: &Arc<WriteProbe>,
) -> AnyPoolOptions {
    let probe = Arc::clone(probe);
    AnyPoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(matches!(dialect, Dialect::Mysql))
        .after_connect(move |connection, _| {
            Box::pin(async move {
                for setting in dialect.connection_settings() {
                    connection.execute(*setting).await?;
                }
                Ok(())
            })
        })
        .after_release(move |connection, meta| {
            let probe = Arc::clone(&probe);
            Box::pin(async move {
                if writes && probe.outdates(meta.age) {
                    return Ok(false);
                }
                let kept = may_return(connection).await;
                if !matches!(kept, Ok(true)) {
                    probe.note_failure();
                }
                kept
            })
        })
}

/// Whether a connection can be used again. SQLite ends a transaction by itself when a disk is full or fails; the driver
/// then cannot roll it back, goes on counting it, and would refuse every transaction after it. Such a connection is
/// closed, and another one takes its place.
async fn may_return(connection: &mut Connection) -> Result<bool, sqlx::Error> {
    if !connection.is_in_transaction() {
        return Ok(true);
    }
    // A rollback may be on its way to the thread of SQLite; what answers this comes after it.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// A pooled connection for reading.
#[derive(Debug)]
pub struct Reader(sqlx::pool::PoolConnection<Any>);

impl Deref for Reader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

/// A transaction: what is written through it becomes true together, at [`Transaction::commit`], or not at all.
#[derive(Debug)]
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Transaction {
    inner: sqlx::Transaction<'static, Any>,
    dialect: Dialect,
    outcome: Outcome,
}

/// What became of a transaction. One that was not committed may have met what a probe of a moment ago had not.
#[derive(Debug)]
struct Outcome {
    probe: Arc<WriteProbe>,
    committed: bool,
}

impl Drop for Outcome {
    fn drop(&mut self) {
        if !self.committed {
            self.probe.doubt();
        }
    }
}

impl Transaction {
    /// Which kind of database it runs on, for the few statements that must be spelt twice.
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Makes all of it true. After `Ok` it survives the death of the process.
    ///
    /// # Errors
    /// When the database did not confirm; then nothing of it is to be relied on.
    pub async fn commit(self) -> Result<(), DbError> {
        let Self { inner, mut outcome, .. } = self;
        inner.commit().await.inspect_err(|_| outcome.probe.note_failure())?;
        outcome.committed = true;
        Ok(())
    }
}

impl Deref for Transaction {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.inner
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.inner
    }
}
