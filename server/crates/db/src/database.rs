//! The pools, and what is taken from them.

use std::ops::{Deref, DerefMut};
use std::str::FromStr as _;
use std::time::Duration;

use kernel::Timestamp;
use sqlx::any::{Any, AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyPool, ConnectOptions as _, Executor as _, Row as _};

use crate::{DatabaseUrl, DbError, Dialect, OpenError, migrate};

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
}

impl Database {
    /// Opens the database, makes it where it is missing (SQLite), and brings its schema up to date.
    ///
    /// # Errors
    /// Everything that [`OpenError`] lists; each text says what to do.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        let database = Self::connect(url).await?;
        match migrate::run(&database).await {
            Ok(()) => Ok(database),
            Err(error) => {
                database.close().await;
                Err(error)
            }
        }
    }

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
        let options =
            AnyConnectOptions::from_str(&url.for_driver()).map_err(failed)?.disable_statement_logging();
        let dialect = url.dialect();
        let pool = |connections| pool_options(dialect, connections).connect_with(options.clone());
        let (write, read) = match dialect {
            Dialect::Sqlite => (pool(1).await.map_err(failed)?, pool(READERS).await.map_err(failed)?),
            Dialect::Mysql => {
                let shared = pool(MYSQL_CONNECTIONS).await.map_err(failed)?;
                (shared.clone(), shared)
            }
        };
        Ok(Self { read, write, dialect })
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
        Ok(Transaction(self.write.begin_with(self.dialect.begin()).await?, self.dialect))
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

    pub(crate) const fn write_pool(&self) -> &AnyPool {
        &self.write
    }
}

fn pool_options(dialect: Dialect, connections: u32) -> AnyPoolOptions {
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
pub struct Transaction(sqlx::Transaction<'static, Any>, Dialect);

impl Transaction {
    /// Which kind of database it runs on, for the few statements that must be spelt twice.
    pub const fn dialect(&self) -> Dialect {
        self.1
    }

    /// Makes all of it true. After `Ok` it survives the death of the process.
    ///
    /// # Errors
    /// When the database did not confirm; then nothing of it is to be relied on.
    pub async fn commit(self) -> Result<(), DbError> {
        Ok(self.0.commit().await?)
    }
}

impl Deref for Transaction {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}
