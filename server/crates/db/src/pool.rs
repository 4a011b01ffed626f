//! Pools of connections, and which connections may be used again.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

use crate::connection::{Connection, Purpose};
use crate::dialect::Dialect;
use crate::error::{OpenError, is_busy, may_come};
use crate::settings::DatabaseSettings;
use crate::url::DatabaseUrl;
use crate::write_probe::WriteProbe;

/// How long a connection that comes back may take to answer. Without a bound, the connections to a server that went without
/// a word, as when its machine is gone, would be missing in the pool for a quarter of an hour.
pub(crate) const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// Between two tries to reach a database that is not there yet.
const RETRY_INTERVAL: Duration = Duration::from_millis(100);

/// What pools are made of.
pub(crate) struct Pools<'a> {
    pub(crate) settings: &'a DatabaseSettings,
    pub(crate) probe: &'a Arc<WriteProbe>,
}

impl Pools<'_> {
    /// Connects; waits for another program that opens the same new file.
    pub(crate) async fn connect(&self, purpose: Purpose) -> Result<AnyPool, OpenError> {
        let url = &self.settings.url;
        let options = options(url)?;
        self.first(&options, purpose).await.map_err(|source| failed(url, source))?;
        let began = Instant::now();
        loop {
            match self.options(purpose).connect_with(options.clone()).await {
                // Two programs that open a new file at once meet when they switch on its log, where SQLite does not wait by
                // itself.
                Err(error) if is_busy(&error) && began.elapsed() < self.settings.connect_timeout => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                connected => return connected.map_err(|source| failed(url, source)),
            }
        }
    }

    /// Connects once and hangs up, before there is a pool: that would keep to itself why it cannot connect, and repeat what cannot
    /// succeed, such as opening a file that is no database.
    async fn first(&self, options: &AnyConnectOptions, purpose: Purpose) -> Result<(), sqlx::Error> {
        let (began, limit) = (Instant::now(), self.settings.connect_timeout);
        loop {
            let left = limit.saturating_sub(began.elapsed());
            let late = |_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()));
            match tokio::time::timeout(left, self.one(options, purpose)).await.unwrap_or_else(late) {
                Err(error) if may_come(&error) && began.elapsed() + RETRY_INTERVAL < limit => {
                    tokio::time::sleep(RETRY_INTERVAL).await;
                }
                tried => return tried,
            }
        }
    }

    async fn one(&self, options: &AnyConnectOptions, purpose: Purpose) -> Result<(), sqlx::Error> {
        let mut connection = AnyConnection::connect_with(options).await?;
        for statement in
            self.settings.url.dialect().connection_settings(self.settings.statement_timeout, purpose)
        {
            connection.execute(AssertSqlSafe(statement)).await?;
        }
        connection.close().await
    }

    /// A pool that connects when it is first asked.
    pub(crate) fn later(&self, url: &DatabaseUrl, purpose: Purpose) -> Result<AnyPool, OpenError> {
        Ok(self.options(purpose).connect_lazy_with(options(url)?))
    }

    fn options(&self, purpose: Purpose) -> AnyPoolOptions {
        let dialect = self.settings.url.dialect();
        let connections = match (dialect, purpose) {
            (Dialect::Sqlite, Purpose::Write) => 1,
            (_, Purpose::ReadStale) => self.settings.read_connections,
            _ => self.settings.readers(),
        };
        let first = dialect.connection_settings(self.settings.statement_timeout, purpose);
        let probe = Arc::clone(self.probe);
        AnyPoolOptions::new()
            .max_connections(connections)
            .min_connections(u32::from(purpose != Purpose::ReadStale))
            .acquire_timeout(self.settings.connect_timeout)
            .test_before_acquire(dialect == Dialect::Mysql)
            .after_connect(move |connection, _| {
                let first = first.clone();
                Box::pin(async move {
                    for statement in first {
                        // Words of the program, and numbers.
                        connection.execute(AssertSqlSafe(statement)).await?;
                    }
                    Ok(())
                })
            })
            .after_release(move |connection, meta| {
                let probe = Arc::clone(&probe);
                Box::pin(async move {
                    if purpose == Purpose::Write && probe.outdates(meta.age) {
                        return Ok(false);
                    }
                    let kept = may_return(dialect, connection).await;
                    if purpose == Purpose::Write && !matches!(kept, Ok(true)) {
                        probe.note_failure();
                    }
                    kept
                })
            })
    }
}

fn options(url: &DatabaseUrl) -> Result<AnyConnectOptions, OpenError> {
    let text = url.for_driver().map_err(|source| failed(url, source.into()))?;
    let options = AnyConnectOptions::from_str(&text).map_err(|source| failed(url, source))?;
    Ok(options.disable_statement_logging())
}

fn failed(url: &DatabaseUrl, source: sqlx::Error) -> OpenError {
    let place = url.to_string();
    match source {
        // The driver is built without RSA, and says so.
        sqlx::Error::Configuration(_) if url.dialect() == Dialect::Mysql => OpenError::NeedsTls { place },
        source => OpenError::Connect { place, source },
    }
}

/// Whether a connection can be used again: not one to a server that does not answer. Nor one with a transaction that the driver counts, as that of
/// the migrations, and cannot roll back, since SQLite ends one by itself when a disk is full or fails; it would refuse every one after it.
async fn may_return(dialect: Dialect, connection: &mut Connection) -> Result<bool, sqlx::Error> {
    match dialect {
        Dialect::Sqlite if connection.is_in_transaction() => {
            // A rollback may be on its way to the thread of SQLite; what answers this comes after it.
            connection.ping().await?;
        }
        Dialect::Sqlite => {}
        Dialect::Mysql => {
            let silent = |_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
            tokio::time::timeout(PING_TIMEOUT, connection.ping()).await.map_err(silent)??;
        }
    }
    Ok(!connection.is_in_transaction())
}
