//! What can go wrong with a database, sorted by what the caller does about it.

use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;
use sqlx::mysql::MySqlDatabaseError;

/// Why a statement failed.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A unique index says that the row is there already. The caller knows what that means.
    #[error("the row exists already")]
    Exists(#[source] sqlx::Error),
    /// The database cannot be reached, or has no time for us. Trying later helps: 503, and nobody is signed out.
    #[error("the database cannot be reached")]
    Unavailable(#[source] sqlx::Error),
    /// A stored value is not what we write. The row has to be inspected by a person.
    #[error("column {column} holds a value that does not fit")]
    Unreadable {
        /// The column, as `table.column`.
        column: &'static str,
    },
    /// Anything else: an internal error.
    #[error("the database refused a statement")]
    Internal(#[source] sqlx::Error),
}

impl DbError {
    /// What a cluster says that decides at the commit, and finds that another server was first.
    pub(crate) fn conflict() -> Self {
        Self::Unavailable(sqlx::Error::Protocol("another transaction was first".to_owned()))
    }

    /// Whether it is the database that is not there, and not the statement that is wrong.
    pub(crate) fn is_outage(error: &sqlx::Error) -> bool {
        match error {
            sqlx::Error::Database(cause) => is_passing(&**cause),
            sqlx::Error::Io(_)
            | sqlx::Error::BeginFailed
            | sqlx::Error::InvalidSavePointStatement
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            _ => false,
        }
    }

    /// Whether another process writes to the file of SQLite.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Self::Unavailable(error) if is_busy(error))
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(cause) if cause.is_unique_violation() => Self::Exists(error),
            other if Self::is_outage(other) => Self::Unavailable(error),
            _ => Self::Internal(error),
        }
    }
}

/// Whether another process has locked the file of SQLite (busy, locked).
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(cause) = error else { return false };
    let code = cause.code().and_then(|code| code.parse::<u32>().ok());
    cause.try_downcast_ref::<MySqlDatabaseError>().is_none()
        && code.is_some_and(|extended| matches!(extended & 0xff, 5 | 6))
}

/// Whether a database that cannot be opened at this moment may be there in the next: nobody listens yet, or all places are taken.
pub(crate) fn may_come(error: &sqlx::Error) -> bool {
    /// Too many connections, the server shuts down, too many of this user.
    const FULL: [u16; 4] = [1040, 1053, 1203, 1226];
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(cause) => match cause.try_downcast_ref::<MySqlDatabaseError>() {
            Some(cause) => FULL.contains(&cause.number()),
            None => is_busy(error),
        },
        _ => false,
    }
}

/// Failures of the environment, not of a statement: they pass when the disk has space again, the server is back, or an operator
/// has fixed it.
fn is_passing(cause: &dyn DatabaseError) -> bool {
    if let Some(cause) = cause.try_downcast_ref::<MySqlDatabaseError>() {
        return cause.code().is_some_and(|state| state.starts_with("08") || state == "40001")
            || MYSQL_PASSING.contains(&cause.number());
    }
    let code = cause.code().and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|extended| SQLITE_PASSING.contains(&(extended & 0xff)))
}

/// SQLite's primary result codes: perm (3), busy (5), locked (6), nomem (7), readonly (8), interrupt (9), ioerr (10),
/// full (13), cantopen (14), protocol (15), auth (23).
const SQLITE_PASSING: [u32; 11] = [3, 5, 6, 7, 8, 9, 10, 13, 14, 15, 23];

/// MySQL's and MariaDB's error numbers whose SQLSTATE says too little: of limits of the server (connections, memory,
/// threads, prepared statements), its disk, its shutdown, of a lock that was not got in time, of a killed connection or
/// statement, of a server that is read-only, of a name or password that an operator is changing, and of a cluster in which
/// another server was first.
const MYSQL_PASSING: [u16; 46] = [
    1021, 1026, 1028, 1030, 1037, 1038, 1040, 1041, 1044, 1045, 1047, 1053, 1077, 1114, 1129, 1130, 1135,
    1152, 1158, 1159, 1160, 1161, 1180, 1184, 1203, 1205, 1206, 1226, 1290, 1317, 1461, 1615, 1698, 1792,
    1836, 1927, 1969, 3024, 3032, 3101, 3168, 3169, 4031, 8022, 8028, 9007,
];

/// Why a database cannot be used at all. Shown to the person who starts the program.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder of a SQLite file cannot be made.
    #[error("the folder {folder} for the database cannot be made")]
    Folder {
        /// The folder that the database should be in.
        folder: String,
        /// The error of the operating system.
        #[source]
        source: std::io::Error,
    },
    /// No connection.
    #[error("the database at {place} cannot be opened")]
    Connect {
        /// The place, without the password.
        place: String,
        /// The error of the database's driver.
        #[source]
        source: sqlx::Error,
    },
    /// A user of `caching_sha2_password` or `sha256_password`, and a connection in the clear. The server would send a key for the
    /// password, of which nobody knows whether it is the server's.
    #[error(
        "the server at {place} takes the password over TLS alone: set `database.ssl_mode` to another value than DISABLED"
    )]
    NeedsTls {
        /// The place, without the password.
        place: String,
    },
    /// A newer Daemun has worked with this database.
    #[error(
        "the database was made by a newer Daemun (it has migration {version}, this program knows up to {known}): \
         start that version, or restore a copy from before the update"
    )]
    Newer {
        /// The migration that this program does not know.
        version: i64,
        /// The last one that it knows.
        known: i64,
    },
    /// Other replicas took too long.
    #[error(
        "another Daemun is migrating the database and did not finish within {0} seconds: look at what it says, and start \
         this one again when it is done"
    )]
    Waited(u64),
    /// A migration began and did not finish. MySQL cannot take back the part that was done.
    #[error(
        "migration {0} was begun on this database and not finished, perhaps by a program that was killed: restore the copy \
         from before the update, or, if no Daemun had ever served from this database, make it empty; then start again"
    )]
    Unfinished(i64),
    /// A copy of another database that was not completed.
    #[error(
        "the database holds a part of a copy: remove it, and run `daemun copy` again while no program serves"
    )]
    HalfCopied,
    /// A migration was applied whose text is not the one that this program has.
    #[error(
        "migration {0} of the database is not the one that this program has: start the version that made the database, \
         or name another database"
    )]
    Changed(i64),
    /// It answers, and takes no writes.
    #[error("the database takes no writes")]
    Refused(#[source] DbError),
    /// A migration failed.
    #[error("the database cannot be migrated")]
    Migrate(#[source] Box<MigrateError>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;
    use std::error::Error as StdError;
    use std::fmt;

    use sqlx::error::ErrorKind;

    /// An error of SQLite, which cannot be made by hand.
    #[derive(Debug)]
    struct Sqlite(u32);

    impl fmt::Display for Sqlite {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{}", self.0)
        }
    }

    impl StdError for Sqlite {}

    impl DatabaseError for Sqlite {
        fn message(&self) -> &'static str {
            "it failed"
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.to_string().into())
        }

        fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    #[test]
    fn faults_of_the_disk_pass_and_faults_of_ours_do_not() {
        // 778 is SQLITE_IOERR_WRITE, 1546 SQLITE_IOERR_TRUNCATE, 8 a file system that became read-only.
        for (code, passes) in
            [(13, true), (10, true), (778, true), (1546, true), (8, true), (5, true), (1, false), (19, false)]
        {
            let error = DbError::from(sqlx::Error::Database(Box::new(Sqlite(code))));
            assert_eq!(matches!(error, DbError::Unavailable(_)), passes, "{code}: {error:?}");
        }
        for error in [sqlx::Error::InvalidSavePointStatement, sqlx::Error::BeginFailed] {
            assert!(matches!(DbError::from(error), DbError::Unavailable(_)));
        }
    }
}
