//! The pools, and what is taken from them.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use kernel::Timestamp;
use scopeguard::ScopeGuard;
use sqlx::{Executor as _, Row as _};
use tokio::runtime::Handle;

use crate::afterwards::Afterwards;
use crate::connection::{Connection, Purpose};
use crate::connections::{Connections, Lent};
use crate::dialect::Dialect;
use crate::error::{DbError, OpenError};
use crate::gathered::Gathered;
use crate::joined::Joined;
use crate::notices::{Notice, Notices};
use crate::pool::Pools;
use crate::settings::DatabaseSettings;
use crate::stale_reads::{StaleReader, StaleReads};
use crate::statement::Statement;
use crate::unit::{Bound, Must};
use crate::write_probe::WriteProbe;

/// How long a connection may take to roll back before it is closed, which takes it back as well.
const ROLLBACK: Duration = Duration::from_secs(2);

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
            std::fs::create_dir_all(folder)
                .map_err(|source| OpenError::Folder { folder: folder.display().to_string(), source })?;
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
        let connection = self.open_transaction().await.inspect_err(|_| self.probe.note_failure())?;
        let outcome = Outcome { probe: Arc::clone(&self.probe), committed: false };
        let (afterwards, notices) = (Afterwards::default(), self.notices.clone());
        Ok(Transaction { connection, dialect: self.dialect, last: Vec::new(), outcome, afterwards, notices })
    }

    async fn open_transaction(&self) -> Result<Open, sqlx::Error> {
        let mut connection = scopeguard::guard(self.write.lend().await?, roll_back_later as fn(Lent));
        match control(&mut connection, self.dialect, Vec::new(), self.dialect.begin()).await {
            Ok(()) => Ok(connection),
            Err(error) => {
                // Nothing was begun, and the pool finds out whether it can be used again.
                drop(ScopeGuard::into_inner(connection));
                Err(error)
            }
        }
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

/// A transaction: what is written through it becomes true together, at [`Transaction::commit`], or not at all.
#[derive(Debug)]
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Transaction {
    connection: Open,
    dialect: Dialect,
    /// Executed with the commit.
    last: Vec<Bound>,
    outcome: Outcome,
    afterwards: Afterwards,
    notices: Notices,
}

/// A connection with an open transaction, which is rolled back when this is dropped.
type Open = ScopeGuard<Lent, fn(Lent)>;

/// Begins or ends a transaction; on SQLite, after statements that go with it.
async fn control(
    connection: &mut Connection,
    dialect: Dialect,
    before: Vec<Bound>,
    sql: &'static str,
) -> Result<(), sqlx::Error> {
    match dialect {
        Dialect::Sqlite => {
            let mut joined = Joined::default();
            for bound in &before {
                joined.add_bound(bound);
            }
            joined.add_silent(sql);
            joined.execute(connection).await.map(drop)
        }
        Dialect::Mysql => connection.execute(sql).await.map(drop),
    }
}

/// Nobody else gets the connection before it is done.
fn roll_back_later(connection: Lent) {
    match Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn(roll_back(connection))),
        Err(_) => connection.close(),
    }
}

/// A connection that cannot roll back does so by ending. SQLite has then ended the transaction by itself, as on a full disk, or a server
/// does not answer.
async fn roll_back(mut connection: Lent) {
    match tokio::time::timeout(ROLLBACK, connection.execute("ROLLBACK")).await {
        Ok(Ok(_)) => connection.keep(),
        _ => connection.close(),
    }
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

    /// Executes a statement after all others, whatever it does; on SQLite it goes to its thread together with the commit.
    ///
    /// # Errors
    /// When a value cannot be sent. What the database refuses is an error of the commit.
    pub fn execute_last(&mut self, statement: Statement<'_>) -> Result<(), DbError> {
        self.last.push(Bound::new(statement, Must::Nothing)?);
        Ok(())
    }

    /// On a server the last statements are as far from the commit as any others.
    pub(crate) async fn execute_before_commit(&mut self) -> Result<(), DbError> {
        if self.dialect == Dialect::Mysql {
            for bound in std::mem::take(&mut self.last) {
                bound.statement().execute(&mut **self).await?;
            }
        }
        Ok(())
    }

    /// Does something right after the commit, and never if this is not committed: a line in the log, a count. So it happens
    /// once, however often the work of a transaction is done.
    pub fn after_commit(&mut self, act: impl FnOnce() + Send + 'static) {
        self.afterwards.act(act);
    }

    /// Tells those who [listen](Database::listen) that `table` has new rows, right after the commit.
    pub fn tell(&mut self, table: &'static str) {
        self.afterwards.tell(table);
    }

    pub(crate) const fn afterwards(&mut self) -> &mut Afterwards {
        &mut self.afterwards
    }

    /// Undoes all of it, and waits until that is done.
    pub(crate) async fn roll_back(self) {
        roll_back(ScopeGuard::into_inner(self.connection)).await;
    }

    /// Makes all of it true. After `Ok` it survives the death of the process.
    ///
    /// # Errors
    /// When the database did not confirm; then nothing of it is to be relied on.
    pub async fn commit(mut self) -> Result<(), DbError> {
        self.execute_before_commit().await?;
        let Self { mut connection, dialect, last, mut outcome, afterwards, notices } = self;
        let committed = control(&mut connection, dialect, last, "COMMIT").await;
        committed.inspect_err(|_| outcome.probe.note_failure())?;
        ScopeGuard::into_inner(connection).keep();
        outcome.committed = true;
        afterwards.happen(&notices);
        Ok(())
    }
}

impl Deref for Transaction {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}
