//! Where SQLite and MySQL part. One small function each; everything else is one SQL text for both.

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
    /// SQLite: a write-ahead log, so that readers never wait for the writer; each commit on disk before it is
    /// confirmed; foreign keys, which are off by default; five seconds of patience with other processes.
    /// MySQL: no value is cut silently, and reads see what is committed without gap locks.
    pub(crate) const fn connection_settings(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &[
                "PRAGMA busy_timeout = 5000",
                "PRAGMA journal_mode = WAL",
                "PRAGMA synchronous = FULL",
                "PRAGMA foreign_keys = ON",
            ],
            Self::Mysql => &[
                "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'",
                "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
                "SET SESSION innodb_lock_wait_timeout = 5",
            ],
        }
    }
}
