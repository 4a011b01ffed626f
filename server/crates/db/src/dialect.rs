//! Where SQLite and MySQL differ. One small function each; everything else is one SQL text for both.

use std::time::Duration;

use crate::connection::Purpose;

/// Which kind of database this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite 3, one file.
    Sqlite,
    /// MySQL 8 or MariaDB 10.6 and newer.
    Mysql,
}

impl Dialect {
    /// How a transaction that will write begins. SQLite takes its write lock at once: taking it later, after a read,
    /// fails instead of waiting when another process wrote in between.
    pub(crate) const fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Mysql => "START TRANSACTION",
        }
    }

    /// Asks for the database's clock, in milliseconds since the epoch.
    pub(crate) const fn clock(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
            // In UTC whatever the session's time zone is.
            Self::Mysql => {
                "SELECT CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000 AS SIGNED)"
            }
        }
    }

    /// What each new connection is told first.
    ///
    /// SQLite: a write-ahead log, so that readers never wait for the writer; each commit on disk before it is confirmed; foreign
    /// keys, which are off by default; waiting up to five seconds for other processes. MySQL: no value is cut silently, and reads
    /// see what is committed without gap locks.
    pub(crate) fn connection_settings(self, statement_timeout: Duration, purpose: Purpose) -> Vec<String> {
        let mut settings: Vec<String> = match self {
            Self::Sqlite => [
                "PRAGMA busy_timeout = 5000",
                "PRAGMA journal_mode = WAL",
                "PRAGMA synchronous = FULL",
                "PRAGMA foreign_keys = ON",
            ]
            .map(str::to_owned)
            .into(),
            Self::Mysql => [
                "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'",
                "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
                "SET SESSION innodb_lock_wait_timeout = 5",
            ]
            .map(str::to_owned)
            .into_iter()
            .chain(self.statement_timeout(statement_timeout))
            .collect(),
        };
        if self == Self::Mysql && purpose == Purpose::ReadStale {
            settings.push("SET SESSION TRANSACTION READ ONLY".to_owned());
        }
        settings
    }

    /// Takes the bound of [`Dialect::statement_timeout`] off a connection.
    pub(crate) const fn unbounded_statements(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Mysql => {
                Some("SET SESSION /*!80000 max_execution_time = 0 */ /*M! max_statement_time = 0 */")
            }
        }
    }

    /// How long a statement may take on a connection from now on. MySQL and MariaDB each read their own comment, and not the
    /// other's.
    fn statement_timeout(self, timeout: Duration) -> Option<String> {
        let (millis, seconds) = (timeout.as_millis(), timeout.as_secs_f64());
        match self {
            Self::Sqlite => None,
            Self::Mysql => Some(format!(
                "SET SESSION /*!80000 max_execution_time = {millis} */ /*M! max_statement_time = {seconds} */"
            )),
        }
    }
}
