//! What aborts a transaction although each of its statements succeeded: all of it may be retried.

use std::error::Error;

use sqlx::mysql::MySqlDatabaseError;

/// Why a transaction was aborted although each of its statements succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interruption {
    /// A deadlock, for which the database aborted this transaction.
    Deadlock,
    /// Another transaction held a lock for too long.
    LockTimeout,
    /// Another server of the cluster was first: it is found out at the commit alone.
    Conflict,
    /// The connection was lost; the server takes back what was done on it.
    ConnectionLost,
}

/// The error numbers of MySQL, MariaDB and compatible servers. A cluster that decides at the commit says 3101 (Group
/// Replication), 1213 (Galera), 9007, 8022, 8028 (TiDB).
const DEADLOCK: u16 = 1213;
const LOCK_TIMEOUT: u16 = 1205;
const CONFLICTS: [u16; 4] = [3101, 8022, 8028, 9007];
/// A server that is shutting down, and connections that it, or an operator, ended.
const LOST: [u16; 4] = [1053, 1927, 4031, 3169];

impl Interruption {
    /// What interrupted a transaction that ended with this error before its commit was asked for.
    pub(crate) fn before_commit(error: &(dyn Error + 'static)) -> Option<Self> {
        match cause(error)? {
            sqlx::Error::Io(_) => Some(Self::ConnectionLost),
            sqlx::Error::Database(error) => Self::of(error.try_downcast_ref()?),
            _ => None,
        }
    }

    /// The same of a commit. Only what the database says to have undone: after a connection that was lost here, nobody knows.
    pub(crate) fn at_commit(error: &(dyn Error + 'static)) -> Option<Self> {
        let sqlx::Error::Database(error) = cause(error)? else { return None };
        Self::of(error.try_downcast_ref()?).filter(|why| matches!(why, Self::Deadlock | Self::Conflict))
    }

    /// The same of a statement that is a transaction by itself: what the database refuses for a lock, it has undone.
    pub(crate) fn alone(error: &(dyn Error + 'static)) -> Option<Self> {
        let sqlx::Error::Database(error) = cause(error)? else { return None };
        Self::of(error.try_downcast_ref()?).filter(|why| !matches!(why, Self::ConnectionLost))
    }

    fn of(error: &MySqlDatabaseError) -> Option<Self> {
        match error.number() {
            DEADLOCK => Some(Self::Deadlock),
            LOCK_TIMEOUT => Some(Self::LockTimeout),
            number if CONFLICTS.contains(&number) => Some(Self::Conflict),
            number if LOST.contains(&number) => Some(Self::ConnectionLost),
            _ => None,
        }
    }

    /// As the log and the metric call it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Deadlock => "deadlock",
            Self::LockTimeout => "lock_timeout",
            Self::Conflict => "conflict",
            Self::ConnectionLost => "connection_lost",
        }
    }
}

/// What the driver said, below whatever a part made of it. An error that hides its cause is not repeated.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a sqlx::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(cause) = error.downcast_ref() {
            return Some(cause);
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::DbError;

    #[derive(Debug, thiserror::Error)]
    #[error(transparent)]
    struct OfPart(#[from] DbError);

    #[test]
    fn a_lost_connection_is_one_before_the_commit_and_a_riddle_after_it() {
        let lost = || OfPart(DbError::from(sqlx::Error::Io(std::io::ErrorKind::BrokenPipe.into())));
        assert_eq!(Interruption::before_commit(&lost()), Some(Interruption::ConnectionLost));
        assert_eq!(Interruption::at_commit(&lost()), None);
    }

    #[test]
    fn a_pool_that_gave_no_connection_has_been_waited_for_already() {
        for error in [sqlx::Error::PoolTimedOut, sqlx::Error::PoolClosed, sqlx::Error::RowNotFound] {
            assert_eq!(Interruption::before_commit(&OfPart(error.into())), None);
        }
    }
}
