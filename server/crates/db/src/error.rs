//! What can go wrong with a database, sorted by what the caller does about it.

use sqlx::migrate::MigrateError;

/// Why a statement failed.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A unique index says that the row is there already. The caller knows what that means.
    #[error("the row exists already")]
    Exists(#[source] sqlx::Error),
    /// The database cannot be reached, or has no time for us. Trying later helps: 503, and nobody is signed out.
    #[error("the database cannot be reached")]
    Unavailable(#[source] sqlx::Error),
    /// A stored value is not what we write. The row must be looked at by a person.
    #[error("column {column} holds a value that does not fit")]
    Unreadable {
        /// The column, as `table.column`.
        column: &'static str,
    },
    /// Anything else: a fault of ours.
    #[error("the database refused a statement")]
    Fault(#[source] sqlx::Error),
}

impl DbError {
    /// Whether MySQL ended the transaction so that another one could go on. All of it may be tried once more at once.
    pub(crate) fn is_deadlock(&self) -> bool {
        let Self::Unavailable(sqlx::Error::Database(cause)) = self else { return false };
        cause.code().as_deref() == Some("40001")
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(cause) if cause.is_unique_violation() => Self::Exists(error),
            sqlx::Error::Database(cause) if is_passing(cause.code().as_deref()) => Self::Unavailable(error),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            _ => Self::Fault(error),
        }
    }
}

/// Faults that pass by themselves. SQLite: busy (5), locked (6), disk full (13), cannot open (14) and their extended
/// forms. MySQL by SQLSTATE: connection lost (08…), server shutting down or too many connections (08004), deadlock
/// (40001), lock wait time-out (HY000 is too broad to read, so it stays a fault).
fn is_passing(code: Option<&str>) -> bool {
    let Some(code) = code else { return false };
    match code.parse::<u32>() {
        Ok(40_001) => true,
        Ok(extended) if code.len() < 5 => matches!(extended & 0xff, 5 | 6 | 13 | 14),
        _ => code.starts_with("08"),
    }
}

/// Why a database cannot be used at all. Shown to the person who starts the program.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// `database.url` is of another kind.
    #[error("`database.url` must begin with `sqlite:` or `mysql://`")]
    Scheme,
    /// The folder of a SQLite file cannot be made.
    #[error("the folder {folder} for the database cannot be made")]
    Folder {
        /// The folder.
        folder: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// No connection.
    #[error("the database at {place} cannot be opened")]
    Connect {
        /// The place, without the password.
        place: String,
        /// Why.
        #[source]
        source: sqlx::Error,
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
    /// A migration failed or was changed after it was applied.
    #[error("the database cannot be migrated")]
    Migrate(#[source] Box<MigrateError>),
}
