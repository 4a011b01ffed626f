//! The pools, and what is taken from them.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use kernel::{Timestamp, private_files};
use scopeguard::ScopeGuard;
use sqlx::Row as _;

use crate::connection::{Connection, Purpose};
use crate::connections::{Connections, Lent};
use crate::dialect::Dialect;
use crate::error::{DbError, OpenError};
use crate::gathered::Gathered;
use crate::notices::{Notice, Notices};
use crate::pool::Pools;
use crate::settings::DatabaseSettings;
use crate::stale_reads::{StaleReader, StaleReads};
use crate::transaction::Transaction;
use crate::write_probe::WriteProbe;

/// The database: connections for reading, connections for writing. SQLite has one writer, so that writers queue here,
/// in order and with a time-out, instead of meeting in the file. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    read: Connections,
    write: Connections,
    stale: Option<Arc<StaleReads>>,
    dialect: Dialect,
    probe: Arc<WriteProbe>,
    notices: Notices,
    /// On SQLite.
    gathered: Option<Gathered>,
}

impl Database {
    /// Opens the database without touching its schema, for `daemun check`.
    ///
    /// # Errors
    /// When the place is unusable or nobody answers there.
    pub async fn connect(settings: impl Into<DatabaseSettings>) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let settings = settings.into();
        if let Some(folder) = settings.url.folder() {
            private_files::make_folder(folder)
                .map_err(|source| OpenError::Folder { folder: folder.display().to_string(), source })?;
        }
        if let Some(file) = settings.url.file() {
            // SQLite gives the files beside it the mode of this one, and makes it readable for everybody if it makes it.
            private_files::make_file(file).map_err(|source| OpenError::Connect {
                place: settings.url.to_string(),
                source: source.into(),
            })?;
        }
        let (dialect, probe) = (settings.url.dialect(), Arc::default());
        let pools = Pools { settings: &settings, probe: &probe };
        let connections = |pool| Connections::new(pool, dialect, Arc::clone(&probe));
        let write = connections(pools.connect(Purpose::Write).await?);
        let read = match dialect {
            Dialect::Sqlite => connections(pools.connect(Purpose::Read).await?),
            Dialect::Mysql => write.clone(),
        };
        // It may be away: what is read there can be read here.
        let stale = settings.read_url.as_ref().map(|url| pools.later(url, Purpose::ReadStale)).transpose()?;
        let stale = stale.map(|pool| Arc::new(StaleReads::new(connections(pool))));
        let notices = Notices::default();
        let gathered = (dialect == Dialect::Sqlite)
            .then(|| Gathered::new(read.clone(), write.clone(), Arc::clone(&probe), notices.clone()));
        Ok(Self { read, write, stale, dialect, probe, notices, gathered })
    }

    /// Which kind of database this is.
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// A connection for reading. It sees what was committed when each of its statements began.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when none is free in time.
    pub async fn read(&self) -> Result<Reader, DbError> {
        Ok(Reader(scopeguard::guard(self.read.lend().await?, Lent::put_aside)))
    }

    /// A connection for reads that may be a moment old: to the server of `database.read_url`, if there is one and it is not
    /// away.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when there is no connection in time.
    pub async fn read_stale(&self) -> Result<StaleReader, DbError> {
        if let Some(stale) = &self.stale
            && let Some(reader) = stale.reader().await
        {
            return Ok(reader);
        }
        Ok(StaleReader::through(self.read.lend().await?))
    }

    /// A transaction for writing. Dropped without [`Transaction::commit`], it leaves nothing behind. Where its work can be done
    /// twice, [`Database::transact`] is better: it does so when the database interrupts.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when none can begin in time.
    pub async fn begin(&self) -> Result<Transaction, DbError> {
        let connection = self.write.lend().await.inspect_err(|_| self.probe.note_failure())?;
        Transaction::begin(connection, self.dialect, Arc::clone(&self.probe), self.notices.clone()).await
    }

    /// To be told of rows that this program [adds](Transaction::tell) to `table`, with this value or one that was cloned of it.
    pub fn listen(&self, table: &'static str) -> Notice {
        self.notices.listen(table)
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
        if let Some(stale) = &self.stale {
            stale.close().await;
        }
    }

    pub(crate) fn write_probe(&self) -> &WriteProbe {
        &self.probe
    }

    /// What goes to SQLite together.
    pub(crate) const fn gathered(&self) -> Option<&Gathered> {
        self.gathered.as_ref()
    }

    /// A connection for writing, and on MySQL for reading too, without a transaction.
    pub(crate) async fn lend(&self) -> Result<Lent, sqlx::Error> {
        self.write.lend().await
    }
}

/// A connection for reading.
#[derive(Debug)]
pub struct Reader(ScopeGuard<Lent, fn(Lent)>);

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
