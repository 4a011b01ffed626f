//! Reads that may be a moment old: what everybody may see, and nobody decides by.
//!
//! They may go to a server that follows the one that is written to, and may be behind it. What must be true now (sessions,
//! tokens, limits, anything that is decided by) is read through [`Reader`](crate::Reader) or a transaction; functions for that
//! take `&mut Connection`, which a [`StaleReader`] does not give. What goes through one is a [`Select`], which the compiler
//! makes of statements that read and of no others, and the server refuses writes of such a connection as well.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::any::{Any, AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Encode, Type};

use crate::connections::{Connections, Lent};
use crate::error::DbError;

/// How long it is not asked again after a failure.
const RETRY_DELAY: Duration = Duration::from_secs(5);

/// A statement that reads. Others do not compile:
///
/// ```
/// const FIND: db::Select = db::Select::new("SELECT nickname FROM members WHERE id = ?");
/// ```
/// ```compile_fail
/// const FORGET: db::Select = db::Select::new("DELETE FROM members");
/// ```
/// ```compile_fail
/// const HOLD: db::Select = db::Select::new("SELECT id FROM members FOR UPDATE");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Select(&'static str);

impl Select {
    /// The statement, if it reads. Call it where a constant is made.
    ///
    /// # Panics
    /// When it does not: as a constant it does not compile then.
    pub const fn new(sql: &'static str) -> Self {
        assert!(starts_with_select(sql.as_bytes()), "it must begin with SELECT");
        assert!(!holds_rows(sql.as_bytes()), "it must hold no rows");
        Self(sql)
    }

    /// The statement as it is sent.
    pub const fn sql(self) -> &'static str {
        self.0
    }
}

const fn starts_with_select(sql: &[u8]) -> bool {
    matches!(sql, [b'S', b'E', b'L', b'E', b'C', b'T', b' ', ..])
}

const fn holds_rows(mut sql: &[u8]) -> bool {
    while let [_, rest @ ..] = sql {
        if matches!(sql, [b' ', b'F', b'O', b'R', b' ', ..]) {
            return true;
        }
        sql = rest;
    }
    false
}

/// The server of reads that may be a moment old.
#[derive(Debug)]
pub(crate) struct StaleReads {
    connections: Connections,
    failed_at: Mutex<Option<Instant>>,
    is_told: AtomicBool,
}

impl StaleReads {
    pub(crate) const fn new(connections: Connections) -> Self {
        Self { connections, failed_at: Mutex::new(None), is_told: AtomicBool::new(false) }
    }

    /// A connection; `None` while the server is away.
    pub(crate) async fn reader(&self) -> Option<StaleReader> {
        if self.failed_at().is_some_and(|at| at.elapsed() < RETRY_DELAY) {
            return None;
        }
        match self.connections.lend().await {
            Ok(connection) => {
                self.is_told.store(false, Ordering::Relaxed);
                Some(StaleReader(connection))
            }
            Err(error) => {
                *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                if !self.is_told.swap(true, Ordering::Relaxed) {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(
                        error,
                        "the server of `database.read_url` cannot be reached; reads go to the primary"
                    );
                }
                None
            }
        }
    }

    fn failed_at(&self) -> Option<Instant> {
        *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn close(&self) {
        self.connections.close().await;
    }
}

/// A connection that reads what may be a moment old, and nothing else.
#[derive(Debug)]
pub struct StaleReader(Lent);

impl StaleReader {
    /// What is true now may be read as well.
    pub(crate) const fn through(connection: Lent) -> Self {
        Self(connection)
    }

    /// Asks; [bind](StaleQuery::bind) a value for each `?`.
    pub fn select(&mut self, select: Select) -> StaleQuery<'_> {
        StaleQuery { connection: &mut self.0, query: sqlx::query(select.0) }
    }
}

/// A question on its way.
pub struct StaleQuery<'a> {
    connection: &'a mut Lent,
    query: Query<'static, Any, AnyArguments>,
}

impl StaleQuery<'_> {
    /// The value of the next `?`.
    #[must_use]
    pub fn bind<T: Encode<'static, Any> + Type<Any> + Send + 'static>(mut self, value: T) -> Self {
        self.query = self.query.bind(value);
        self
    }

    /// The row, if there is one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn fetch_optional(self) -> Result<Option<AnyRow>, DbError> {
        Ok(self.query.fetch_optional(&mut **self.connection).await?)
    }

    /// All rows.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn fetch_all(self) -> Result<Vec<AnyRow>, DbError> {
        Ok(self.query.fetch_all(&mut **self.connection).await?)
    }
}
