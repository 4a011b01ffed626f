//! A transaction: how it begins, what is written through it, and how it ends.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use scopeguard::ScopeGuard;
use sqlx::Executor as _;
use tokio::runtime::Handle;

use crate::afterwards::Afterwards;
use crate::connection::Connection;
use crate::connections::Lent;
use crate::dialect::Dialect;
use crate::error::DbError;
use crate::joined::Joined;
use crate::notices::Notices;
use crate::pool::PING_TIMEOUT;
use crate::statement::Statement;
use crate::unit::{Bound, Must};
use crate::write_probe::WriteProbe;

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
    match tokio::time::timeout(PING_TIMEOUT, connection.execute("ROLLBACK")).await {
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
    /// Begins one on a connection.
    pub(crate) async fn begin(
        connection: Lent,
        dialect: Dialect,
        probe: Arc<WriteProbe>,
        notices: Notices,
    ) -> Result<Self, DbError> {
        let mut connection = scopeguard::guard(connection, roll_back_later as fn(Lent));
        if let Err(error) = control(&mut connection, dialect, Vec::new(), dialect.begin()).await {
            probe.note_failure();
            // Nothing was begun, and the pool finds out whether the connection can be used again.
            drop(ScopeGuard::into_inner(connection));
            return Err(error.into());
        }
        let outcome = Outcome { probe, committed: false };
        Ok(Self {
            connection,
            dialect,
            last: Vec::new(),
            outcome,
            afterwards: Afterwards::default(),
            notices,
        })
    }

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

    /// Tells those who [listen](crate::Database::listen) that `table` has new rows, right after the commit.
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
